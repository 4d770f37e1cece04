"""A bounded share of the differential campaign; and it would notice a difference."""

import random
from itertools import islice

import pytest

from prove import differential
from prove.campaign import ROOT
from prove.cases import exports
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address

DOMAIN = Domain(1, Address("0x" + "11" * 20))


@pytest.mark.integration
@pytest.mark.parametrize("target", differential.CASES)
def test_chain_when_called_at_random_answers_as_the_node(target: str) -> None:
    found = differential.compare(target, seed=0, count=1_000)

    assert found.trials == 1_000
    assert found.counts == {"failures": 0}, found.note


@pytest.mark.parametrize("target", ["trees", "splits", "signatures"])
def test_cases_when_drawn_hold_true_and_false_ones(target: str) -> None:
    calls = list(islice(differential.CASES[target](random.Random(0), DOMAIN), 400))
    negative = sum(call.answer is None or not any(call.answer) for call in calls)

    assert 40 < negative < 360


def test_answers_when_one_differs_name_its_call() -> None:
    calls = list(islice(differential.CASES["splits"](random.Random(0), DOMAIN), 3))
    head = (1).to_bytes(32, "big") + bytes(12) + bytes.fromhex("11" * 20)
    stamps = [differential.stamp(call.answer) for call in calls]

    assert differential.differing(DOMAIN, calls, head + b"".join(stamps)) == []
    assert differential.differing(DOMAIN, calls, head + stamps[0] + bytes(32) + stamps[2]) == [1]
    with pytest.raises(ValueError, match="not to these calls"):
        differential.differing(DOMAIN, calls, head + stamps[0])


@pytest.mark.integration
def test_exports_when_judged_by_the_javascript_library_are_its_own() -> None:
    made = exports.some(seed=0, count=20)
    forged = [dict(made[0], values=made[1]["values"]), dict(made[2], tree=made[2]["tree"][::-1])]

    assert exports.differing(made) == []
    assert exports.differing([*forged, made[3]]) == [0, 1]


def test_campaign_when_digested_covers_both_sides() -> None:
    tested = {str(path.relative_to(ROOT)) for path in differential.campaign().tested}

    assert {
        "contracts/libraries/SumTree.sol",
        "contracts/libraries/Split.sol",
        "contracts/usage/UsageEscrow.sol",
        "offchain/tallystick/commitments/sum_tree.py",
        "tests/forge/differential/Differential.t.sol",
        "scripts/prove/cases/trees.py",
    } <= tested
