"""Attacks on the shipped contracts and rules: what they may not earn, and that a hole would show."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tallystick.app.redteam.attacks import bonds, forged, griefing, sniping, swarm, wash
from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.catalogue import ATTACKS, attacks_named
from tallystick.app.redteam.attacks.own_squatting import OWN_SQUATTING
from tallystick.app.redteam.attacks.report import run
from tallystick.app.redteam.attacks.search import best_response
from tallystick.app.redteam.attacks.squatting import SQUATTING, Node, Squat, quoted
from tallystick.bootstrap import battleground
from tallystick.domain.ids import BURN, Purpose
from tallystick.errors import NotFound

# What was shaded is not taken back; nothing binds those who are drawn when all of them collude; what is hardly above
# noise cannot be told from its copy; of passages that have proven nothing yet, those that say what people ask are tried
# first; who redirects few receipts of many is drawn late.
MISSED = {"clones", "laundering", "flood", "shade", "bribed", "detection"}
SQUARE = {"x": Range(0, 1_000), "y": Range(1, 10**9, is_wide=True)}


@pytest.fixture(scope="module")
def shared() -> Ground:
    return battleground()


@pytest.fixture
def ground(shared: Ground) -> Iterator[Ground]:
    with shared.undone():
        yield shared


def drawn(space: Any, seed: int) -> dict[str, int]:
    draw = random.Random(seed)
    return {name: draw.randint(of.low, of.high) for name, of in space.items()}


@pytest.mark.parametrize("name", [name for name in ATTACKS if name not in MISSED])
@pytest.mark.slow
def test_attack_when_searched_shortly_stays_within_its_bar(name: str) -> None:
    outcome = run(replace(ATTACKS[name], beside={}), battleground, seed=5, plays=12, fresh=3)

    assert outcome.met and outcome.excess <= 0 and outcome.honest_lost == 0
    assert outcome.plays == 15 and outcome.tries >= 15


@pytest.mark.parametrize("seed", range(6))
def test_wash_when_settled_on_the_contracts_loses_what_the_split_says(ground: Ground, seed: int) -> None:
    earned, reserved, fees = wash.washed(ground, drawn(wash.SPACE, seed))

    assert earned == -sum(reserved.values()) and 0 < -earned < fees
    assert reserved[BURN] > 0


def test_wash_strategies_when_many_are_searched_never_profit() -> None:
    tried, breaking, best = wash.searched(seed=3, count=100_000)

    assert (tried, breaking) == (100_000, 0)
    assert -0.0101 < best < 0  # the least burn pot is a hundredth


def test_thief_when_the_honest_consumer_promised_more_than_is_known_is_noticed(ground: Ground) -> None:
    thief = forged.Thief(forged.Stage(ground), {"limit": 10**6, "lanes": 6, "tries": 1}, 2)
    hidden = replace(thief.promised[0].voucher, limit=5 * 10**6)
    extra = thief.stage.promised(hidden, "bob")

    thief.stage.redeem(extra, "nora")

    assert thief.go(0) > 0


def test_exit_race_when_run_takes_every_step_and_stays_covered(ground: Ground) -> None:
    done: Counter[str] = Counter()
    for seed in range(12):
        with ground.undone():
            race = bonds.Race(bonds.Operator(ground, 10**9), drawn(bonds.RACE.space, seed), seed)
            assert race.run(60) <= 0
            done += race.done

    assert set(done) == set(bonds.WEIGHTS)


def test_exit_race_when_bonds_were_a_little_short_is_noticed(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = bonds.Operator(ground, 10**9)
    honest = operator.bond_of
    monkeypatch.setattr(operator, "bond_of", lambda total: honest(total) * 21 // 20)

    assert bonds.Race(operator, drawn(bonds.RACE.space, 1), 1).run(60) > 0


@pytest.mark.parametrize("commits", [0, 1])
@pytest.mark.parametrize("thawing", [0, 1])
def test_recapture_when_nobody_else_reports_gets_the_reporters_part_and_no_more(
    ground: Ground, commits: int, thawing: int
) -> None:
    given = {"stake": 10**9, "part": 900, "delegated": 0, "thawing": thawing, "commits": commits}
    profit = bonds.recapture(ground, given, 3)

    assert profit.earned == profit.allowed == -(profit.locked - profit.locked * 3 // 10)


def test_proof_when_it_is_copied_leaves_the_whole_reward_to_the_first_commitment(ground: Ground) -> None:
    profit = bonds.front_run(ground, {"stake": 10**9, "part": 1_000, "later": 5}, 1)

    assert profit.honest_lost == profit.earned == 0 < profit.locked


@pytest.mark.parametrize("way", range(sniping.WAYS))
def test_sniper_when_he_copies_comes_later_and_loses_his_bond(ground: Ground, way: int) -> None:
    sniper = sniping.Sniper(sniping.Stage(ground), {"way": way, "early": 3}, 4)
    hers, his, _, rows = sniper.race()

    assert hers is not None and his is not None
    assert sniper.order_of(hers) < sniper.order_of(his)
    assert sniper.is_convicted(hers, his, rows)
    assert int(sniper.registry.dataset(his)[0]) == 0 < int(sniper.registry.dataset(hers)[0])


@pytest.mark.slow
def test_swarm_when_pay_is_in_proportion_multiplies_it_and_by_the_bar_gets_nothing_more(
    ground: Ground,
) -> None:
    usual = {"proportional": ATTACKS["swarm"].beside["proportional"]}
    outcome = run(replace(ATTACKS["swarm"], beside=usual), battleground, seed=2, plays=24, fresh=3)

    assert outcome.met and outcome.earned <= 24 * swarm.ANSWERS
    assert outcome.beside["proportional"] > 0.02 > outcome.rate


def test_demands_when_all_are_answered_pay_the_operator_and_hold_up_nothing(ground: Ground) -> None:
    given = {"answers": 12, "demands": 5, "moment": 3_600, "price": 200}
    siege = griefing.besieged(ground, given, 1)

    assert 0 < siege.spent < siege.received
    assert siege.held == 0


def test_demands_when_nobody_answers_hold_up_the_whole_batch(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(griefing, "_answered", lambda *_: 0)
    given = {"answers": 12, "demands": 5, "moment": 3_600, "price": 200}

    assert griefing.besieged(ground, given, 1).held > 0


def test_demands_when_made_in_the_last_eighth_of_the_window_are_refused(ground: Ground) -> None:
    given = {"answers": 3, "demands": 3, "moment": 86_400 * 7 // 8, "price": 200}

    assert griefing.besieged(ground, given, 1) == griefing.Siege(0, 0, 0)


def test_batch_when_nobody_demands_anything_is_final_in_time(ground: Ground) -> None:
    given = {"answers": 12, "demands": 0, "moment": 3_600, "price": 200}

    assert griefing.besieged(ground, given, 1) == griefing.Siege(0, 0, 0)


def test_search_when_something_pays_finds_it_and_says_how_often() -> None:
    def play(p: Parameters, seed: int) -> Profit:
        return Profit(10**6 - (p["x"] - 700) ** 2 - abs(p["y"] - 10_000))

    found, tried = best_response(SQUARE, play, seed=1, plays=400)

    assert abs(found.parameters["x"] - 700) < 60 and 3_000 < found.parameters["y"] < 40_000
    assert found.plays == len(tried) == 400 and 0 < found.breaking <= 400
    assert best_response(SQUARE, play, seed=1, plays=400)[0] == found


def test_report_when_one_play_in_many_breaks_the_rule_is_not_met() -> None:
    def play(ground: Ground, p: Parameters, seed: int) -> Profit:
        return Profit(earned=1 if p["x"] > 900 else -5, allowed=0, locked=10)

    leak = Attack("leak", "a hole", "never more than nothing", SQUARE, play)
    outcome = run(leak, battleground, seed=1, plays=100, fresh=5)

    assert not outcome.met and outcome.excess == 1
    assert (outcome.earned, outcome.low, outcome.high, outcome.on_bond) == (1, 1, 1, 0.1)


def test_example_when_taken_from_the_page_as_it_stands_is_an_attack_of_fifty_lines_at_most() -> None:
    page = Path(__file__).parents[4] / "docs" / "redteam" / "attacks.md"
    text = page.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(text, names)

    outcome = run(names["ATTACK"], battleground, seed=1, plays=8, fresh=2)

    assert text.count("\n") <= 50
    assert outcome.met and outcome.earned == 0


def test_attack_when_nobody_wrote_it_is_not_found() -> None:
    assert attacks_named("") == list(ATTACKS.values())
    with pytest.raises(NotFound, match="There is: wash"):
        attacks_named("telepathy")


@pytest.mark.parametrize(("records", "public", "eligible"), [(20, 2, False), (21, 2, True), (1, 1, False)])
def test_squatter_when_a_tenth_is_public_is_out_of_the_registry_and_paid_all_the_same(
    ground: Ground, records: int, public: int, eligible: bool
) -> None:
    squat = Squat(ground, {"records": records, "public": public})
    assert squat.is_eligible
    squat.exclude()

    assert squat.is_eligible is eligible
    # A gap, told in docs/redteam/attacks.md: whoever closes it changes this test.
    assert squat.paid(share=500_000) > 0


def test_node_when_a_tenth_of_what_it_quotes_turns_out_public_leaves_it_and_what_follows_it_out(
    ground: Ground,
) -> None:
    squat = Squat(ground, {"records": 20, "public": 2})
    node = Node(squat, Purpose.RETRIEVE)
    assert quoted(node, 3)

    squat.exclude()

    assert quoted(node, 3)  # until its next look at the chain
    assert node.answers() and not quoted(node, 3)


@pytest.mark.parametrize("public", [1, 2])
@pytest.mark.parametrize("quoted_", [0, 1])
@pytest.mark.parametrize("trained_before", [0, 1])
def test_squatting_when_a_node_is_as_shipped_pays_below_a_tenth_alone(
    ground: Ground, public: int, quoted_: int, trained_before: int
) -> None:
    given = {"records": 19, "public": public, "share": 500_000}
    given |= {"quoted": quoted_, "trained_before": trained_before}

    profit = SQUATTING.play(ground, given, 5)

    assert (profit.earned > 0) is (public == 1) and profit.excess <= 0


@pytest.mark.parametrize("public, days, paid", [(1, 15, True), (2, 13, True), (2, 15, False), (2, 40, False)])
def test_own_squatting_when_the_grace_is_over_is_convicted_by_the_shipped_check(
    ground: Ground, public: int, days: int, paid: bool
) -> None:
    profit = OWN_SQUATTING.play(ground, {"records": 19, "public": public, "share": 500_000, "waits": days}, 5)

    assert (profit.earned > 0) is paid and profit.excess <= 0
