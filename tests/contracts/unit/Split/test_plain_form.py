"""The split library against its plain form, on seeded lines that are right or nearly so, and what it costs."""

import random

import pytest
from brownie import project

from tallystick.domain.digests import pack_lines
from tallystick.domain.ids import SHARED_POTS, AssetId, Hash, address
from tallystick.domain.money import split_shares
from tallystick.domain.usage import Share, Terms

LINE, CASES = 53, 60
NOBODY = address("0x" + "11" * 20)


@pytest.fixture(scope="module")
def harness(deployer, people):
    return project.get_loaded_projects()[0].SplitHarness.deploy({"from": deployer})


def some_pots(draw):
    cuts = sorted(draw.randint(0, 10_000) for _ in range(7))
    return tuple(b - a for a, b in zip([0, *cuts], [*cuts, 10_000], strict=True))


def some_asset(draw):
    """Few last bytes, so that many lines share a mark without being the same asset."""
    return AssetId(draw.randbytes(31) + bytes([draw.choice((0, 0x20, 0x40, 7))]))


def some_lines(draw, pots, fee, count, assets):
    terms = Terms(NOBODY, assets[0], assets[0], Hash(bytes(32)), Hash(bytes(32)), 1, 1, pots)
    places = list(dict.fromkeys((draw.choice(assets), draw.choice(list(SHARED_POTS))) for _ in range(count)))
    shares = [Share(asset, pot, draw.randint(1, 1_000_000 // max(count, 1))) for asset, pot in places]
    return bytearray(pack_lines(split_shares(terms, fee, shares)))


def spoil(draw, packed):
    """One byte, one line twice, a line left out, a cut, or nothing."""
    lines = [packed[i : i + LINE] for i in range(0, len(packed), LINE)]
    kind = draw.choice(("honest", "honest", "byte", "tail", "twice", "place", "fewer", "cut"))
    if kind == "byte":
        packed[draw.randrange(len(packed))] ^= 1 << draw.randrange(8)
    if kind == "tail":
        packed[-draw.randint(1, 3 * LINE)] ^= 1
    if kind == "twice":
        return b"".join([draw.choice(lines), *lines])
    if kind == "place" and len(lines) > 4:
        lines[0][:33] = lines[1][:33]
        return b"".join(lines)
    if kind == "fewer":
        del lines[draw.randrange(len(lines))]
        return b"".join(lines)
    return bytes(packed[: -draw.randint(1, LINE)]) if kind == "cut" else bytes(packed)


@pytest.mark.parametrize("seed", range(3))
def test_is_split_when_nearly_right_equals_its_plain_form(harness, seed):
    draw, accepted = random.Random(seed), 0
    for _ in range(CASES):
        pots, fee = some_pots(draw), draw.choice((1, 999, draw.getrandbits(40), 2**54 - 1))
        assets = [some_asset(draw) for _ in range(draw.choice((1, 3, 30)))]
        packed = spoil(draw, some_lines(draw, pots, fee, draw.choice((0, 1, 5, 30, 61)), assets))
        (lean, plain), _ = harness.splits(fee, pots, packed)
        accepted += lean
        assert lean == plain
    assert CASES / 10 < accepted < CASES


def test_is_split_when_pots_or_counts_are_out_of_range_equals_its_plain_form(harness):
    draw, pots = random.Random(7), (400, 300, 300, 4500, 2000, 1200, 1000, 300)
    packed = some_lines(draw, pots, 10**6, 5, [some_asset(draw) for _ in range(9)])
    for pot in (0, 1, 2, 8, 255):
        packed[32] = pot
        assert harness.splits(10**6, pots, bytes(packed))[0] == (False, False)
    for lines in (b"", bytes(LINE), bytes(2 * LINE), bytes(65 * LINE)):
        assert harness.splits(10**6, pots, lines)[0] == (False, False)


def test_line_at_when_any_index_equals_its_plain_form(harness):
    packed = random.Random(8).randbytes(4 * LINE)
    for index in range(4):
        words = harness.linesAt(packed, index)
        assert words[:4] == words[4:]
    with pytest.raises(Exception, match="revert"):
        harness.linesAt(packed, 4)


@pytest.mark.parametrize("alike", [False, True], ids=["drawn", "every mark the same"])
def test_is_split_when_64_lines_costs_what_was_measured(harness, alike):
    draw, pots = random.Random(9), (400, 300, 300, 4500, 2000, 1200, 1000, 300)
    ids = [AssetId(draw.randbytes(31) + (b"\x01" if alike else draw.randbytes(1))) for _ in range(61)]
    terms = Terms(NOBODY, ids[0], ids[0], Hash(bytes(32)), Hash(bytes(32)), 1, 1, pots)
    shares = [Share(asset, list(SHARED_POTS)[3], 16_000) for asset in ids]
    packed = pack_lines(split_shares(terms, 10**9, shares))

    answers, (lean, plain) = harness.splits(10**9, pots, packed)

    assert answers == (True, True) and len(packed) == 64 * LINE
    assert lean < (175_000 if alike else 58_000) < plain, (lean, plain)
