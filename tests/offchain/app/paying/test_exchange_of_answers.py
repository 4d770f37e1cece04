"""Answer desk and pay desk across one counter: what is paid, what is refused, and that refusals cost nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.shop import ALICE, PETRA, WORDS, Shop, Tamper, open_shop
from tallystick.app.exchange import decode
from tallystick.domain.answers.draws import Sampling, draw_key, place_of
from tallystick.domain.ids import Pot
from tallystick.errors import (
    Conflict,
    InsufficientFunds,
    IntegrityMismatch,
    InvalidInput,
    NotAuthorised,
    NotFound,
)

ASK = {"model": "estuary", "messages": [{"role": "user", "content": "When was the hour bell cast?"}]}
FEE = 2_000_000 * 6 // 1000 + 8_000_000 * len(WORDS) // 1000


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


def test_chat_when_paid_leaves_the_same_acknowledged_receipt_with_both_sides(shop: Shop) -> None:
    answer = shop.pay_desk().chat(dict(ASK))

    (sold,) = shop.seller_books.receipts.recent(10)
    (bought,) = shop.buyer_books.receipts.recent(10)
    assert answer["choices"][0]["message"]["content"] == "".join(WORDS)
    assert sold.digest == bought.digest and sold.is_acknowledged and bought.is_acknowledged
    assert sold.receipt.cumulative == FEE == answer["tallystick"]["price"]["fee"]
    assert sold.voucher is not None and sold.voucher.voucher.acknowledged == FEE


@pytest.mark.slow
def test_chat_when_paid_leaves_both_sides_what_opens_the_receipt(shop: Shop) -> None:
    answer = shop.pay_desk().chat(dict(ASK))["tallystick"]

    (digest,) = (s.digest for s in shop.seller_books.receipts.recent(10))
    sold, bought = shop.seller_books.receipts.opening(digest), shop.buyer_books.receipts.opening(digest)
    assert sold.output == bought.output and sold.salt == bought.salt
    assert answer["tokens"] == list(sold.output.tokens) == list(range(len(WORDS)))
    assert [(p.dataset_id, p.record_index) for p in sold.output.passages] == [
        (PETRA, 1),
        (PETRA, 4),
        (ALICE, 0),
    ]
    assert sold.output.fingerprint == b"of 6 and 6"
    assert json.loads(bought.attribution_json)["evidence"][0]["record"] == 3


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "are_alike"), [(7, True), (None, False)])
def test_chat_when_sampled_twice_draws_alike_only_by_the_consumers_seed(
    shop: Shop, seed: int | None, are_alike: bool
) -> None:
    desk = shop.pay_desk()

    for _ in range(2):
        desk.chat({**ASK, "temperature": 0.7, "seed": seed})

    first, again = shop.parrot.seeds
    assert (first == again) is are_alike
    (sold, _) = shop.seller_books.receipts.recent(10)
    output = shop.buyer_books.receipts.opening(sold.digest).output
    assert output.sampling == Sampling(700_000, 1_000_000, seed)
    place = place_of(sold.receipt)
    assert draw_key(output.sampling, ASK["messages"], place) in shop.parrot.seeds  # type: ignore[arg-type]


def test_chat_when_drawn_otherwise_than_asked_pays_nothing(shop: Shop) -> None:
    shop.counter.tamper = lambda body: body["tallystick"]["sampling"].update(seed=8)

    with pytest.raises(IntegrityMismatch, match="drawn otherwise"):
        shop.pay_desk().chat({**ASK, "temperature": 0.7, "seed": 7})


@pytest.mark.slow
def test_chat_when_repeated_extends_one_lane(shop: Shop) -> None:
    desk = shop.pay_desk()

    for _ in range(3):
        desk.chat(dict(ASK))

    receipts = sorted((s.receipt for s in shop.seller_books.receipts.recent(10)), key=lambda r: r.previous)
    assert [(r.previous, r.cumulative) for r in receipts] == [(0, FEE), (FEE, 2 * FEE), (2 * FEE, 3 * FEE)]
    assert {r.lane for r in receipts} == {0}


@pytest.mark.slow
def test_chat_stream_when_read_to_the_end_pays_once(shop: Shop) -> None:
    chunks = list(shop.pay_desk().chat_stream({**ASK, "stream": True}))

    assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks[:-1]) == "".join(WORDS)
    assert "tallystick" in chunks[-1] and shop.counter.acknowledged == 1


def test_chat_stream_when_the_client_leaves_pays_for_the_tokens_it_was_shown(shop: Shop) -> None:
    stream = shop.pay_desk().chat_stream({**ASK, "stream": True})
    next(stream)

    stream.close()

    (sold,) = shop.seller_books.receipts.recent(10)
    (bought,) = shop.buyer_books.receipts.recent(10)
    assert sold.digest == bought.digest and sold.is_acknowledged
    assert sold.receipt.tokens_out == 1 and sold.receipt.cumulative == 2_000_000 * 6 // 1000 + 8_000
    assert shop.buyer_books.receipts.opening(bought.digest).answer == WORDS[0]


def test_lines_when_split_name_the_earner_and_the_reserved_three(shop: Shop) -> None:
    shop.pay_desk().chat(dict(ASK))

    lines = decode(shop.seller_books.receipts.recent(1)[0].encoded).lines
    assert sum(line.amount for line in lines) == FEE
    assert [line.pot for line in lines] == [Pot.OPERATOR, Pot.TRAINING, Pot.AUDIT, Pot.INSURANCE, Pot.BURN]
    assert lines[1].asset_id == ALICE and lines[1].amount == FEE * 1000 // 10_000 * 700_000 // 1_000_000


def _text(body: dict[str, Any]) -> None:
    body["choices"][0]["message"]["content"] += "!"


def _fee(body: dict[str, Any]) -> None:
    receipt = body["tallystick"]["receipt"]["receipt"]
    receipt["cumulative"] = str(int(receipt["cumulative"]) + 1)


def _line(body: dict[str, Any]) -> None:
    body["tallystick"]["receipt"]["lines"][1]["asset_id"] = "0x" + "99" * 32


def _signature(body: dict[str, Any]) -> None:
    signed = body["tallystick"]["receipt"]
    signed["signature"] = (
        signed["signature"][:-4] + ("aa" if signed["signature"][-4:-2] != "aa" else "bb") + "1b"
    )


def _tokens(body: dict[str, Any]) -> None:
    body["tallystick"]["receipt"]["receipt"]["tokens_in"] += 1


def _salt(body: dict[str, Any]) -> None:
    body["tallystick"]["salt"] = "0x" + "00" * 32


def _token(body: dict[str, Any]) -> None:
    body["tallystick"]["tokens"][2] += 1


def _fewer_tokens(body: dict[str, Any]) -> None:
    body["tallystick"]["tokens"].pop()


def _passage(body: dict[str, Any]) -> None:
    body["tallystick"]["passages"][0][1] += 1


def _fingerprint(body: dict[str, Any]) -> None:
    body["tallystick"]["fingerprint"] = "0x00"


def _drawn(body: dict[str, Any]) -> None:
    body["tallystick"]["sampling"] = {"temperature": 700_000, "top_p": 1_000_000, "seed": None}


def _gone(body: dict[str, Any]) -> None:
    del body["tallystick"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "tamper",
    [
        _text,
        _fee,
        _line,
        _signature,
        _tokens,
        _salt,
        _token,
        _fewer_tokens,
        _passage,
        _fingerprint,
        _drawn,
        _gone,
    ],
)
def test_chat_when_the_receipt_is_wrong_pays_nothing_and_leaves_the_lane(shop: Shop, tamper: Tamper) -> None:
    desk = shop.pay_desk()
    shop.counter.tamper = tamper

    with pytest.raises(IntegrityMismatch):
        desk.chat(dict(ASK))

    assert shop.counter.acknowledged == 0 and shop.buyer_books.receipts.recent(10) == ()
    shop.counter.tamper = lambda body: None
    desk.chat(dict(ASK))
    assert shop.buyer_books.receipts.recent(1)[0].receipt.lane == 1


def test_chat_when_the_cap_is_too_low_asks_nobody(shop: Shop) -> None:
    with pytest.raises(InsufficientFunds, match="cap"):
        shop.pay_desk(cap=FEE - 1).chat(dict(ASK))

    assert shop.seller_books.receipts.recent(10) == ()


def test_chat_when_too_little_is_allotted_is_refused(shop: Shop) -> None:
    shop.credit.allotted = 10

    with pytest.raises(InsufficientFunds, match="allotted"):
        shop.pay_desk().chat(dict(ASK))


def test_chat_when_the_session_key_is_not_authorised_is_refused(shop: Shop) -> None:
    shop.credit.signers.clear()

    with pytest.raises(NotAuthorised, match="may not sign"):
        shop.pay_desk().chat(dict(ASK))


def test_chat_when_the_model_is_unknown_is_refused(shop: Shop) -> None:
    with pytest.raises(NotFound, match="no model"):
        shop.pay_desk().chat({**ASK, "model": "other"})


def test_acknowledge_when_a_receipt_is_outstanding_demands_it_first(shop: Shop) -> None:
    desk = shop.pay_desk()
    desk.chat(dict(ASK))
    stale = shop.buyer_books.vouchers.latest(shop.bob.address, shop.nora.address, 0)
    assert stale is not None
    desk.chat(dict(ASK))

    with pytest.raises(Conflict, match="stands at"):
        shop.counter.desk.acknowledge(stale)


def test_pay_desk_when_the_operator_is_of_another_deployment_refuses(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = shop.counter.offer()
    monkeypatch.setattr(shop.counter, "offer", lambda *_: {**honest, "chain_id": 1})

    with pytest.raises(InvalidInput, match="settles on chain 1"):
        shop.pay_desk()


def test_chat_when_an_owner_took_consent_back_is_refused_and_bills_nothing(tmp_path: Path) -> None:
    def revoked() -> None:
        raise NotAuthorised("nora may not serve with the data set 'letters'.", "Its owner allows it.")

    shop = open_shop(tmp_path, check_consent=revoked)

    with pytest.raises(NotAuthorised, match="may not serve"):
        shop.pay_desk().chat(dict(ASK))
    assert shop.seller_books.receipts.recent(10) == ()
    shop.close()
