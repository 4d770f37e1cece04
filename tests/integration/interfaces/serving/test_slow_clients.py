"""Clients that dawdle or vanish: what they hold is let go, and only what they were shown is billed."""

import json
import socket
from typing import Any

import httpx
import pytest

from support.shop import WORDS, Shop, voucher
from tallystick.interfaces.web import guarding, reading
from tallystick.pipeline.receipts.encoding import signed_voucher_to_json

pytestmark = pytest.mark.integration
BODY = {"model": "estuary", "messages": [{"role": "user", "content": "When was it?"}], "stream": True}
MOST = 2_000_000 * 3 // 1000 + 8_000_000 * 16 // 1000
MANY = tuple(f" w{i}" for i in range(16))


def opened(url: str) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def paying(shop: Shop, lane: int = 0) -> dict[str, str]:
    return {"x-tallystick-voucher": json.dumps(signed_voucher_to_json(voucher(shop, lane, MOST)))}


def raw_post(shop: Shop, body: bytes) -> bytes:
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n"
    head += "".join(f"{k}: {v}\r\n" for k, v in paying(shop).items())
    return head.encode() + b"\r\n" + body


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side hangs up without a word."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("started", [b"", b"GET /healthz HTTP/1.1\r\nx: "])
def test_connection_when_its_head_never_ends_is_closed(
    operator: str, started: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "HEAD_S", 0.2)

    with opened(operator) as connection:
        connection.sendall(started)
        assert is_closed(connection)


def test_connection_when_its_second_head_never_ends_is_closed(
    operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "HEAD_S", 0.3)
    with opened(operator) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"200 OK" in connection.recv(4096)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nx: ")

        assert is_closed(connection)


def test_connection_when_its_head_is_too_long_is_closed(operator: str) -> None:
    with opened(operator) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nx: " + b"y" * 40_000)
        assert is_closed(connection)


def test_request_when_its_body_never_ends_is_a_408_and_bills_nothing(
    shop: Shop, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BODY_S", 0.2)
    with opened(operator) as connection:
        connection.sendall(raw_post(shop, b"x" * 100)[:-50])

        told = connection.recv(4096)

    assert b" 408 " in told and shop.seller_books.receipts.recent(5) == ()
    assert shop.seller_books.vouchers.lanes() == ()


def test_vouchers_when_their_body_never_ends_are_dropped(
    shop: Shop, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "BODY_S", 0.2)
    with opened(operator) as connection:
        connection.sendall(b"POST /tallystick/v1/vouchers HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{")

        assert b" 400 " in connection.recv(4096)


def test_connections_when_one_address_opens_too_many_are_refused(
    operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "MOST_FROM_ONE", 2)

    with opened(operator), opened(operator), opened(operator) as third:
        assert is_closed(third)


def test_request_when_too_many_are_under_way_is_told_when_to_come_again(
    operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "MOST_REQUESTS", 0)

    told = httpx.get(f"{operator}/v1/models")

    assert told.status_code == 429 and told.headers["retry-after"] == "1"
    assert told.json()["error"]["code"] == "rate_limit_exceeded"


def test_stream_when_the_consumer_vanishes_bills_what_was_shown_and_frees_the_lane(
    shop: Shop, operator: str
) -> None:
    shop.parrot.words, shop.parrot.pause_s = MANY, 0.1
    with httpx.stream("POST", f"{operator}/v1/chat/completions", json=BODY, headers=paying(shop)) as answer:
        lines = answer.iter_lines()
        while "w1" not in next(lines):
            pass

    shop.until(lambda: len(shop.seller_books.receipts.recent(5)) == 1)
    (sold,) = shop.seller_books.receipts.recent(5)
    told = shop.seller_books.receipts.opening(sold.digest)
    assert 2 <= sold.receipt.tokens_out < len(MANY)
    assert told.answer == "".join(MANY[: sold.receipt.tokens_out]) and not sold.is_acknowledged


def test_stream_when_its_reader_reads_no_more_ends_and_bills_what_it_was_sent(
    shop: Shop, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "SEND_S", 0.3)
    shop.parrot.words = tuple(f" {i}" + "x" * 2_000_000 for i in range(16))
    with opened(operator) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.sendall(raw_post(shop, json.dumps(BODY).encode()))

        shop.until(lambda: len(shop.seller_books.receipts.recent(5)) == 1)

    (sold,) = shop.seller_books.receipts.recent(5)
    assert 1 <= sold.receipt.tokens_out < 16 and not sold.is_acknowledged
    assert shop.parrot.spoken < 16


def test_answer_when_the_consumer_vanishes_before_it_is_whole_bills_what_was_made(
    shop: Shop, operator: str
) -> None:
    shop.parrot.words, shop.parrot.pause_s = MANY, 0.1
    body: dict[str, Any] = {**BODY, "stream": False}
    with opened(operator) as connection:
        connection.sendall(raw_post(shop, json.dumps(body).encode()))
        shop.until(lambda: shop.parrot.spoken >= 2)

    shop.until(lambda: len(shop.seller_books.receipts.recent(5)) == 1)
    assert 2 <= shop.seller_books.receipts.recent(5)[0].receipt.tokens_out < len(MANY)


def test_stream_when_the_client_of_the_proxy_vanishes_is_paid_for_what_was_shown(
    shop: Shop, proxy: str
) -> None:
    shop.parrot.words, shop.parrot.pause_s = MANY, 0.1
    with httpx.stream("POST", f"{proxy}/v1/chat/completions", json=BODY) as answer:
        next(answer.iter_lines())

    shop.until(lambda: any(s.is_acknowledged for s in shop.seller_books.receipts.recent(5)))
    (sold,) = shop.seller_books.receipts.recent(5)
    (bought,) = shop.buyer_books.receipts.recent(5)
    assert sold.digest == bought.digest and 1 <= sold.receipt.tokens_out < len(MANY)
    shop.parrot.words, shop.parrot.pause_s = WORDS, 0.0
    assert httpx.post(f"{proxy}/v1/chat/completions", json={**BODY, "stream": False}).status_code == 200
