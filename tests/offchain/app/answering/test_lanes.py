"""Many lanes at once, one answer on each; what is ahead of a voucher is bounded by what its lane has paid."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from support.shop import WORDS, Parrot, Shop, attribute, open_shop, request, voucher
from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.answering.kitchen import Dish, Kitchen
from tallystick.app.results import Answered, Offer, Piece
from tallystick.domain.digests import terms_id
from tallystick.domain.ids import ZERO_HASH, AssetId
from tallystick.domain.usage import PAYMENT_LANES
from tallystick.errors import Conflict, InsufficientFunds, InvalidInput, NotAuthorised, NotFound

FEE = 2_000_000 * 2 // 1000 + 8_000_000 * len(WORDS) // 1000
MOST = 2_000_000 * 2 // 1000 + 8_000_000 * 16 // 1000
ASK = request("Which bell?")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


def last(
    shop: Shop, lane: int, limit: int = MOST, acknowledged: int = 0, head: bytes = ZERO_HASH
) -> Answered:
    signed = voucher(shop, lane, limit, acknowledged, head)
    answered = [*shop.counter.desk.answer(ASK, signed)][-1]
    assert isinstance(answered, Answered)
    return answered


def test_answers_when_on_lanes_of_their_own_are_made_side_by_side(shop: Shop) -> None:
    shop.parrot.together = threading.Barrier(3)  # no answer goes on until three are being made

    with ThreadPoolExecutor(3) as threads:
        made = [*threads.map(lambda lane: last(shop, lane), range(3))]

    assert {a.signed.receipt.lane for a in made} == {0, 1, 2}
    assert {a.text for a in made} == {"".join(WORDS)}


def test_answer_when_its_lane_is_busy_is_refused_and_bills_nothing(shop: Shop) -> None:
    first = shop.counter.desk.answer(ASK, voucher(shop, 0, MOST))
    next(first)

    with pytest.raises(Conflict, match="busy with another answer"):
        next(shop.counter.desk.answer(ASK, voucher(shop, 0, MOST)))

    assert [type(e) for e in first][-1] is Answered and len(shop.seller_books.receipts.recent(9)) == 1


def test_answer_when_closed_frees_its_lane_and_bills_what_was_shown(shop: Shop) -> None:
    events = shop.counter.desk.answer(ASK, voucher(shop, 0, MOST))
    pieces = [next(events), next(events)]
    events.close()

    (sold,) = shop.seller_books.receipts.recent(9)
    shown = "".join(p.text for p in pieces if isinstance(p, Piece))
    assert shop.seller_books.receipts.opening(sold.digest).answer == shown == "It was"
    assert sold.receipt.tokens_out == 2 and not sold.is_acknowledged
    with pytest.raises(Conflict, match="stands at"):  # the debt stands before anything else is made
        last(shop, 0)


def test_answer_when_the_lane_is_new_needs_a_limit_of_the_quoted_maximum(shop: Shop) -> None:
    with pytest.raises(InsufficientFunds, match="this answer may cost"):
        last(shop, 0, limit=MOST - 1)

    assert last(shop, 0, limit=MOST).signed.receipt.cumulative == FEE


def test_answer_when_ahead_of_the_voucher_is_made_up_to_what_the_lane_has_paid(shop: Shop) -> None:
    paid, head = 0, ZERO_HASH
    for _ in range(3):
        made = last(shop, 0, max(MOST, paid), paid, head)
        paid, head = made.signed.receipt.cumulative, shop.head(made)
    assert paid == 3 * FEE > MOST

    ahead = last(shop, 0, paid, paid, head)  # the limit promises nothing more

    assert ahead.signed.receipt.cumulative == 4 * FEE
    with pytest.raises(Conflict, match="stands at"):  # one answer ahead, not two
        last(shop, 0, paid, paid, head)


def test_answer_when_two_lanes_promise_more_than_is_allotted_admits_one(shop: Shop) -> None:
    shop.credit.allotted = 2 * MOST - 1
    last(shop, 0)

    with pytest.raises(InsufficientFunds, match="allotted"):
        last(shop, 1)


def test_answer_when_the_keys_vouchers_promise_more_than_its_cap_admits_one(shop: Shop) -> None:
    shop.credit.cap = 2 * MOST - 1
    last(shop, 0)

    with pytest.raises(InsufficientFunds, match="may still spend"):
        last(shop, 1)
    assert [v.voucher.lane for v in shop.seller_books.vouchers.lanes()] == [0]


def test_key_when_revoked_acknowledges_what_it_was_served_and_gets_nothing_new(shop: Shop) -> None:
    last(shop, 0)
    (served,) = shop.seller_books.receipts.recent(5)
    shop.credit.ending.add(shop.session.address)
    dishes = [*shop.counter.desk._menu._dishes.values()]
    desk = AnswerDesk(dishes=dishes, credit=shop.credit, ledger=shop.seller_books, signer=shop.nora)

    due, head = served.receipt.cumulative, served.head
    desk.acknowledge(voucher(shop, 0, MOST, due, head))
    with pytest.raises(NotAuthorised, match="was revoked"):
        next(desk.answer(ASK, voucher(shop, 0, due + MOST, due, head)))

    assert len(shop.seller_books.receipts.recent(5)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("lane", [PAYMENT_LANES.start, PAYMENT_LANES.stop - 1])
def test_answer_when_its_lane_is_one_of_payments_is_refused_as_nothing_redeems_it(
    shop: Shop, lane: int
) -> None:
    with pytest.raises(InvalidInput, match="for payments"):
        last(shop, lane)

    assert shop.seller_books.receipts.recent(5) == () and shop.seller_books.vouchers.lanes() == ()


def test_answer_when_the_voucher_is_malleated_is_refused(shop: Shop) -> None:
    signed = voucher(shop, 0, MOST)
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = order - int.from_bytes(signed.signature[32:64], "big")
    copy = signed.signature[:32] + high.to_bytes(32, "big") + bytes([55 - signed.signature[64]])

    with pytest.raises(InvalidInput, match="malleated"):
        next(shop.counter.desk.answer(ASK, replace(signed, signature=copy)))


def test_answer_when_the_voucher_is_of_another_chain_is_refused(shop: Shop) -> None:
    with pytest.raises(NotAuthorised, match="may not sign"):
        next(shop.counter.desk.answer(ASK, voucher(shop, 0, MOST, chain_id=1)))


def test_answer_when_its_key_is_sent_again_is_the_stored_one_and_bills_once(shop: Shop) -> None:
    signed = voucher(shop, 0, MOST)
    first, again = (
        [*shop.counter.desk.answer(ASK, signed, key="k-1")][-1],
        [*shop.counter.desk.answer(ASK, signed, key="k-1")][-1],
    )

    assert isinstance(first, Answered) and isinstance(again, Answered)
    assert (again.signed, again.salt, again.output) == (first.signed, first.salt, first.output)
    assert (again.answer_id, again.citations) == (first.answer_id, first.citations)
    assert len(shop.seller_books.receipts.recent(9)) == 1


def test_answer_when_its_key_comes_with_another_question_is_refused(shop: Shop) -> None:
    signed = voucher(shop, 0, MOST)
    list(shop.counter.desk.answer(ASK, signed, key="k-1"))

    with pytest.raises(Conflict, match="another request"):
        next(shop.counter.desk.answer(request("Which tower?"), signed, key="k-1"))


def test_answer_when_the_model_fails_midway_bills_nothing_and_frees_the_lane(shop: Shop) -> None:
    shop.parrot.dies_after = 2
    events = shop.counter.desk.answer(ASK, voucher(shop, 0, MOST))

    with pytest.raises(RuntimeError, match="out of breath"):
        list(events)

    assert shop.seller_books.receipts.recent(9) == ()
    shop.parrot.dies_after = 99
    assert last(shop, 0).text == "".join(WORDS)


def test_answer_when_its_time_is_over_ends_where_it_stands_and_bills_that(shop: Shop) -> None:
    shop.parrot.late_after = 3

    made = last(shop, 0)

    assert made.text == "It was cast" and made.finish_reason == "length" and made.tokens_out == 3


def test_kept_when_nothing_was_billed_says_so(shop: Shop) -> None:
    with pytest.raises(NotFound, match="No answer is kept"):
        shop.counter.desk.kept(ASK, voucher(shop, 0, MOST), "k-1")


@pytest.mark.slow
def test_desk_when_it_has_several_models_answers_by_name_or_by_asset(shop: Shop) -> None:
    first = shop.counter.desk.offer()
    terms = replace(first.terms, model_id=AssetId(b"\x77" * 32), price_out=16_000_000)
    second = Offer("delta", terms, terms_id(terms), first.chain_id, first.escrow, 16)
    kitchen = Kitchen(Parrot(words=(" Other", " words")), lambda question: (), attribute)
    desk = AnswerDesk(
        dishes=[*shop.counter.desk._menu._dishes.values(), Dish(second, kitchen)],
        credit=shop.credit,
        ledger=shop.seller_books,
        signer=shop.nora,
    )

    names = ("estuary", "delta", "0x" + "77" * 32)
    made = [
        [*desk.answer(replace(ASK, model=name), voucher(shop, lane, 10**6))][-1]
        for lane, name in enumerate(names)
    ]

    assert [o.model for o in desk.offers()] == ["estuary", "delta"]
    assert [m.model for m in made] == ["estuary", "delta", "delta"]
    receipts = [m.signed.receipt for m in made if isinstance(m, Answered)]
    assert [r.terms_id for r in receipts] == [first.terms_id, second.terms_id, second.terms_id]
    assert receipts[1].cumulative == 2_000_000 * 2 // 1000 + 16_000_000 * 2 // 1000
    with pytest.raises(NotFound, match="estuary"):
        desk.offer("estuary-2")
