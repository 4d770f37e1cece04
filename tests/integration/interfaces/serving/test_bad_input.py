"""Every bad request to an operator has one outcome, and bills nothing."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from support.shop import Shop, voucher
from tallystick.domain.ids import ZERO_HASH, Address
from tallystick.domain.usage import PAYMENT_LANES, SignedVoucher
from tallystick.interfaces.web import guarding, reading
from tallystick.pipeline.receipts.encoding import signed_voucher_to_json

pytestmark = pytest.mark.integration
ASK: dict[str, Any] = {"model": "estuary", "messages": [{"role": "user", "content": "When was it?"}]}
MOST = 2_000_000 * 3 // 1000 + 8_000_000 * 16 // 1000
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def post(
    operator: str, signed: SignedVoucher, body: bytes | None = None, path: str = "chat/completions"
) -> tuple[int, str]:
    """Status and code."""
    headers = {"x-tallystick-voucher": json.dumps(signed_voucher_to_json(signed))}
    told = httpx.post(f"{operator}/v1/{path}", content=body or json.dumps(ASK).encode(), headers=headers)
    return told.status_code, told.json().get("error", {}).get("code", "")


def asking(**change: Any) -> bytes:
    return json.dumps({**ASK, **change}).encode()


def said(content: str) -> bytes:
    return asking(messages=[{"role": "user", "content": content}])


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"{", (400, "invalid_json")),
        (b"[]", (400, "invalid_json")),
        (b"[" * 50_000, (400, "invalid_json")),
        (b'{"messages": ' + b"[" * 70 + b"]" * 70 + b"}", (400, "invalid_json")),
        (b'{"temperature": NaN}', (400, "invalid_json")),
        (b'{"temperature": 1e999, "messages": [{"role": "user", "content": "x"}]}', (400, "invalid_value")),
        (b'{"seed": ' + b"9" * 5000 + b"}", (400, "invalid_json")),
        (b'\xff\xfe{"a', (400, "invalid_json")),
        (said("\ud800"), (400, "invalid_value")),
        (asking(stop=["\udfff"]), (400, "invalid_value")),
        (asking(model="\udead"), (400, "invalid_value")),
        (said("x" * 40_000), (400, "context_length_exceeded")),
        (b" " * ((1 << 20) + 1), (413, "request_too_large")),
        (asking(model="delta"), (404, "model_not_found")),
        (asking(max_tokens=-1), (400, "invalid_value")),
        (asking(max_tokens=1.5), (400, "invalid_value")),
        (asking(messages=[]), (400, "invalid_value")),
        (asking(messages="hello"), (400, "invalid_value")),
        (asking(n=10**30), (400, "unsupported_parameter")),
    ],
    ids=range(19),
)
def test_request_when_its_body_is_bad_has_a_defined_refusal_and_bills_nothing(
    shop: Shop, operator: str, body: bytes, outcome: tuple[int, str]
) -> None:
    assert post(operator, voucher(shop, 0, MOST), body) == outcome
    assert shop.seller_books.receipts.recent(5) == () and shop.seller_books.vouchers.lanes() == ()


def test_request_when_its_length_is_a_lie_is_refused_before_it_is_read(
    operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_BODY", 10)
    monkeypatch.setattr(guarding, "HEAD_S", 0.3)

    def forever() -> Any:
        while True:
            yield b"x" * 1024

    told = httpx.post(f"{operator}/tallystick/v1/quote", content=forever())

    assert told.status_code == 413


def malleated(signed: SignedVoucher) -> SignedVoucher:
    high = ORDER - int.from_bytes(signed.signature[32:64], "big")
    copy = signed.signature[:32] + high.to_bytes(32, "big") + bytes([55 - signed.signature[64]])
    return replace(signed, signature=copy)


def renamed(signed: SignedVoucher, **change: Any) -> SignedVoucher:
    return replace(signed, voucher=replace(signed.voucher, **change))


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("malleated", (400, "invalid_value")),
        ("wrong chain", (403, "not_authorised")),
        ("other operator", (403, "not_authorised")),
        ("altered", (403, "not_authorised")),
        ("no key's", (400, "invalid_value")),
        ("overspent", (402, "insufficient_funds")),
        ("too low", (402, "insufficient_funds")),
        ("unknown key", (403, "not_authorised")),
        ("revoked", (403, "not_authorised")),
        ("ahead", (409, "conflict")),
        ("foreign head", (409, "conflict")),
        ("payments' lane", (400, "invalid_value")),
    ],
)
def test_voucher_when_it_is_bad_has_a_defined_refusal_and_bills_nothing(
    shop: Shop, operator: str, kind: str, outcome: tuple[int, str]
) -> None:
    good = voucher(shop, 0, MOST)
    bad = {
        "malleated": lambda: malleated(good),
        "wrong chain": lambda: voucher(shop, 0, MOST, chain_id=1),
        "other operator": lambda: renamed(good, operator=Address("0x" + "77" * 20)),
        "altered": lambda: renamed(good, limit=MOST * 9),
        "no key's": lambda: replace(good, signature=bytes(64) + b"\x1b"),
        "overspent": lambda: voucher(shop, 0, 10**9 + 1),
        "too low": lambda: voucher(shop, 0, MOST - 1),
        "unknown key": lambda: (shop.credit.signers.clear(), good)[1],
        "revoked": lambda: (shop.credit.ending.add(shop.session.address), good)[1],
        "ahead": lambda: voucher(shop, 0, MOST, acknowledged=5),
        "foreign head": lambda: voucher(shop, 0, MOST, head=b"\x01" * 32),
        "payments' lane": lambda: voucher(shop, PAYMENT_LANES.start, MOST),
    }[kind]()

    assert post(operator, bad) == outcome
    assert shop.seller_books.receipts.recent(5) == ()


def test_voucher_when_replayed_gets_no_second_answer(shop: Shop, operator: str) -> None:
    good = voucher(shop, 0, MOST)
    assert post(operator, good) == (200, "")

    assert post(operator, good) == (409, "conflict")
    assert len(shop.seller_books.receipts.recent(5)) == 1


def test_vouchers_when_reordered_never_go_back(shop: Shop, operator: str) -> None:
    first = voucher(shop, 0, MOST)
    assert post(operator, first) == (200, "")
    (sold,) = shop.seller_books.receipts.recent(5)
    second = voucher(shop, 0, 2 * MOST, sold.receipt.cumulative, sold.head)
    assert post(operator, second) == (200, "")

    for old in (first, second):
        assert post(operator, old) == (409, "conflict")
    told = httpx.post(f"{operator}/tallystick/v1/vouchers", json=signed_voucher_to_json(first))

    assert told.status_code == 409 and len(shop.seller_books.receipts.recent(5)) == 2
    held = shop.seller_books.vouchers.latest(shop.bob.address, shop.nora.address, 0)
    assert held is not None and held.voucher == second.voucher


def test_voucher_when_its_allotment_thaws_is_refused(shop: Shop, operator: str) -> None:
    shop.credit.allotted = 0

    assert post(operator, voucher(shop, 0, MOST)) == (402, "insufficient_funds")


@pytest.mark.parametrize("key", ["k" * 201, "a\tb"], ids=["long", "tab"])
def test_key_when_it_is_no_key_is_refused(shop: Shop, operator: str, key: str) -> None:
    headers = {"x-tallystick-voucher": json.dumps(signed_voucher_to_json(voucher(shop, 0, MOST)))}

    told = httpx.post(
        f"{operator}/v1/chat/completions", json=ASK, headers={**headers, "idempotency-key": key}
    )

    assert told.status_code == 400 and shop.seller_books.receipts.recent(5) == ()


@pytest.mark.parametrize("path", ["/v1/engines", "/v1/chat/completions/x", "/"])
def test_route_when_there_is_none_is_told_in_openais_shape(operator: str, path: str) -> None:
    told = httpx.get(operator + path)

    assert told.status_code in (404, 405) and told.json()["error"]["code"] == "unknown_url"


def test_prompt_when_the_model_reads_less_is_refused_before_it_is_paid(shop: Shop, operator: str) -> None:
    shop.parrot.reads = 4

    assert post(operator, voucher(shop, 0, 10**6), said("one two three four five")) == (
        400,
        "context_length_exceeded",
    )
    assert voucher(shop, 0, 1).voucher.head == ZERO_HASH and shop.seller_books.vouchers.lanes() == ()
