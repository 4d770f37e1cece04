"""The library against its plain form, on seeded cases that lean towards every edge; and what the difference costs."""

import random

import pytest
from brownie import project

MAX = 2**128 - 1
EDGES = (0, 1, MAX - 1, MAX, MAX + 1, 2**128 + 2**64, 2**255, 2**256 - 1)
CASES = 120


@pytest.fixture(scope="module")
def harness(deployer, people):
    return project.get_loaded_projects()[0].SumTreeHarness.deploy({"from": deployer})


def a_sum(draw):
    """Mostly small, so that long paths stay in bounds; now and then a bound or just past one."""
    return draw.choice(EDGES) if draw.random() < 0.06 else draw.getrandbits(draw.choice((1, 32, 64, 120)))


def a_path(draw, levels):
    """Packed; sometimes with a part of a level more or less."""
    path = b"".join(draw.randbytes(32) + min(a_sum(draw), MAX).to_bytes(16) for _ in range(levels))
    return draw.choice((*[path] * 12, path + b"\0", path[:-1]))


@pytest.mark.parametrize("seed", range(3))
def test_fold_when_anything_goes_equals_its_plain_form(harness, seed):
    draw = random.Random(seed)
    for _ in range(CASES):
        levels = draw.choice((0, 1, 2, 5, 20, 33))
        index = draw.choice((0, 2**levels - 1, 2**levels, 2**256 - 1, draw.getrandbits(levels + 1)))
        roots, totals = harness.folds(index, draw.randbytes(32), a_sum(draw), a_path(draw, levels))
        assert (roots[0], totals[0]) == (roots[1], totals[1])


@pytest.mark.parametrize("seed", range(3))
def test_verify_when_nearly_right_equals_its_plain_form(harness, seed):
    draw, accepted = random.Random(seed), 0
    for _ in range(CASES):
        levels = draw.choice((0, 1, 2, 5, 20, 32))
        index, value = draw.getrandbits(levels) if levels else 0, draw.choice((draw.getrandbits(60), MAX))
        path = b"".join(draw.randbytes(32) + draw.getrandbits(60).to_bytes(16) for _ in range(levels))
        leaf = draw.randbytes(32)
        node = harness.nodes(leaf, value, leaf, 0)[0]
        (root, _), (total, _) = harness.folds(index, node, value, path)
        count = draw.randint(index + 1, 2**levels)
        spoil = draw.choice(
            (None, None, "value", "index", "count", "deep", "sums", "longer", "shorter", "total")
        )
        value += {"value": draw.choice((1, 2**128, 2**255))}.get(spoil, 0)
        index += {"index": draw.choice((1, 2**levels, 2**200))}.get(spoil, 0)
        count = {"count": index, "deep": 2**levels + 1}.get(spoil, count)
        total += {"total": draw.choice((1, 2**128))}.get(spoil, 0) if total < 2**255 else 0
        spoilt = path[:-1] + bytes([path[-1] ^ 1]) if path else path
        path = {"longer": path + b"\0", "shorter": path[:-48], "sums": spoilt}.get(spoil, path)
        case = (root, [total, count, index], leaf, value, path)
        answer = harness.verify(*case)
        accepted += answer
        assert answer == harness.plainVerify(*case)
    assert CASES / 10 < accepted < CASES


def test_nodes_when_sums_are_out_of_range_equal_their_plain_form(harness):
    draw = random.Random(4)
    for left in EDGES:
        for right in EDGES:
            hashes = harness.nodes(draw.randbytes(32), left, draw.randbytes(32), right)
            assert hashes[0] == hashes[1] and hashes[2] == hashes[3]


def test_prefix_sum_when_anything_goes_equals_its_plain_form(harness):
    draw = random.Random(5)
    for _ in range(CASES):
        levels = draw.choice((0, 1, 7, 32))
        index, path = draw.getrandbits(levels + 2), draw.randbytes(48 * levels)
        lean, plain = harness.prefixSums(index, path)
        assert lean == plain


def test_depth_when_around_powers_of_two_is_the_bits_of_one_less(harness):
    for bits in (0, 1, 2, 3, 20, 31, 32, 64, 255):
        for count in {max(0, 2**bits + step) for step in (-1, 0, 1)}:
            wanted = max(count - 1, 0).bit_length()
            assert harness.depth(count) == wanted
            assert [harness.isDepth(d, count) for d in (wanted, wanted + 1, 0)] == [True, False, wanted == 0]


def test_verify_when_twenty_deep_costs_what_was_measured(harness):
    draw = random.Random(6)
    path = b"".join(draw.randbytes(32) + draw.getrandbits(40).to_bytes(16) for _ in range(20))
    case = (b"\x01" * 32, [10**6, 2**20, 2**19 + 77], b"\x02" * 32, 5, path)

    lean, plain = harness.costs(*case)

    assert lean < 5_600 and lean * 3 < plain, (lean, plain)
