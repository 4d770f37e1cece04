"""Vouchers as lines of one request over real HTTP: an outcome for each, in order, while the request goes on."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from support.shop import Shop, open_shop, request, voucher
from tallystick.app.results import Answered
from tallystick.interfaces.web.faces import HttpFaces
from tallystick.interfaces.web.receipts_router import PATH
from tallystick.interfaces.web.voucher_streams import LONGEST, WINDOW
from tallystick.pipeline.receipts.encoding import signed_voucher_to_json

pytestmark = pytest.mark.integration


class Lines:
    """One request whose body goes on, and its response, read line by line."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._socket = socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=60)
        self._socket.sendall(
            b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n" % PATH.encode()
        )
        self._file = self._socket.makefile("rb")

    def send(self, *lines: object) -> None:
        self.raw(b"".join(json.dumps(one).encode() + b"\n" for one in lines))

    def raw(self, data: bytes) -> None:
        self._socket.sendall(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self) -> None:
        self._socket.sendall(b"0\r\n\r\n")

    def told(self, count: int) -> list[dict[str, Any]]:
        """The next outcomes, however they are cut into chunks."""
        found = list[dict[str, Any]]()
        while len(found) < count:
            line = self._file.readline()
            assert line, "the response has ended"
            if line.startswith(b"{"):
                found.append(json.loads(line))
        return found

    def rest(self) -> bytes:
        return self._file.read()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def url(shop: Shop) -> Iterator[str]:
    with HttpFaces().operator(shop.counter.desk) as found:
        yield found


@contextmanager
def streamed(url: str) -> Iterator[Lines]:
    lines = Lines(url)
    try:
        yield lines
    finally:
        lines.close()


def due(shop: Shop, lane: int) -> dict[str, Any]:
    """The voucher that acknowledges an answer just made on a lane."""
    made = [*shop.counter.desk.answer(request("When?"), voucher(shop, lane, 10**7))][-1]
    assert isinstance(made, Answered)
    point = made.signed.receipt.cumulative
    return signed_voucher_to_json(voucher(shop, lane, 10**7, point, shop.head(made)))


def acknowledged(shop: Shop) -> list[int]:
    return [one.receipt.lane for one in shop.seller_books.receipts.unbatched(shop.nora.address)]


def test_lines_when_sent_are_answered_each_before_the_request_ends(shop: Shop, url: str) -> None:
    first, malleated, last = (due(shop, lane) for lane in range(3))
    malleated["signature"] = malleated["signature"][:-2] + "1d"
    with streamed(url) as lines:
        lines.send(first)
        assert lines.told(1) == [{"status": "acknowledged"}]
        assert acknowledged(shop) == [0]
        lines.raw(json.dumps(malleated).encode() + b"\n{]\n" + json.dumps(last).encode()[:40])
        lines.raw(json.dumps(last).encode()[40:])
        lines.end()
        told = lines.told(3)

        assert [one["status"] for one in told] == ["refused", "refused", "acknowledged"]
        assert [one["http_status"] for one in told[:2]] == [400, 400]
        assert lines.rest().endswith(b"0\r\n\r\n")
    assert acknowledged(shop) == [0, 2]


def test_lines_when_more_come_than_are_answered_wait_and_are_all_answered(shop: Shop, url: str) -> None:
    with streamed(url) as lines:
        lines.send(*({"nonsense": n} for n in range(2 * WINDOW)))
        lines.end()

        assert {one["http_status"] for one in lines.told(2 * WINDOW)} == {400}


def test_line_when_it_has_no_end_is_refused_and_ends_the_stream(url: str) -> None:
    with streamed(url) as lines:
        lines.raw(b"[" * (LONGEST + 1))

        assert lines.told(1)[0]["error"]["type"] == "invalid_request_error"
        assert lines.rest().endswith(b"0\r\n\r\n")


def test_stream_when_its_client_leaves_keeps_what_came_and_serves_others(shop: Shop, url: str) -> None:
    with streamed(url) as lines:
        lines.send(due(shop, 0))
        lines.told(1)
        lines.raw(b'{"half')

    place = urlsplit(url)
    connection = HTTPConnection(str(place.hostname), place.port, timeout=60)
    connection.request("POST", PATH, json.dumps(due(shop, 1)), {"content-type": "application/json"})
    assert connection.getresponse().status == 200
    assert acknowledged(shop) == [0, 1]
