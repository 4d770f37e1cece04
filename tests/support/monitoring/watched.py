"""Synthetic traffic written into a ledger, as the notebook would write it."""

from bench.monitored.traffic import FAILURES, Traffic
from tallystick.app.monitoring.encoding import payload_of
from tallystick.domain.traffic import Entry, ServedSample
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports import NewEntry

REFERENCE = 600


def note_all(ledger: SqliteLedger, release: str, entries: list[Entry]) -> None:
    rows = [
        NewEntry(
            "answer" if isinstance(entry, ServedSample) else "feedback",
            entry.receipt,
            1_700_000_000,
            payload_of(entry),
        )
        for entry in entries
    ]
    ledger.traffic.note(release, rows)


def failing(seed: int, failure: str, calm: int, after: int) -> list[Entry]:
    """A reference, calm traffic, then the failure."""
    traffic = Traffic(seed)
    entries = traffic.take(REFERENCE + calm)
    traffic.world = FAILURES[failure]
    return entries + traffic.take(after)
