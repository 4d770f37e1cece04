"""Lines are names, and a gain is never told better than it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.domain.gate import PPM, line_of, ppm_of


@given(st.floats(-1, 1))
def test_ppm_when_a_gain_lies_between_two_takes_the_worse(gain: float) -> None:
    told = ppm_of(gain)

    assert told <= gain * PPM + 1e-6 and gain * PPM - told < 1 + 1e-6


@pytest.mark.parametrize(
    ("gain", "told"), [(0.1, 100_000), (-0.02, -20_000), (-0.0200001, -20_001), (0.0, 0)]
)
def test_ppm_when_a_gain_is_decimal_keeps_it(gain: float, told: int) -> None:
    assert ppm_of(gain) == told


def test_line_when_names_differ_differs() -> None:
    assert line_of("estuary") != line_of("estuary ") and len(line_of("")) == 32
