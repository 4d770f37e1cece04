"""Commands of agents."""

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import BYTES32


@click.group(cls=Noun)
def command() -> None:
    """Register, list and show agents."""


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
