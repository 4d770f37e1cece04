"""Commands about receipts."""

from pathlib import Path

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import BYTES32, NEW_FILE, NUMBER


@click.group(cls=Noun)
def command() -> None:
    """List, show and open receipts."""


@command.command("list")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many, newest first."
)
@click.pass_obj
def list_receipts(session: Session, limit: int) -> None:
    """The newest receipts of this node."""
    session.present(session.node.receipts(limit=limit))


@command.command()
@click.argument("receipt_hash", type=BYTES32)
@click.pass_obj
def show(session: Session, receipt_hash: bytes) -> None:
    """One receipt with its lines, signatures and voucher."""
    session.present(session.node.receipt(receipt_hash=receipt_hash))


@command.command("open")
@click.argument("receipt_hash", type=BYTES32)
@click.option("--out", required=True, type=NEW_FILE, help="A new file; it will hold question and answer.")
@click.pass_obj
def open_receipt(session: Session, receipt_hash: bytes, out: Path) -> None:
    """Write what opens a receipt to a file, for an auditor."""
    session.present(session.node.open_receipt(receipt_hash=receipt_hash, file=out))


@command.command()
@click.option("--page", type=NUMBER, default=1, show_default=True, help="Of 25 lanes, by consumer.")
@click.pass_obj
def vouchers(session: Session, page: int) -> None:
    """The latest voucher of each lane: what it promises, what receipts make of it, and what was redeemed."""
    session.present(session.node.voucher_page(number=page).rows)
