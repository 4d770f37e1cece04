"""The command that asks."""

import click

from tallystick.domain.ids import NO_AGENT
from tallystick.interfaces.cli.noun import Verb
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import BYTES32


@click.command("ask", cls=Verb)
@click.argument("question")
@click.option(
    "--agent", type=BYTES32, default=NO_AGENT, help="The agent that the agent pot pays; without it nobody."
)
@click.pass_obj
def command(session: Session, question: str, agent: bytes) -> None:
    """Ask one QUESTION, check the receipt, pay, and show who earned what."""
    session.present(session.node.ask(question=question, agent=agent))
