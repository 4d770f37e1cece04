"""The gate of parameters: hard bounds first, then no attack may do better than today."""

import pytest

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.catalogue import ATTACKS
from tallystick.app.redteam.gate import Changes, gate
from tallystick.bootstrap import battleground
from tallystick.errors import InvalidInput

SPACE = {"x": Range(0, 9)}


def reading(field: int, limit: int) -> Attack:
    """Earns as soon as a parameter passes a limit."""

    def play(ground: Ground, parameters: Parameters, seed: int) -> Profit:
        return Profit(int(ground.contracts.Parameters.current()[field]) - limit)

    return Attack("reading", "a hole that opens", "nothing", SPACE, play)


@pytest.mark.slow
def test_gate_when_more_is_covered_passes_the_real_attacks_on_bonds() -> None:
    chosen = [ATTACKS["recapture"], ATTACKS["exit-race"]]

    gated = gate(Changes(cover_percent=200, burned_bps=6_000), battleground, chosen, seed=3, plays=4)

    assert gated.passes and gated.parameters[0] == 2 and gated.parameters[4:7] == (6_000, 3_000, 200)
    assert [c.attack for c in gated.attacks] == ["recapture", "exit-race"]
    assert all(c.was_met and c.is_met for c in gated.attacks)


def test_gate_when_run_again_has_the_same_digest_and_with_another_seed_another() -> None:
    def digest(seed: int) -> str:
        return gate(Changes(burned_bps=5_500), battleground, [reading(4, 9_000)], seed, 4).digest

    assert digest(1) == digest(1) != digest(2)
    assert len(digest(1)) == 66


def test_gate_when_a_change_opens_a_hole_does_not_pass() -> None:
    gated = gate(Changes(cover_percent=300), battleground, [reading(6, 200)], seed=1, plays=4)

    (found,) = gated.attacks
    assert not gated.passes and found.is_worse
    assert (found.was_met, found.is_met, found.excess) == (True, False, 100)


def test_gate_when_what_is_missed_today_gets_worse_does_not_pass_and_else_does() -> None:
    missed = [reading(6, 100)]

    worse = gate(Changes(cover_percent=300), battleground, missed, seed=1, plays=4)
    same = gate(Changes(burned_bps=6_000), battleground, missed, seed=1, plays=4)

    assert not worse.passes
    assert same.passes and not same.attacks[0].is_met


def test_gate_when_the_contract_would_refuse_says_so() -> None:
    with pytest.raises(InvalidInput, match="refuses"):
        gate(Changes(burned_bps=4_000), battleground, [reading(4, 0)], seed=1, plays=4)
