"""Commands about the monitors of served answers."""

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import NUMBER


@click.group(cls=Noun)
def command() -> None:
    """Show monitors and alarms, acknowledge alarms, run the monitors over stored traffic."""


@command.command("list")
@click.pass_obj
def list_all(session: Session) -> None:
    """Every monitor with how near it is to an alarm, every alarm, and whether promotion is paused."""
    session.present(session.node.monitors())


@command.command()
@click.argument("number", type=NUMBER)
@click.pass_obj
def show(session: Session, number: int) -> None:
    """Alarm NUMBER: what was found, and whether the stored traffic gives it again."""
    session.present(session.node.alarm(number=number))


@command.command()
@click.argument("number", type=NUMBER)
@click.option("--why", required=True, help="What was found, or why the change is fine.")
@click.pass_obj
def acknowledge(session: Session, number: int, why: str) -> None:
    """Let alarm NUMBER pause promotion no more; its monitor begins anew."""
    session.present(session.node.acknowledge_alarm(number=number, why=why))


@command.command()
@click.pass_obj
def run(session: Session) -> None:
    """Run the monitors over what was noted since they ran last; a serving node does so by itself."""
    session.present(session.node.run_monitors())


@command.command()
@click.argument("model", required=False)
@click.pass_obj
def course(session: Session, model: str | None) -> None:
    """How the monitors of a MODEL, or of all, moved towards an alarm; one is raised at 1000000 ppm of the threshold."""
    session.present(session.node.monitor_courses(model=model))
