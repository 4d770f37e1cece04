"""Closing a batch: whatever goes wrong on the way to the chain, its receipts settle once, sooner or later."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.memory_store import MemoryStore
from support.shop import ESCROW, Shop, open_shop
from tallystick.app.settlement.header import decode_header, encode_header
from tallystick.app.settlement.settle import Settlement
from tallystick.domain.batch import BatchHeader
from tallystick.domain.digests import Domain, header_hash
from tallystick.domain.ids import ZERO_HASH, Address, Hash
from tallystick.errors import InsufficientFunds, NodeError, NotFound, Unavailable
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.gateways.ledger.copying.keeper import LedgerKeeper
from tallystick.ports import SubmittedBatch

pytestmark = pytest.mark.slow

TX = SimpleNamespace(tx_hash=Hash(b"t" * 32), gas_used=1)


@dataclass
class Registry:
    """The chain's side of a submission; `failure` is what happens to the next one, before or after it is signed."""

    failure: NodeError | None = None
    signs_first: bool = False
    signed: dict[str, BatchHeader] = field(default_factory=dict)
    content: MemoryStore = field(default_factory=MemoryStore)
    is_forgotten: bool = False  # by the outbox, when the books are a copy from before

    def last_header_of(self, operator: Address) -> Hash:
        return ZERO_HASH

    def submit_batch(self, header: BatchHeader, *, intent: str) -> tuple[int, Any]:
        failure, self.failure = self.failure, None
        if failure is None or self.signs_first:
            assert self.signed.setdefault(intent, header) == header
        if failure is not None:
            raise failure
        return len(self.signed), TX

    def batch(self, batch_id: int) -> Any:
        return SimpleNamespace(submitted_at=5, status="open")

    def submitted(self, first: int, last: int, *, operator: Address) -> tuple[SubmittedBatch, ...]:
        return tuple(
            SubmittedBatch(number, header_hash(header), header, 1, TX.tx_hash)
            for number, header in enumerate(self.signed.values(), 1)
        )


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    LedgerKeeper(tmp_path / "nora.sqlite3").copy(tmp_path / "copy.sqlite3")
    desk = opened.pay_desk()
    desk.chat({"model": "estuary", "messages": [{"role": "user", "content": "When?"}]})
    yield opened
    opened.close()


def settlement_of(shop: Shop, registry: Registry) -> Settlement:
    chain: Any = SimpleNamespace(
        batches=registry,
        parameters=SimpleNamespace(current=lambda: SimpleNamespace(version=1)),
        escrow=SimpleNamespace(redeemed=lambda consumer, operator, lane: 10**12),
        has_signed=lambda intent: intent in registry.signed and not registry.is_forgotten,
        head=lambda: 1,
    )
    domain = Domain(31337, ESCROW)
    return Settlement(chain, registry.content, shop.seller_books, shop.nora, domain)


def test_close_batch_when_the_contract_refuses_frees_the_receipts(shop: Shop) -> None:
    registry = Registry(InsufficientFunds("Nothing is redeemed."))
    settlement = settlement_of(shop, registry)

    with pytest.raises(InsufficientFunds):
        settlement.close_batch()

    assert settlement.waiting(settlement.owed()) == 1 and settlement.drafts() == ()
    assert settlement.close_batch().header.receipt_count == 1


def test_close_batch_when_it_may_not_be_posted_yet_signs_nothing_and_frees_the_receipts(shop: Shop) -> None:
    registry, seen = Registry(), list[Hash]()

    def prepare(header: BatchHeader) -> None:
        seen.append(header.receipts_root)
        if len(seen) == 1:
            raise Unavailable("The RPC is down.")

    settlement = replace(settlement_of(shop, registry), prepare=prepare)
    with pytest.raises(Unavailable):
        settlement.close_batch()

    assert registry.signed == {} and settlement.drafts() == ()
    closed = settlement.close_batch()
    assert seen == [closed.header.receipts_root] * 2 and len(registry.signed) == 1


def test_close_batch_when_the_connection_dies_after_signing_is_seen_through(shop: Shop) -> None:
    registry = Registry(Unavailable("The RPC is down."), signs_first=True)
    with pytest.raises(Unavailable):
        settlement_of(shop, registry).close_batch()

    restarted = settlement_of(shop, registry)
    assert restarted.waiting(restarted.owed()) == 0 and len(restarted.drafts()) == 1
    closed = restarted.close_batch()

    assert list(registry.signed.values()) == [closed.header] and restarted.drafts() == ()
    with pytest.raises(NotFound):
        restarted.close_batch()


def test_close_batch_when_killed_before_signing_submits_the_draft(shop: Shop) -> None:
    registry = Registry()
    draft = settlement_of(shop, registry)._draft()

    closed = settlement_of(shop, registry).close_batch()

    assert closed.header_hash == draft.header_hash
    assert decode_header(encode_header(closed.header)) == closed.header


def test_close_batch_when_the_books_are_a_copy_with_the_draft_takes_it_from_the_chain(shop: Shop) -> None:
    registry = Registry()
    draft = settlement_of(shop, registry)._draft()
    registry.signed["batch-" + draft.header_hash.hex()] = decode_header(draft.encoded_header)
    registry.is_forgotten = True

    closed = settlement_of(shop, registry).close_batch()

    assert (closed.batch_id, closed.header_hash, len(registry.signed)) == (1, draft.header_hash, 1)
    assert shop.seller_books.batches.get(draft.header_hash).state == "posted"


def test_close_batch_when_the_books_are_a_copy_from_before_never_settles_a_receipt_twice(
    shop: Shop, tmp_path: Path
) -> None:
    registry = Registry()
    first = settlement_of(shop, registry).close_batch()
    settled = [*shop.seller_books.receipts.of_batch(first.header_hash)]
    take_copy(shop, tmp_path)
    registry.is_forgotten = True

    with pytest.raises(NotFound, match="no receipt to settle"):
        settlement_of(shop, registry).close_batch()

    assert len(registry.signed) == 1
    assert shop.seller_books.batches.get(first.header_hash).state == "posted"
    assert [*shop.seller_books.receipts.of_batch(first.header_hash)] == settled != []


def test_close_batch_when_a_batch_of_the_chain_cannot_be_read_signs_nothing(
    shop: Shop, tmp_path: Path
) -> None:
    registry = Registry()
    settlement_of(shop, registry).close_batch()
    take_copy(shop, tmp_path)
    registry.content.held.clear()

    with pytest.raises(NodeError):
        settlement_of(shop, registry).close_batch()

    assert len(registry.signed) == 1 and shop.seller_books.batches.list() == ()


def take_copy(shop: Shop, folder: Path) -> None:
    """In place of the books: from before the answer, its receipt and its voucher."""
    shop.seller_books.close()
    for end in ("", "-wal", "-shm"):
        (folder / f"nora.sqlite3{end}").unlink(missing_ok=True)
    LedgerKeeper(folder / "nora.sqlite3").load(folder / "copy.sqlite3")
    shop.seller_books = SqlLedger(folder / "nora.sqlite3")
