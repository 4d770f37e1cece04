"""Commands of agents."""

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import BYTES32


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
