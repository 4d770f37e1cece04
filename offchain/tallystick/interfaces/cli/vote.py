"""Commands about votes."""

import click

from tallystick.domain.ids import Address
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import ADDRESS, AMOUNT, BYTES32, NUMBER

BALLOTS = ("for", "against", "abstain")


@click.group(cls=Noun)
def command() -> None:
    """Show motions, wrap OPEN into votes, vote, and carry out what passed."""


@command.command("list")
@click.option("--page", type=NUMBER, default=1, show_default=True, help="Of 25 motions, the newest first.")
@click.pass_obj
def list_motions(session: Session, page: int) -> None:
    """List motions with their state and votes."""
    session.present(session.node.motion_page(number=page).rows)


@command.command()
@click.argument("motion", type=BYTES32)
@click.pass_obj
def show(session: Session, motion: bytes) -> None:
    """Show a MOTION: what it would do, its votes, and when it may be carried out."""
    session.present(session.node.motion(motion_id=motion))


@command.command()
@click.argument("motion", type=BYTES32)
@click.argument("ballot", type=click.Choice(BALLOTS))
@click.option("--why", default="", help="Reasons, on the chain for everyone.")
@click.pass_obj
def cast(session: Session, motion: bytes, ballot: str, why: str) -> None:
    """Vote on a MOTION with all that this key held when its vote began."""
    from tallystick.ports.governing.votes import Ballot

    session.present(session.node.cast_vote(motion_id=motion, ballot=Ballot[ballot.upper()], why=why))


@command.command()
@click.argument("account", type=ADDRESS, required=False)
@click.pass_obj
def voter(session: Session, account: Address | None) -> None:
    """Show what an ACCOUNT, or this key, has wrapped and votes with."""
    session.present(session.node.voter(account=account))


@command.command()
@click.argument("amount", type=AMOUNT)
@click.pass_obj
def wrap(session: Session, amount: int) -> None:
    """Wrap AMOUNT of OPEN one for one; it votes on motions whose vote begins afterwards."""
    session.present(session.node.wrap_votes(amount=amount))


@command.command()
@click.argument("amount", type=AMOUNT)
@click.pass_obj
def unwrap(session: Session, amount: int) -> None:
    """Turn AMOUNT of votes into OPEN again."""
    session.present(session.node.unwrap_votes(amount=amount))


@command.command()
@click.argument("to", type=ADDRESS)
@click.pass_obj
def delegate(session: Session, to: Address) -> None:
    """Let TO vote with what this key has wrapped; naming oneself takes it back."""
    session.present(session.node.delegate_votes(to=to))


@command.command()
@click.option("--set", "changes", multiple=True, required=True, metavar="NAME=VALUE", help="A parameter.")
@click.option("--why", required=True, help="What it is for; it stands on the chain.")
@click.pass_obj
def propose(session: Session, changes: tuple[str, ...], why: str) -> None:
    """Move to change parameters: seconds, bps, percent or base units, as `tallystick network parameters` shows."""
    session.present(
        session.node.propose_parameters(changes=dict(_change(text) for text in changes), text=why)
    )


@command.command()
@click.argument("motion", type=BYTES32)
@click.pass_obj
def carry(session: Session, motion: bytes) -> None:
    """Take the next step of a MOTION that passed: into the timelock, and after its delay out of it."""
    session.present(session.node.carry_motion(motion_id=motion))


def _change(text: str) -> tuple[str, int]:
    name, _, value = text.partition("=")
    if not value.isdecimal():
        raise click.UsageError(f"{text!r} is not like burned_bps=6000.")
    return name.strip(), int(value)
