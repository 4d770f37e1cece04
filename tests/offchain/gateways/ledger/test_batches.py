import dataclasses

import pytest

from support.ledger_records import NORA, hash_of, make_receipt, make_voucher
from tallystick.errors import Conflict, NotFound
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.ports import StoredBatch

FIRST = StoredBatch(hash_of("header 1"), NORA, b"header 1", hash_of("file"), "drafted")
SECOND = StoredBatch(hash_of("header 2"), NORA, b"header 2", hash_of("file"), "drafted")
RECEIPTS = [make_receipt(0, 100).digest, make_receipt(100, 300).digest]


@pytest.fixture
def served(ledger: SqlLedger) -> SqlLedger:
    ledger.receipts.store(make_receipt(0, 100))
    ledger.receipts.store(make_receipt(100, 300))
    ledger.receipts.store(make_receipt(300, 400))
    ledger.vouchers.store(make_voucher(300))
    return ledger


def test_batch_when_drafted_takes_its_receipts(served: SqlLedger) -> None:
    served.batches.draft(FIRST, RECEIPTS)
    served.batches.draft(FIRST, RECEIPTS)

    assert served.batches.get(FIRST.header_hash) == FIRST
    assert [s.digest for s in served.receipts.of_batch(FIRST.header_hash)] == RECEIPTS
    assert [*served.receipts.unbatched(NORA)] == []


def test_batch_when_a_receipt_is_taken_claims_none(served: SqlLedger) -> None:
    served.batches.draft(FIRST, RECEIPTS[:1])

    with pytest.raises(Conflict, match="1 of 2"):
        served.batches.draft(SECOND, RECEIPTS)

    assert served.batches.list() == (FIRST,)
    assert [s.digest for s in served.receipts.unbatched(NORA)] == RECEIPTS[1:]


def test_batch_when_a_receipt_is_not_acknowledged_is_refused(served: SqlLedger) -> None:
    with pytest.raises(Conflict, match="1 of 1"):
        served.batches.draft(FIRST, [make_receipt(300, 400).digest])


def test_batch_when_discarded_frees_its_receipts(served: SqlLedger) -> None:
    served.batches.draft(FIRST, RECEIPTS)

    served.batches.discard(FIRST.header_hash)

    assert len([*served.receipts.unbatched(NORA)]) == 2
    with pytest.raises(NotFound):
        served.batches.get(FIRST.header_hash)


def test_batch_when_posted_cannot_be_discarded(served: SqlLedger) -> None:
    served.batches.draft(FIRST, RECEIPTS)
    served.batches.mark_posted(FIRST.header_hash, batch_id=1, posted_at=1_700_000_000)

    with pytest.raises(Conflict, match="posted"):
        served.batches.discard(FIRST.header_hash)

    posted = dataclasses.replace(FIRST, state="posted", batch_id=1, posted_at=1_700_000_000)
    assert served.batches.list("posted") == (posted,)


@pytest.mark.slow
@pytest.mark.parametrize(("state", "freed"), [("final", 0), ("convicted", 2), ("voided", 2)])
def test_batch_when_decided_keeps_its_receipts_only_if_final(
    served: SqlLedger, state: str, freed: int
) -> None:
    served.batches.draft(FIRST, RECEIPTS)
    served.batches.mark_posted(FIRST.header_hash, batch_id=1, posted_at=1)

    served.batches.mark(FIRST.header_hash, state)

    assert len([*served.receipts.unbatched(NORA)]) == freed
    assert served.batches.get(FIRST.header_hash).state == state


def test_batch_when_the_state_is_unknown_is_refused(served: SqlLedger) -> None:
    served.batches.draft(FIRST, RECEIPTS)

    with pytest.raises(Conflict):
        served.batches.mark(FIRST.header_hash, "lucky")
    with pytest.raises(NotFound):
        served.batches.mark(SECOND.header_hash, "final")
