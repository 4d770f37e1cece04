"""The command that says whether an answer was good."""

import click

from tallystick.interfaces.cli.noun import Verb
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import BYTES32


@click.command("feedback", cls=Verb)
@click.argument("receipt", type=BYTES32)
@click.option("--good/--bad", "is_good", required=True, help="Whether the answer was good.")
@click.option("--correction", help="The answer as it should have been; needs --may-train.")
@click.option("--may-train", is_flag=True, help="Consent to training on this question and answer.")
@click.pass_obj
def command(session: Session, receipt: bytes, is_good: bool, correction: str | None, may_train: bool) -> None:
    """Say of the answer of RECEIPT whether it was good. Saying it again replaces it, and takes consent back."""
    session.present(
        session.node.give_feedback(
            receipt_hash=receipt, is_good=is_good, correction=correction, may_train=may_train
        )
    )
