"""A bounded share of the invariant campaign; and what forge says of a broken invariant is understood."""

import pytest

from prove import forge, invariants
from prove.forge import ForgeFailed

BROKEN = """
Ran 2 tests for tests/forge/invariants/A.t.sol:AInvariants
[FAIL: panic: assertion failed (0x01)]
\t[Sequence] (original: 42, shrunk: 1)
\t\tsender=0x01 addr=[A.t.sol:Handler]0x02 calldata=charge(uint64) args=[3329]
 invariant_one() (runs: 3, calls: 300, reverts: 2)
[PASS] invariant_other() (runs: 8, calls: 1024, reverts: 7)
"""


@pytest.mark.integration
def test_invariants_when_called_at_random_hold() -> None:
    outcomes = invariants.share(runs=2, every=8)

    assert len(outcomes) == len(invariants.campaign().parts)
    assert [o.note for o in outcomes if o.counts["broken"]] == []
    assert all(o.trials == 2 * invariants.DEPTH for o in outcomes)
    assert all(o.counts["reverts"] <= invariants.REVERTING * o.trials for o in outcomes)


@pytest.mark.integration
def test_handlers_when_drawn_from_reach_every_state() -> None:
    done = forge.test("ReachTest$")

    assert done.stdout.count("[PASS] test_reach()") == 5, done.stdout


def test_outcome_when_an_invariant_is_broken_says_so() -> None:
    broken = invariants.outcome("AInvariants.invariant_one", 5, BROKEN)
    other = invariants.outcome("AInvariants.invariant_other", 5, BROKEN)

    assert (broken.trials, broken.counts) == (300, {"broken": 1, "reverts": 2})
    assert "charge(uint64)" in broken.note
    assert (other.trials, other.counts, other.note) == (1024, {"broken": 0, "reverts": 7}, "")


def test_outcome_when_forge_says_nothing_of_it_is_none() -> None:
    with pytest.raises(ForgeFailed):
        invariants.outcome("AInvariants.invariant_third", 5, BROKEN)


def test_parts_when_their_own_files_change_alone_are_void() -> None:
    parts = {part.name: {path.name for path in part.tested} for part in invariants.campaign().parts}

    assert {"Court.t.sol", "CourtHandler.sol", "AuditCourt.sol"} <= parts["CourtInvariants.invariant_pay"]
    stake = parts["StakeInvariants.invariant_backing"]
    assert "OperatorStake.sol" in stake and not stake & {"Court.t.sol", "AuditCourt.sol", "AuditFund.sol"}
    assert all("foundry.toml" in files for files in parts.values())


def test_targets_when_added_up_reach_the_campaigns() -> None:
    parts = invariants.campaign().parts

    assert sum(part.target for part in parts) >= invariants.TOTAL
    assert min(part.target for part in parts) >= invariants.CALLS
