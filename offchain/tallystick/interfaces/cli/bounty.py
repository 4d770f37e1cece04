"""Commands of bounties."""

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import AMOUNT, BYTES32, NUMBER

_PPM = 10_000  # a percent


@click.group(cls=Noun)
def command() -> None:
    """Post, list, submit to and close bounties for adapters."""


@command.command()
@click.argument("amount", type=AMOUNT)
@click.option("--dataset", type=BYTES32, required=True, help="The data set to train on, by its id.")
@click.option("--evaluation", type=BYTES32, required=True, help="The sealed evaluation; its judge decides.")
@click.option("--incumbent", type=BYTES32, required=True, help="The model to beat, by its id.")
@click.option(
    "--gain",
    type=click.FloatRange(-2, 100),
    default=0.0,
    show_default=True,
    help="Least lower end of the gain over the incumbent, in percent of the score.",
)
@click.option("--days", type=NUMBER, default=14, show_default=True, help="Days to hand in adapters.")
@click.option("--judging-days", type=NUMBER, default=7, show_default=True, help="Days to judge after that.")
@click.pass_obj
def post(
    session: Session,
    amount: int,
    dataset: bytes,
    evaluation: bytes,
    incumbent: bytes,
    gain: float,
    days: int,
    judging_days: int,
) -> None:
    """Put AMOUNT of OPEN behind an evaluation, for the first adapter that passes it."""
    session.present(
        session.node.post_bounty(
            dataset_id=dataset,
            evaluation_id=evaluation,
            incumbent=incumbent,
            least_gain_ppm=round(gain * _PPM),
            amount=amount,
            days=days,
            judging_days=judging_days,
        )
    )


@command.command("list")
@click.pass_obj
def list_bounties(session: Session) -> None:
    """List the bounties, newest first."""
    session.present(session.node.list_bounties())


@command.command()
@click.argument("bounty_id", type=NUMBER)
@click.argument("model_id", type=BYTES32)
@click.pass_obj
def submit(session: Session, bounty_id: int, model_id: bytes) -> None:
    """Hand in an adapter of this node's key that names the bounty's evaluation."""
    session.present(session.node.submit_to_bounty(bounty_id=bounty_id, model_id=model_id))


@command.command("close")
@click.argument("bounty_id", type=NUMBER)
@click.pass_obj
def close_bounty(session: Session, bounty_id: int) -> None:
    """Send the money to the tuner whose adapter passed, or back to the poster once judging is over."""
    session.present(session.node.close_bounty(bounty_id=bounty_id))
