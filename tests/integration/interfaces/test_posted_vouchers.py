"""Vouchers over real HTTP on loopback: singly and in lists, each with an outcome of its own."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.shop import Shop, open_shop, request, voucher
from tallystick.app.results import Answered
from tallystick.errors import IntegrityViolation
from tallystick.gateways.operator.client import OperatorClient
from tallystick.interfaces.web.faces import HttpFaces
from tallystick.interfaces.web.receipts_router import MOST, PATH
from tallystick.pipeline.receipts.encoding import signed_voucher_to_json

pytestmark = pytest.mark.integration


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def url(shop: Shop) -> Iterator[str]:
    with HttpFaces().operator(shop.counter.desk) as found:
        yield found + PATH


def due(shop: Shop, lane: int) -> dict[str, Any]:
    """The voucher that acknowledges an answer just made on a lane."""
    made = [*shop.counter.desk.answer(request("When?"), voucher(shop, lane, 10**7))][-1]
    assert isinstance(made, Answered)
    point = made.signed.receipt.cumulative
    return signed_voucher_to_json(voucher(shop, lane, 10**7, point, shop.head(made)))


def acknowledged(shop: Shop) -> list[int]:
    found = [*shop.seller_books.receipts.unbatched(shop.nora.address)]
    return [stored.receipt.lane for stored in found]


def test_voucher_when_posted_alone_is_kept(shop: Shop, url: str) -> None:
    answer = httpx.post(url, json=due(shop, 0))

    assert (answer.status_code, answer.json()) == (200, {"status": "acknowledged"})
    assert acknowledged(shop) == [0]


def test_vouchers_when_posted_together_each_have_an_outcome(shop: Shop, url: str) -> None:
    good, malleated, stale, last = (due(shop, lane) for lane in range(4))
    malleated["signature"] = malleated["signature"][:-2] + "1d"
    stale["acknowledged"] = "1"

    told = httpx.post(url, json=[good, malleated, stale, last]).json()["outcomes"]

    assert [one["status"] for one in told] == ["acknowledged", "refused", "refused", "acknowledged"]
    assert [told[1]["error"]["code"], told[2]["http_status"]] == ["invalid_value", 403]
    assert acknowledged(shop) == [0, 3]


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"7", b'"x"', b"[7]", b"[{}]", b"[" * 100_000, b" " * 200_000, b"\xff\xfe"]
)
def test_post_when_it_is_no_voucher_is_refused(url: str, body: bytes) -> None:
    answer = httpx.post(url, content=body)

    assert answer.status_code == 400 and answer.json()["error"]["type"] == "invalid_request_error"


def test_post_when_it_holds_too_many_is_refused_whole(shop: Shop, url: str) -> None:
    one = due(shop, 0)

    answer = httpx.post(url, json=[one] * (MOST + 1))

    assert answer.status_code == 400 and acknowledged(shop) == []


def test_vouchers_when_posted_by_many_at_once_are_all_kept(shop: Shop, url: str) -> None:
    bodies = [due(shop, lane) for lane in range(24)]

    with ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(lambda body: httpx.post(url, json=body).status_code, bodies))

    assert codes == [200] * 24 and acknowledged(shop) == list(range(24))


def test_voucher_when_its_client_leaves_is_kept_and_others_are_served(shop: Shop, url: str) -> None:
    body, other = json.dumps(due(shop, 0)).encode(), due(shop, 1)
    host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
    with socket.create_connection((host, int(port))) as gone:
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        gone.sendall(head.encode() + body)

    assert httpx.post(url, json=other).status_code == 200
    ends = time.monotonic() + 10
    while acknowledged(shop) != [0, 1] and time.monotonic() < ends:
        time.sleep(0.02)
    assert acknowledged(shop) == [0, 1]


def test_post_when_the_ledger_failed_acknowledges_nothing(shop: Shop, url: str) -> None:
    body = due(shop, 0)
    shop.seller_books._database._failure = IntegrityViolation("The ledger file failed.")

    answer = httpx.post(url, json=body)

    assert answer.status_code == 500 and answer.json()["error"]["code"] == "internal_error"


def test_vouchers_when_many_threads_acknowledge_at_once_are_each_kept(shop: Shop, url: str) -> None:
    vouchers = [due(shop, lane) for lane in range(40)]
    client = OperatorClient(url.removesuffix(PATH))

    with ThreadPoolExecutor(len(vouchers)) as pool:
        told = [*pool.map(client.acknowledge, vouchers)]
    client.acknowledge(vouchers[0])  # again, as after a post that was cut
    client.close()

    assert told == [None] * len(vouchers)
    assert acknowledged(shop) == [*range(len(vouchers))]
