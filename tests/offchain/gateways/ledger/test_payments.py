"""Payments in the books: one a lane, over once, never both billed and given back; also after the file was closed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import usage_of
from support.shop import Shop, open_shop
from tallystick.app import exchange
from tallystick.domain.digests import payment_lane
from tallystick.domain.ids import ZERO_HASH, Hash
from tallystick.domain.usage import SignedReceipt, Transfer, Voucher
from tallystick.errors import Conflict, NotFound
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.pipeline.receipts.receipt import build_receipt
from tallystick.ports import StoredPayment, StoredReceipt

NONCE, TX = b"\x07" * 32, Hash(b"\x09" * 32)


@pytest.fixture
def shop(tmp_path: Path, place: Path | str) -> Iterator[Shop]:
    opened = open_shop(tmp_path, seller=place)
    yield opened
    opened.close()


@pytest.fixture
def books(shop: Shop) -> SqlLedger:
    return shop.seller_books


@pytest.fixture
def payment(shop: Shop, books: SqlLedger) -> StoredPayment:
    transfer = Transfer(shop.bob.address, shop.nora.address, 10**6, 0, 2**255, NONCE)
    return books.payments.note(StoredPayment(shop.nora.address, payment_lane(NONCE), transfer, 5))


@pytest.fixture
def receipt(shop: Shop, payment: StoredPayment) -> StoredReceipt:
    """Of an answer on the payment's lane, not in the books."""
    at = Voucher(payment.payer, payment.operator, payment.lane, 10**6, 0, ZERO_HASH)
    offer = shop.counter.desk.offer()
    built = build_receipt(exchange.domain_of(offer), offer.terms, at, usage_of("When?"), ())
    signed = SignedReceipt(built.receipt, built.lines, shop.nora.sign_digest(built.digest))
    return exchange.stored_of(offer, signed)


def test_payment_when_noted_again_comes_back_as_it_is_known(books: SqlLedger, payment: StoredPayment) -> None:
    books.payments.mark(payment, "settled", TX)

    known = books.payments.note(payment)

    assert known == replace(payment, state="settled", tx_hash=TX)
    assert books.payments.find(payment.payer, payment.operator, payment.lane) == known
    assert books.payments.unfinished(payment.operator) == (known,)
    with pytest.raises(Conflict):
        books.payments.note(replace(payment, transfer=replace(payment.transfer, value=7)))


def test_payment_when_it_is_over_stays_as_it_is(books: SqlLedger, payment: StoredPayment) -> None:
    books.payments.mark(payment, "returning")
    books.payments.mark(payment, "returned")

    for state in ("settled", "returning"):
        with pytest.raises(Conflict):
            books.payments.mark(payment, state)
    assert books.payments.unfinished(payment.operator) == ()
    with pytest.raises(NotFound):
        books.payments.mark(replace(payment, lane=payment.lane + 1), "settled")


def test_payment_when_an_answer_is_billed_against_it_is_not_given_back(
    books: SqlLedger, payment: StoredPayment, receipt: StoredReceipt
) -> None:
    books.receipts.store(receipt)

    with pytest.raises(Conflict):
        books.payments.mark(payment, "returning")


def test_receipt_when_its_payment_was_given_back_is_refused(
    books: SqlLedger, payment: StoredPayment, receipt: StoredReceipt
) -> None:
    books.payments.mark(payment, "returning")

    with pytest.raises(Conflict):
        books.receipts.store(receipt)

    assert books.receipts.recent() == ()


def test_receipt_when_its_payment_is_redeemed_may_settle_without_a_voucher(
    books: SqlLedger, payment: StoredPayment, receipt: StoredReceipt
) -> None:
    books.receipts.store(receipt)
    assert [*books.receipts.unbatched(payment.operator)] == []

    books.payments.redeem(receipt.receipt)

    (waiting,) = books.receipts.unbatched(payment.operator)
    assert waiting.digest == receipt.digest and waiting.voucher is None
    assert books.vouchers.lanes() == () and books.vouchers.next_lane(payment.payer, payment.operator) == 0
    known = books.payments.find(payment.payer, payment.operator, payment.lane)
    assert known is not None and known.state == "redeemed"
