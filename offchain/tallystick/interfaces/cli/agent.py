"""Commands of agents."""

import click

from tallystick.domain.ids import NO_AGENT, Address
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import ADDRESS, AMOUNT, BYTES32, NUMBER, SIGNATURE, shown_url


@click.group(cls=Noun)
def command() -> None:
    """Register, list and show agents, and say how they did."""


@command.command()
@click.argument("name")
@click.option("--endpoint", required=True, help="The http(s) URL at which it answers.")
@click.option("--description", default="", help="What it does, in a sentence.")
@click.pass_obj
def register(session: Session, name: str, endpoint: str, description: str) -> None:
    """Register an agent of this node's key under NAME; requests that name it pay it the agent pot."""
    session.present(session.node.register_agent(name=name, description=description, endpoint=endpoint))


@command.command("list")
@click.pass_obj
def list_agents(session: Session) -> None:
    """List the registered agents."""
    session.present(session.node.agents())


@command.command()
@click.argument("agent_id", type=BYTES32)
@click.pass_obj
def show(session: Session, agent_id: bytes) -> None:
    """Show an agent: its card, its owner, whom it pays."""
    session.present(session.node.agent(agent_id=agent_id))


@command.command()
@click.argument("agent_id", type=BYTES32)
@click.pass_obj
def profile(session: Session, agent_id: bytes) -> None:
    """Show an agent from every side: what was said of it, what its keys may spend and have spent, its bounties."""
    session.present(session.node.agent_profile(agent_id=agent_id))


@command.group(cls=Noun)
def wallet() -> None:
    """Let another key act for an agent."""


@wallet.command()
@click.argument("agent_id", type=BYTES32)
@click.option(
    "--hours", type=click.IntRange(1, 720), default=24, show_default=True, help="To be used within."
)
@click.pass_obj
def consent(session: Session, agent_id: bytes, hours: int) -> None:
    """Sign with this node's key that it will act for an agent; its owner passes that to `agent wallet set`."""
    session.present(session.node.agent_consent(agent_id=agent_id, hours=hours))


@wallet.command("set")
@click.argument("agent_id", type=BYTES32)
@click.argument("address", type=ADDRESS)
@click.option("--ends-at", type=NUMBER, required=True, help="The consent's, in seconds since 1970.")
@click.option("--signature", type=SIGNATURE, required=True, help="The consent's.")
@click.pass_obj
def set_wallet(session: Session, agent_id: bytes, address: Address, ends_at: int, signature: bytes) -> None:
    """Let the key of ADDRESS, which consented, act for an agent of this node's key."""
    done = session.node.set_agent_wallet(
        agent_id=agent_id, wallet=address, ends_at=ends_at, signature=signature
    )
    session.present(done)


@wallet.command()
@click.argument("agent_id", type=BYTES32)
@click.pass_obj
def remove(session: Session, agent_id: bytes) -> None:
    """Let nobody but its owner act for an agent of this node's key."""
    session.present(session.node.remove_agent_wallet(agent_id=agent_id))


@command.command()
@click.argument("receipt_hash", type=BYTES32)
@click.argument("score", type=click.IntRange(0, 100))
@click.option("--tag", default="", help="A word under which it counts too.")
@click.pass_obj
def feedback(session: Session, receipt_hash: bytes, score: int, tag: str) -> None:
    """Give the agent of a receipt a SCORE of 0 to 100; it weighs what burned behind the receipt."""
    session.present(session.node.agent_feedback(receipt_hash=receipt_hash, score=score, tag=tag))


@command.command()
@click.argument("agent_id", type=BYTES32)
@click.option("--tag", default="", help="Only what was said under this word.")
@click.pass_obj
def reputation(session: Session, agent_id: bytes, tag: str) -> None:
    """Show what consumers said of an agent, weighed by the fees that burned behind it."""
    session.present(session.node.agent_reputation(agent_id=agent_id, tag=tag))


@command.command()
@click.option(
    "--operator-url", callback=shown_url, help="The operator to pay; without it the setting `operator_url`."
)
@click.option(
    "--cap", type=AMOUNT, default="100", show_default=True, help="Most OPEN that this session spends."
)
@click.option("--session-key", default="", help="Name of the key that signs; see `pay authorise`.")
@click.option("--agent", "agent_id", type=BYTES32, default=NO_AGENT, help="The agent that its requests name.")
@click.pass_obj
def mcp(session: Session, operator_url: str | None, cap: int, session_key: str, agent_id: bytes) -> None:
    """Offer the tools of an agent over standard input and output, in the Model Context Protocol."""
    from tallystick.interfaces.web.agents.tools import server_of

    url = operator_url or session.config.operator_url.one
    market = session.node.pay_proxy(operator_url=url, cap=cap, session=session_key, agent=agent_id)
    server_of(session.node.agent_desk(market=market)).run("stdio")
