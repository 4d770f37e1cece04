"""Synthetic traffic written into a ledger, as the notebook would write it."""

from bench.monitoring_traffic import FAILURES, Traffic
from tallystick.app.monitoring.encoding import payload_of
from tallystick.domain.traffic import Entry, ServedSample
from tallystick.gateways.ledger.books import SqliteLedger

REFERENCE = 600


def note_all(ledger: SqliteLedger, release: str, entries: list[Entry]) -> None:
    for entry in entries:
        kind = "answer" if isinstance(entry, ServedSample) else "feedback"
        ledger.traffic.note(release, kind, entry.receipt, 1_700_000_000, payload_of(entry))


def failing(seed: int, failure: str, calm: int, after: int) -> list[Entry]:
    """A reference, calm traffic, then the failure."""
    traffic = Traffic(seed)
    entries = traffic.take(REFERENCE + calm)
    traffic.world = FAILURES[failure]
    return entries + traffic.take(after)
