"""What halmos says is understood: anything but a plain pass leaves a property unproven."""

import pytest

from prove import symbolic

PASS = "[PASS] check_sums3(uint256) (paths: 96, time: 0.96s, bounds: [])"
TIMEOUT = "[TIMEOUT] check_sums3(uint256) (paths: 61, time: 60.23s, bounds: [])"


@pytest.mark.parametrize(
    ("output", "unproven"), [(PASS, 0), (TIMEOUT, 1), ("", 1), (f"{PASS}\n{TIMEOUT}", 1)]
)
def test_outcome_when_not_passed_is_unproven(output: str, unproven: int) -> None:
    found = symbolic.outcome("SumTreeSymbolic.check_sums3", 0, output)

    assert found.counts == {"unproven": unproven}


def test_properties_when_listed_are_those_of_the_sources() -> None:
    found = symbolic.found()

    assert {"SumTreeSymbolic.check_soundness3", "SplitSymbolic.check_conservation0"} <= set(found)
