"""An endpoint from the chain reaches one public address and nothing else."""

import gzip
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tallystick.errors import Unavailable
from tallystick.gateways.operator.client import OperatorClient
from tallystick.gateways.reach import Bounded, ForbiddenEndpoint, public_address


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8700",
        "http://localhost:8700",
        "http://10.1.2.3",
        "http://169.254.169.254/latest",
        "http://100.64.0.1",
        "http://[::1]:8700",
        "http://[::ffff:10.0.0.1]",
        "http://[fe80::1]",
        "http://0.0.0.0",
        "http://2130706433",
        "http://224.0.0.1",
        "http://[64:ff9b::10.0.0.1]",
        "http://[2002:0a00:0001::]",
        "http://[::10.0.0.1]",
        "http://[fec0::1]",
        "file:///etc/passwd",
        "http://user:word@93.184.215.14",
        "gopher://93.184.215.14",
    ],
)
def test_public_address_when_it_is_none_is_forbidden(url: str) -> None:
    with pytest.raises(ForbiddenEndpoint) as refused:
        OperatorClient(url, must_be_public=True)
    assert refused.value.hint


def test_public_address_when_one_of_several_is_private_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(2, 1, 6, "", (address, 80)) for address in ("93.184.215.14", "192.168.0.7")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    with pytest.raises(ForbiddenEndpoint, match=r"192\.168\.0\.7"):
        public_address("http://rebinding.example")


def test_bounded_when_pinned_asks_at_the_address_by_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.host, request.headers["host"], request.extensions.get("sni_hostname")))
        return httpx.Response(200, json={})

    transport = Bounded("93.184.215.14", httpx.MockTransport(answer))
    with httpx.Client(transport=transport) as client:
        client.get("https://operator.example/v1/models")

    assert seen == [("93.184.215.14", "operator.example", "operator.example")]


def test_bounded_when_redirected_follows_nowhere() -> None:
    moved = httpx.MockTransport(lambda _: httpx.Response(302, headers={"location": "http://10.0.0.1"}))

    with httpx.Client(transport=Bounded("", moved)) as client, pytest.raises(httpx.UnsupportedProtocol):
        client.get("http://operator.example", follow_redirects=True)


def test_bounded_when_the_answer_never_ends_stops_reading() -> None:
    def forever() -> Iterator[bytes]:
        while True:
            yield b"x" * 65_536

    endless = httpx.MockTransport(lambda _: httpx.Response(200, content=forever()))

    with httpx.Client(transport=Bounded("", endless, most=1 << 20)) as client, pytest.raises(httpx.ReadError):
        client.get("http://operator.example")


def test_bounded_when_the_answer_takes_for_ever_stops_waiting() -> None:
    endless = httpx.MockTransport(lambda _: httpx.Response(200, content=iter([b"x"] * 10)))

    with (
        httpx.Client(transport=Bounded("", endless, within_s=-1)) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.get("http://operator.example")


def test_bounded_when_the_answer_is_compressed_refuses_it() -> None:
    def packed(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept-encoding"] == "identity"
        return httpx.Response(
            200, headers={"content-encoding": "gzip"}, content=gzip.compress(bytes(1 << 20))
        )

    with (
        httpx.Client(transport=Bounded("", httpx.MockTransport(packed))) as client,
        pytest.raises(httpx.UnsupportedProtocol),
    ):
        client.get("http://operator.example")


@pytest.mark.parametrize("body", [b"[" * 100_000, b"\xff", b"<html>", b"[1]"])
def test_client_when_the_operator_talks_nonsense_says_so(
    monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    nonsense = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: nonsense)

    with pytest.raises(Unavailable):
        OperatorClient("http://operator.example").offer()
