"""A bond covers 1.25 times the total, measured on what burns, rounded up."""

import pytest


@pytest.mark.parametrize(
    ("total", "bond"), [(0, 0), (1, 3), (2, 5), (1_000_000, 2_500_000), (10**15 + 1, 25 * 10**14 + 3)]
)
def test_required_bond_when_any_total_is_rounded_up(system, total, bond):
    assert system.stake.requiredBond(total) == bond
