"""A bond covers 1.25 times the total, measured on what burns, rounded up; each version of the parameters has its own."""

import pytest


@pytest.mark.parametrize(
    ("total", "bond"), [(0, 0), (1, 3), (2, 5), (1_000_000, 2_500_000), (10**15 + 1, 25 * 10**14 + 3)]
)
def test_bond_when_any_total_is_rounded_up(system, total, bond):
    assert system.attribution.bondOf(total, 1) == bond


def test_bond_when_the_parameters_changed_keeps_to_the_version(system, parameters, deployer):
    first = parameters.first_set()
    system.parameters.set((2, *first[1:4], 6_000, first[5], 150, *first[7:]), {"from": deployer})

    assert (system.attribution.bondOf(1_000, 1), system.attribution.bondOf(1_000, 2)) == (2_500, 2_500)
    assert (system.attribution.bondOf(1_001, 1), system.attribution.bondOf(1_001, 2)) == (2_503, 2_503)


def test_bond_when_the_version_is_unknown_reverts(system, reverts):
    with reverts("ParametersUnknownVersion"):
        system.attribution.bondOf(1, 2)
