"""The split on the chain agrees with the golden vectors, which the node's kernel wrote."""

import json
from pathlib import Path

import pytest

SPLITS = json.loads((Path(__file__).parents[3] / "vectors" / "split.json").read_text())["splits"]
LINE = 53


@pytest.mark.parametrize("split", SPLITS, ids=lambda s: s["name"])
def test_is_split_when_the_vector_says_so_agrees(system, split):
    assert system.credit_referee.isSplit(int(split["fee"]), split["pots"], split["packed"])


@pytest.mark.parametrize("split", SPLITS, ids=lambda s: s["name"])
def test_is_split_when_any_part_differs_refuses(system, split):
    fee, pots, packed = int(split["fee"]), split["pots"], bytes.fromhex(split["packed"][2:])
    is_split = system.credit_referee.isSplit

    assert not is_split(fee + 1, pots, packed)
    assert not is_split(fee, pots, packed[:-LINE])
    assert not is_split(fee, pots, packed + b"\x00")
    for end in range(LINE, len(packed) + 1, LINE):
        dearer = bytearray(packed)
        dearer[end - 1] ^= 1
        assert not is_split(fee, pots, bytes(dearer))
