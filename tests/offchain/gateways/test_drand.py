"""A relay may say anything: what is no signature of the round that was asked for is an error, and nothing more."""

from typing import Any

import httpx
import pytest

from tallystick.errors import Unavailable
from tallystick.gateways.drand import Drand

SIGNATURE = bytes(range(64))


def relay(answer: Any, status: int = 200) -> tuple[Drand, list[str]]:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(status, json=answer)

    return Drand("https://relay.example/net/", httpx.MockTransport(handle)), asked


def test_signature_when_the_relay_has_it_is_both_coordinates() -> None:
    drand, asked = relay({"round": 7, "signature": SIGNATURE.hex(), "randomness": "00"})

    assert drand.signature_of(7) == (int.from_bytes(SIGNATURE[:32]), int.from_bytes(SIGNATURE[32:]))
    assert asked == ["https://relay.example/net/public/7"]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"round": 8, "signature": SIGNATURE.hex()}, 200),
        ({"round": 7, "signature": SIGNATURE[:48].hex()}, 200),
        ({"round": 7, "signature": "zz"}, 200),
        ({"round": 7}, 200),
        ([7], 200),
        ("x" * (1 << 17), 200),
        ({"round": 7, "signature": SIGNATURE.hex()}, 404),
    ],
)
def test_signature_when_the_relay_says_something_else_is_not_there(answer: Any, status: int) -> None:
    drand, _ = relay(answer, status)

    with pytest.raises(Unavailable):
        drand.signature_of(7)
