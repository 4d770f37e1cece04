"""Commands of an auditor."""

from pathlib import Path

import click

from tallystick.domain.answers.levels import Level, Sample
from tallystick.domain.challenge import Subject
from tallystick.interfaces.cli.agreement import YES, agreement
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import BYTES32, FILE, FOLDER_OR_FILE, NEW_FILE, NUMBER, SUBJECT


@click.group(cls=Noun)
def command() -> None:
    """Recompute what others claim on-chain."""


_CONVICT = click.option(
    "--convict",
    is_flag=True,
    help="Send the first proof that holds, or convict a silence, with this node's key.",
)
_DEMAND = click.option("--demand", is_flag=True, help="Demand under a bond what no file shows.")


_OPENING = click.option(
    "--opening",
    "openings",
    multiple=True,
    type=FOLDER_OR_FILE,
    help="A file of `receipt open`, or a folder of them; also your own books.",
)
_LEVEL = click.option(
    "--level",
    default=Level.L2.value,
    show_default=True,
    type=click.Choice([level.value for level in Level]),
    help="How deep to go at most; what a level proves stands in the report.",
)


@command.command()
@click.argument("batch_id", type=NUMBER)
@_CONVICT
@_DEMAND
@YES
@_OPENING
@_LEVEL
@click.option(
    "--sample",
    default=3,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="How many answers to audit deeper than L0, of those with an opening.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Draws the sample.")
@click.pass_obj
def batch(
    session: Session,
    batch_id: int,
    convict: bool,
    demand: bool,
    yes: bool,
    openings: tuple[Path, ...],
    level: str,
    sample: int,
    seed: int,
) -> None:
    """Fetch a batch, recompute all of it at L0 and some answers deeper, and list what is false."""
    chosen = Sample(Level(level), openings, sample, seed)
    agree = agreement(yes) if demand else None
    session.present(
        session.node.audit_batch(batch_id=batch_id, convicting=convict, agree=agree, sample=chosen)
    )


@command.command()
@click.argument("receipt_hash", type=BYTES32)
@_OPENING
@_LEVEL
@click.pass_obj
def receipt(session: Session, receipt_hash: bytes, openings: tuple[Path, ...], level: str) -> None:
    """Recompute one answer from its opening, level by level, and say what each level proves."""
    session.present(
        session.node.audit_receipt(receipt_hash=receipt_hash, openings=openings, level=Level(level))
    )


@command.command()
@click.argument("proposal_id", type=NUMBER)
@_CONVICT
@_DEMAND
@YES
@click.pass_obj
def rewards(session: Session, proposal_id: int, convict: bool, demand: bool, yes: bool) -> None:
    """Recompute both trees of a reward proposal from the final batches and list what is false."""
    agree = agreement(yes) if demand else None
    session.present(session.node.audit_rewards(proposal_id=proposal_id, convicting=convict, agree=agree))


@command.command()
@click.argument("subject", type=SUBJECT)
@click.argument("number", type=NUMBER)
@click.pass_obj
def collect(session: Session, subject: Subject, number: int) -> None:
    """Pay the reporter of a convicted batch or proposal, a day after the conviction."""
    session.present(session.node.collect_report(subject=subject, number=number))


@command.group(cls=Noun)
def canary() -> None:
    """Plant a receipt that is false by its payer's consent, so that verifiers keep looking."""


@canary.command()
@click.argument("receipt_hash", type=BYTES32)
@click.argument("file", type=NEW_FILE)
@click.option(
    "--days",
    default=30,
    show_default=True,
    type=click.IntRange(1, 365),
    help="How long it can be committed to.",
)
@click.pass_obj
def consent(session: Session, receipt_hash: bytes, file: Path, days: int) -> None:
    """Agree, as who paid for it, that a receipt may be false; FILE is for its operator."""
    lasting_s = days * 86_400
    session.present(session.node.consent_canary(receipt_hash=receipt_hash, lasting_s=lasting_s, file=file))


@canary.command()
@click.argument("batch_id", type=NUMBER)
@click.option(
    "--consent", "file", type=FILE, help="A file of `audit canary consent`; without one nothing is planted."
)
@click.pass_obj
def commit(session: Session, batch_id: int, file: Path | None) -> None:
    """Fix which receipt of BATCH_ID is planted, or that none is, before its window begins."""
    session.present(session.node.commit_canary(batch_id=batch_id, file=file))


@canary.command()
@click.argument("batch_id", type=NUMBER)
@click.pass_obj
def show(session: Session, batch_id: int) -> None:
    """Show what was planted in BATCH_ID now; the duty `audits` does it by itself."""
    session.present(session.node.show_canary(batch_id=batch_id))
