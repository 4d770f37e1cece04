"""What fixes a draw is certain before the answer: the consumer's seed, or the place of the lane, and the question."""

from dataclasses import replace

import numpy as np
import pytest

from support.factories import named, opening_voucher
from tallystick.domain.answers.draws import (
    GREEDY,
    Sampling,
    draw_key,
    noise,
    place_before,
    sampling_of,
)

ASK = ({"role": "user", "content": "Where do the terns nest?"},)
PLACE = place_before(named("terms"), opening_voucher())
DRAWN = Sampling(700_000, 1_000_000, None)
SEEDED = replace(DRAWN, seed=7)


@pytest.mark.parametrize("change", ["terms_id", "consumer", "operator", "lane", "previous", "previous_head"])
def test_key_when_the_place_is_another_changes_but_for_the_consumers_seed(change: str) -> None:
    other = {
        "terms_id": named("others"),
        "consumer": "0x" + "12" * 20,
        "operator": "0x" + "34" * 20,
        "lane": PLACE.lane + 1,
        "previous": PLACE.previous + 1,
        "previous_head": named("head"),
    }
    moved = replace(PLACE, **{change: other[change]})  # type: ignore[arg-type]

    assert draw_key(DRAWN, ASK, moved) != draw_key(DRAWN, ASK, PLACE)
    assert draw_key(SEEDED, ASK, moved) == draw_key(SEEDED, ASK, PLACE)


def test_key_when_question_or_seed_is_another_changes() -> None:
    asked = ({"role": "user", "content": "Where do the terns rest?"},)
    keys = [draw_key(s, ASK, PLACE) for s in (DRAWN, SEEDED, replace(DRAWN, seed=8), replace(DRAWN, seed=0))]

    assert len({*keys, draw_key(SEEDED, asked, PLACE), draw_key(DRAWN, asked, PLACE)}) == 6
    assert all(0 <= key < 2**63 for key in keys)


def test_noise_when_drawn_is_gumbel_and_the_same_everywhere() -> None:
    drawn = noise(12345, 3, 100_000)

    assert drawn[:3] == pytest.approx([0.058545287502, 1.077276579145, 1.176851325111], abs=1e-9)
    assert np.array_equal(drawn[:500], noise(12345, 3, 500))
    assert not np.array_equal(drawn[:500], noise(12345, 4, 500))
    assert (drawn.mean(), drawn.var()) == pytest.approx((np.euler_gamma, np.pi**2 / 6), rel=0.02)


@pytest.mark.parametrize(
    ("asked", "sampling"),
    [
        ((0.0, 0.5, 9), GREEDY),
        ((1e-7, 1.0, None), GREEDY),
        ((0.7, 1.0, None), DRAWN),
        ((0.7, 1e-9, 7), replace(SEEDED, top_p=1)),
    ],
)
def test_sampling_when_asked_for_in_numbers_is_in_ppm(
    asked: tuple[float, float, int | None], sampling: Sampling
) -> None:
    assert sampling_of(*asked) == sampling
