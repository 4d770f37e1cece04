"""The command that asks."""

import click

from tallystick.interfaces.cli.noun import Verb
from tallystick.interfaces.cli.session import Session


@click.command("ask", cls=Verb)
@click.argument("question")
@click.pass_obj
def command(session: Session, question: str) -> None:
    """Ask one QUESTION, check the receipt, pay, and show who earned what."""
    session.present(session.node.ask(question=question))
