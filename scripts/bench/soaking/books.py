"""Both sides' books after the crowd has gone: every receipt in its place, each unit where it belongs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.soaking.clients import Consumer
from bench.soaking.operator import CHAIN, ESCROW, TERMS
from tallystick.app.exchange import decode
from tallystick.domain.digests import Domain, head_after, receipt_digest
from tallystick.domain.ids import ZERO_HASH
from tallystick.domain.money import fee_of
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports import StoredReceipt

DOMAIN = Domain(CHAIN, ESCROW)


@dataclass(frozen=True, slots=True)
class Found:
    receipts: int
    acknowledged: int
    lost: int
    twice: int
    units_off: int


def examine(operator: Path, folder: Path, people: Sequence[Consumer]) -> Found:
    """Of the operator's receipts against its consumers', and of each against its terms and its lane."""
    with SqliteLedger(operator) as books:
        sold = books.receipts.recent(10**7)
    digests = {s.digest for s in sold}
    signatures = {"0x" + decode(s.encoded).signature.hex() for s in sold}
    bought: list[StoredReceipt] = []
    for person in people:
        with SqliteLedger(folder / f"{person.seed}.sqlite3") as mine:
            bought += mine.receipts.recent(10**7)
    by_hand = set().union(*(person.given for person in people))
    lanes: dict[tuple[str, int], list[StoredReceipt]] = {}
    for stored in sold:
        lanes.setdefault((stored.receipt.consumer, stored.receipt.lane), []).append(stored)
    return Found(
        receipts=len(sold),
        acknowledged=sum(s.is_acknowledged for s in sold),
        lost=sum(b.digest not in digests for b in bought) + len(by_hand - signatures),
        twice=_twice(people, sold, bought),
        units_off=sum(_off(stored) for stored in sold) + sum(_gap(lane) for lane in lanes.values()),
    )


def _twice(people: Sequence[Consumer], sold: Sequence[StoredReceipt], bought: Sequence[StoredReceipt]) -> int:
    """A desk's lanes are below 2^40: there each receipt sold was bought, or its consumer was billed for nothing."""
    mine = {b.digest for b in bought}
    unbought = sum(s.digest not in mine for s in sold if s.receipt.lane < 1 << 40)
    repeated = sum("second receipt" in fault for person in people for fault in person.faults)
    return unbought + repeated


def _off(stored: StoredReceipt) -> int:
    """Units between what a receipt asks, what its counts cost, and what its lines share out."""
    receipt, lines = stored.receipt, decode(stored.encoded).lines
    fee = receipt.cumulative - receipt.previous
    due = fee_of(TERMS, receipt.tokens_in, receipt.tokens_out)
    return abs(fee - due) + abs(fee - sum(line.amount for line in lines))


def _gap(lane: list[StoredReceipt]) -> int:
    """Units by which a lane's receipts do not follow one another; a broken chain of heads counts one."""
    at, head, off = 0, ZERO_HASH, 0
    for stored in sorted(lane, key=lambda s: s.receipt.previous):
        off += abs(stored.receipt.previous - at) + (stored.receipt.previous_head != head)
        at = stored.receipt.cumulative
        head = head_after(stored.receipt, receipt_digest(DOMAIN, stored.receipt))
    return off
