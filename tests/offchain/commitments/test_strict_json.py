"""Strangers' JSON is refused before it takes memory, and honest JSON is what the standard reader makes of it."""

import json
import tracemalloc

import pytest

from tallystick.commitments import strict_json


@pytest.mark.parametrize("text", ["[NaN]", '{"a": Infinity}', "-Infinity", "[" * 100_000, "{", "", "[1,]"])
def test_json_when_it_is_not_strict_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        strict_json.loads(text)


@pytest.mark.parametrize("piece", [b"[],", b"{},", b"1,", b'"",', b'{"a":0},', b"[[]],", b"1e9,"])
def test_json_when_it_passes_takes_no_more_than_the_bound(piece: bytes) -> None:
    data = b"[" + piece * 20_000 + b"0]"
    most = next(m for m in range(1 << 16, 1 << 24, 1 << 16) if _passes(data, m))

    tracemalloc.start()
    strict_json.loads(data, most=most)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak <= most


def test_json_when_honest_is_what_it_says() -> None:
    told = {"a": [1, 2.5, "x, [y] {z}", None, True], "b": {"c": "é"}}

    assert strict_json.loads(json.dumps(told)) == strict_json.loads(json.dumps(told).encode()) == told


def _passes(data: bytes, most: int) -> bool:
    try:
        strict_json.loads(data, most=most)
    except ValueError:
        return False
    return True
