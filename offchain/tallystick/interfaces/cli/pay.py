"""Commands of a consumer's money."""

from typing import Any

import click

from tallystick.domain.ids import NO_AGENT, Address
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import ADDRESS, AMOUNT, BYTES32, shown_url

CARD_NAME = "Tallystick"
CARD_ABOUT = "Answers whose fee goes to the data, models and people that they came from, with receipts."


@click.group(cls=Noun)
def command() -> None:
    """Deposit, allot, thaw and withdraw, give keys a cap, and run the local pay proxy."""


@command.command()
@click.argument("amount", type=AMOUNT)
@click.pass_obj
def deposit(session: Session, amount: int) -> None:
    """Put AMOUNT of OPEN into the escrow."""
    session.present(session.node.pay_deposit(amount=amount))


@command.command()
@click.argument("operator", type=ADDRESS)
@click.argument("amount", type=AMOUNT)
@click.pass_obj
def allot(session: Session, operator: Address, amount: int) -> None:
    """Set AMOUNT of the deposit aside for one OPERATOR."""
    session.present(session.node.pay_allot(operator=operator, amount=amount))


@command.command()
@click.pass_obj
def show(session: Session) -> None:
    """Show this key's money: in the wallet, deposited and free, allotted to whom, and until when it thaws."""
    session.present(session.node.purse())


@command.command()
@click.argument("operator", type=ADDRESS)
@click.argument("amount", type=AMOUNT, required=False)
@click.option("--all", "everything", is_flag=True, help="All that is firm there, in place of AMOUNT.")
@click.pass_obj
def thaw(session: Session, operator: Address, amount: int | None, everything: bool) -> None:
    """Start to take back AMOUNT from an OPERATOR, who may redeem it until you withdraw; a new thaw restarts the clock."""
    session.present(session.node.pay_thaw(operator=operator, amount=_amount(amount, everything)))


@command.command()
@click.argument("amount", type=AMOUNT, required=False)
@click.option("--all", "everything", is_flag=True, help="All that is free or has thawed, in place of AMOUNT.")
@click.pass_obj
def withdraw(session: Session, amount: int | None, everything: bool) -> None:
    """Bring AMOUNT out of the escrow into the wallet; what has thawed is freed first."""
    session.present(session.node.pay_withdraw(amount=_amount(amount, everything)))


def _amount(amount: int | None, everything: bool) -> int | None:
    if (amount is None) != everything:
        raise click.UsageError("Give either an AMOUNT or --all.")
    return amount


@command.command()
@click.argument("signer", type=ADDRESS)
@click.option(
    "--cap",
    type=AMOUNT,
    default=None,
    help="Most OPEN that it spends at one operator; the escrow holds it to that.",
)
@click.option(
    "--operator", type=ADDRESS, default=None, help="With a cap: where; without it that of `operator_url`."
)
@click.option("--hours", type=click.IntRange(1, 8_760), default=None, help="With a cap: when it ends.")
@click.pass_obj
def authorise(
    session: Session, signer: Address, cap: int | None, operator: Address | None, hours: int | None
) -> None:
    """Let the key SIGNER sign vouchers for this node's money: a session key, without the right to withdraw."""
    verb = session.node.pay_authorise
    session.present(verb(signer=signer, operator=operator, cap=cap or 0, hours=hours or 0))


@command.command()
@click.argument("signer", type=ADDRESS)
@click.pass_obj
def key(session: Session, signer: Address) -> None:
    """Show what the session key SIGNER may still spend, where, and until when."""
    session.present(session.node.pay_key(signer=signer))


@command.command()
@click.pass_obj
def keys(session: Session) -> None:
    """List the session keys of this node's money, or held by it: where, up to what, and what is left."""
    session.present(session.node.session_keys())


@command.command()
@click.argument("signer", type=ADDRESS)
@click.pass_obj
def revoke(session: Session, signer: Address) -> None:
    """Take the right to sign from the key SIGNER; what it has signed stays redeemable until the thaw is over."""
    session.present(session.node.pay_revoke(signer=signer))


@command.command("proxy")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8701, show_default=True, type=click.IntRange(1, 65535), help="Port.")
@click.option(
    "--operator-url", callback=shown_url, help="The operator to pay; without it the setting `operator_url`."
)
@click.option(
    "--cap", type=AMOUNT, default="100", show_default=True, help="Most OPEN that this session promises."
)
@click.option(
    "--session-key", "session_key", default="", help="Name of the key that signs; see `pay authorise`."
)
@click.option(
    "--api-key",
    default="",
    envvar="TALLYSTICK_PROXY_KEY",
    help="What clients must send as bearer key, needed beyond loopback; better in TALLYSTICK_PROXY_KEY.",
)
@click.option(
    "--private-operators", is_flag=True, help="Operators found on the chain may be at private addresses."
)
@click.option(
    "--agent", type=BYTES32, default=NO_AGENT, help="The agent that requests name where they name none."
)
@click.pass_obj
def run_proxy(
    session: Session,
    host: str,
    port: int,
    operator_url: str | None,
    cap: int,
    session_key: str,
    api_key: str,
    private_operators: bool,
    agent: bytes,
) -> None:
    """Let unmodified OpenAI clients pay: checks each receipt and signs each voucher, until interrupted.

    Agents find MCP tools at /mcp, and an A2A card whose service is at /a2a; both spend within the same cap.
    A model named by its id, 0x and 64 digits, is looked for on the chain; any other name is the operator's.
    """
    url = operator_url or session.config.operator_url.one
    from tallystick.app.agents.card import card_of
    from tallystick.interfaces.web import hosting, proxy
    from tallystick.interfaces.web.agents.mounting import mounted

    proxy.check_exposure(host, api_key)

    def build() -> Any:
        desk = session.node.pay_proxy(
            operator_url=url, cap=cap, session=session_key, has_private=private_operators, agent=agent
        )
        card = card_of(CARD_NAME, CARD_ABOUT, f"http://{host}:{port}")
        return mounted(proxy.build(desk, api_key), session.node.agent_desk(market=desk), card, api_key)

    hosting.run(build, host, port, session.announce)
