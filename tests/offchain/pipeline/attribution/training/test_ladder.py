"""The ladder: blocks in chain order, pay for what lifted the running maximum, the lower bound of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.domain.ids import AssetId
from tallystick.pipeline.attribution.split import MICRO, Claim
from tallystick.pipeline.attribution.training.blend import Blend
from tallystick.pipeline.attribution.training.channel import Ladder, by_blend, by_ladder
from tallystick.pipeline.attribution.training.ladder import Block, blocks_of, climb, seed_deviation


def asset(number: int) -> AssetId:
    return AssetId(bytes([number]) * 32)


def claims(*values: tuple[int, float]) -> list[Claim]:
    return [Claim(asset(order), order, place, int(v * MICRO)) for place, (order, v) in enumerate(values)]


class Fixed:
    def values(self, prompt_ids: object, answer_ids: object) -> np.ndarray:
        raise AssertionError("not asked here")


BLEND = Blend((0.0,), 0.2, 1.0, "test")


def test_climb_when_a_later_block_adds_nothing_pays_the_earlier_one() -> None:
    found = climb(np.array([[-20.0, -2.0, -2.1, -1.9]] * 3), 0.3)

    assert found.lifted[0] == pytest.approx(18 * MICRO)
    assert found.lifted[1:] == (0, 0)
    assert found.paid[0] < found.lifted[0] and found.paid[0] > 17.5 * MICRO
    assert found.whole == pytest.approx(18.1 * MICRO, abs=2)


def test_climb_when_everything_is_noise_pays_nobody() -> None:
    assert climb(np.array([[-9.0, -8.9, -9.1]] * 2), 0.3).paid == (0, 0)


@given(
    st.lists(st.lists(st.floats(-40, 0), min_size=5, max_size=5), min_size=1, max_size=4),
    st.floats(0, 2),
)
def test_climb_when_anything_is_measured_never_pays_more_than_was_gained(
    rows: list[list[float]], deviation: float
) -> None:
    found = climb(np.array(rows), deviation)

    assert all(0 <= paid <= max(lifted, 0) for paid, lifted in zip(found.paid, found.lifted, strict=True))
    assert sum(found.paid) <= found.whole


def test_deviation_when_pooled_is_that_of_the_seeds() -> None:
    draw = np.random.default_rng(1)
    values = np.concatenate([np.zeros((400, 4, 1)), 0.5 * draw.standard_normal((400, 4, 5))], axis=2)

    assert seed_deviation(values) == pytest.approx(0.5, rel=0.05)
    assert seed_deviation(values[:, :1]) == float("inf")


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40), st.integers(1, 8))
def test_blocks_when_made_hold_every_data_set_whole_and_in_order(sizes: list[int], most: int) -> None:
    members = [(order, asset(order)) for order, size in enumerate(sizes) for _ in range(size)]
    made = blocks_of(members, most)

    assert 1 <= len(made) <= most and (len(made) == len(sizes) or len(sizes) > most)
    assert [p for b in made for p in b.places] == list(range(len(members)))
    assert [d for b in made for d in b.datasets] == sorted(set(members))


def test_ladder_when_a_block_holds_several_data_sets_splits_by_the_blend() -> None:
    blocks = (Block(((0, asset(0)), (1, asset(1))), ()), Block(((2, asset(2)),), ()))
    ladder = Ladder(blocks, Fixed(), 0.0)
    earned = by_ladder(
        claims((0, 0.25), (1, 1.0), (1, 0.2), (2, 0.9)), ladder, np.array([[-10.0, -2.0, -1.0]])
    )

    gains = {i.claim.asset_id: i.gain for i in earned.increments}
    assert gains == {asset(0): 2 * MICRO, asset(1): 6 * MICRO, asset(2): MICRO}
    assert earned.whole == 9 * MICRO


def test_blend_when_a_copy_comes_later_pays_the_first_and_leaves_the_rest_to_nobody() -> None:
    blend = Blend((0.0,), 0.2, 0.8, "test")
    earned = by_blend(claims((0, 1.0), (1, 1.05), (2, 0.4)), blend)

    assert [(i.claim.order, i.gain) for i in earned.increments] == [(0, int(0.8 * MICRO))]
    assert earned.whole == int(1.05 * MICRO)
