"""Commands of whoever has a seat among the verifiers, or wants one."""

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session


@click.group(cls=Noun)
def command() -> None:
    """Take a seat among the verifiers under a bond, and re-execute the receipts that it is drawn for."""


@command.command()
@click.pass_obj
def join(session: Session) -> None:
    """Take a seat: locks the seat's bond, and names the key that openings are encrypted to."""
    session.present(session.node.verifier_join())


@command.command()
@click.pass_obj
def leave(session: Session) -> None:
    """Be drawn no more. What was drawn before is still due; the bond comes back after the thaw."""
    session.present(session.node.verifier_leave())


@command.command()
@click.pass_obj
def withdraw(session: Session) -> None:
    """Take back the bonds of seats that were left a thaw ago."""
    session.present(session.node.verifier_withdraw())


@command.command()
@click.pass_obj
def status(session: Session) -> None:
    """This key's seats, and how many there are in all."""
    session.present(session.node.verifier_status())


@command.command()
@click.option("--once", is_flag=True, help="Look once, and end.")
@click.option(
    "--every",
    default=30,
    show_default=True,
    type=click.IntRange(1, 86_400),
    help="Seconds between two looks.",
)
@click.pass_obj
def run(session: Session, once: bool, every: int) -> None:
    """Attest, re-execute, answer, reveal and be paid, until interrupted."""
    if once:
        session.present(session.node.verify())
    else:
        session.node.keep_verifying(every_s=every, tell=session.present)


@command.command()
@click.argument("batch_id", type=click.IntRange(1))
@click.pass_obj
def appeal(session: Session, batch_id: int) -> None:
    """Ask a panel of seven about BATCH_ID under a bond, against what two verifiers said of it."""
    session.present(session.node.appeal_audit(batch_id=batch_id))
