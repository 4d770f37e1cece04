"""Looks a ledger over without writing to it, also while another process does."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tallystick.errors import IntegrityViolation
from tallystick.gateways.ledger.books import SqlLedger, holds_books

_HINT = "Stop the node and follow docs/node/runbooks/ledger.md."


def check_books(place: Path | str) -> str:
    """What is there, in one line; IntegrityViolation where SQLite finds its pages damaged."""
    if not holds_books(place):
        return "none yet"
    if not isinstance(place, Path):
        with SqlLedger(place, read_only=True) as ledger:
            return f"answers; {len(ledger.batches.list())} batches"
    try:
        with closing(sqlite3.connect(f"{place.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    except sqlite3.Error as error:
        raise IntegrityViolation(f"{place} cannot be read: {error}.", _HINT) from error
    if found != ["ok"]:
        raise IntegrityViolation(f"{place} is damaged: {found[0].splitlines()[-1]}.", _HINT)
    return f"{place.stat().st_size / 1e6:.1f} MB, its pages are whole"
