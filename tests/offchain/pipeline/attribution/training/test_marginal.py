import numpy as np
import pytest

from tallystick.domain.ids import AssetId
from tallystick.pipeline.attribution.training.marginal import audited_blocks, marginal_shares

SETS = [(order, AssetId(bytes([order + 1]) * 32)) for order in range(5)]


@pytest.mark.parametrize(
    ("paid", "runs"),
    [
        ([], [[0, 1, 2, 3, 4]]),
        ([2], [[0, 1], [2], [3, 4]]),
        ([0, 1], [[0], [1], [2, 3, 4]]),
        ([4, 2], [[0, 1], [2], [3], [4]]),
        ([0, 1, 2, 3, 4], [[0], [1], [2], [3], [4]]),
    ],
)
def test_blocks_when_some_are_paid_keep_each_of_them_alone(paid: list[int], runs: list[list[int]]) -> None:
    members = [member for member in reversed(SETS) for _ in range(2)]

    blocks = audited_blocks(members, {SETS[k][1] for k in paid})

    assert [[order for order, _ in b.datasets] for b in blocks] == runs
    for block in blocks:
        assert {members[p] for p in block.places} == set(block.datasets)
    assert sorted(p for b in blocks for p in b.places) == list(range(len(members)))


def test_shares_when_seeds_agree_are_the_rises_and_sure() -> None:
    found = marginal_shares(np.array([[-10.0, -10.0, -4.0, -6.0, -2.0]] * 3))

    assert found.shares == (0, 750_000, 0, 250_000) and found.errors == (0, 0, 0, 0)
    assert found.rise == pytest.approx(8.0) and found.is_told


def test_shares_when_seeds_differ_say_how_unsure_they_are() -> None:
    found = marginal_shares(np.array([[-10.0, -2.0, -1.0], [-10.0, -8.0, -1.0], [-10.0, -5.0, -1.0]]))

    assert sum(found.shares) == pytest.approx(1_000_000, abs=2)
    # Of three seeds whose shares are linear in the values: their own standard error.
    assert found.errors[0] == pytest.approx(np.std([8 / 9, 2 / 9, 5 / 9], ddof=1) / 3**0.5 * 1e6, rel=1e-3)


def test_shares_when_nothing_rises_tell_nothing() -> None:
    assert not marginal_shares(np.array([[-3.0, -4.0], [-3.0, -5.0]])).is_told
