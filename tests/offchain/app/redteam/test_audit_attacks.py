"""Attacks on audits: what they may not earn on the shipped court, and that a missed bar is seen."""

from collections.abc import Iterator
from math import sqrt

import pytest

from tallystick.app.redteam.attacks.attack import Ground
from tallystick.app.redteam.attacks.audits import grinding, misattribution, seats
from tallystick.app.redteam.attacks.audits.courtroom import Courtroom, slashable
from tallystick.app.redteam.attacks.audits.outage import OUTAGE, Outage
from tallystick.app.redteam.attacks.bonds import Operator
from tallystick.app.redteam.attacks.stage import Stage
from tallystick.bootstrap import battleground
from tallystick.pipeline.auditing.court import Outcome, Said, packed

THEFT = {"receipts": 8, "false_permille": 500, "moved": 900_000, "earned": 900_000, "price": 10**6}


@pytest.fixture(scope="module")
def shared() -> Ground:
    return battleground()


@pytest.fixture
def ground(shared: Ground) -> Iterator[Ground]:
    with shared.undone():
        yield shared


def room_of(ground: Ground, seats_: int = 12) -> tuple[Operator, Courtroom]:
    operator = Operator(ground, 10**11)
    return operator, Courtroom(operator.stage, seats.named(seats_))


@pytest.mark.parametrize(
    ("odd", "even", "verdict"),
    [
        (Said.SAME, Said.SAME, Outcome.CLEAN),
        (Said.SMALL, Said.SMALL, Outcome.CLEAN),
        (Said.DIFFERENT, Said.DIFFERENT, Outcome.GUILTY),
        (None, None, Outcome.UNVERIFIED),
    ],
)
def test_audit_when_all_verifiers_say_one_thing_ends_with_it(
    ground: Ground, odd: Said | None, even: Said | None, verdict: Outcome
) -> None:
    operator, room = room_of(ground)
    batch = operator.claim(10**9)
    before, said = slashable(operator.stage, "nora"), (even, odd)

    def says(name: str, found: object) -> int | None:
        word = said[int(name.split()[1]) % 2]
        return None if word is None else packed([word])

    outcome = room.audit(batch, says)

    assert outcome in (verdict, Outcome.NONE)
    assert (slashable(operator.stage, "nora") < before) is (verdict is Outcome.GUILTY)


def test_audit_when_somebody_appeals_and_the_panel_sees_what_the_pair_did_not_convicts(
    ground: Ground,
) -> None:
    operator, room = room_of(ground)
    batch = operator.claim(10**9)
    pair: list[str] = []

    def says(name: str, found: object) -> int:
        if len(pair) < 2:
            pair.append(name)
        return packed([Said.SAME if name in pair else Said.DIFFERENT])

    before = slashable(operator.stage, "nora")
    assert room.audit(batch, says, appellant="opener") is Outcome.GUILTY
    assert slashable(operator.stage, "nora") < before


def test_thief_when_half_of_his_receipts_are_false_loses_on_average(ground: Ground) -> None:
    thief = misattribution.Thief(Stage(ground), THEFT)
    theft = thief.batch(seed=1)

    assert [s is Said.DIFFERENT for s in theft.said] == [i in theft.false for i in range(8)]
    assert len(theft.false) == 4 and theft.gain > 0


def test_misattribution_when_half_is_false_loses_more_than_it_could_gain(ground: Ground) -> None:
    profit = misattribution.play(ground, THEFT, 1)

    assert profit.earned < -profit.volume and profit.allowed == 0


def test_thief_when_less_than_the_bound_is_moved_is_never_convicted(ground: Ground) -> None:
    profit = misattribution.play(ground, {**THEFT, "moved": 60_000}, 1)

    assert 0 < profit.earned < profit.allowed


def test_shading_when_it_is_as_large_as_may_be_is_named_soon_and_keeps_what_it_has(ground: Ground) -> None:
    profit = misattribution.shade(ground, {"size": 20_000, "noise": 500, "unaudited": 10**6}, 1)

    assert profit.tries < 60
    assert profit.earned == profit.honest_lost > 0


@pytest.mark.parametrize("lazy", [1, 3])
def test_lazy_verifier_when_one_of_a_batch_is_planted_loses_and_when_hardly_any_is_earns_more(
    ground: Ground, lazy: int
) -> None:
    with ground.undone():
        often = seats.lazy(ground, {"receipts": 2_000, "lazy": lazy}, 1)
    rare = seats.lazy(ground, {"receipts": 1_000_000, "lazy": lazy}, 1)

    assert rare.earned > 0 > often.earned
    # Who planted it lost nothing by it; where two passed it, its appeal paid.
    assert often.honest_lost <= 0


def test_bribed_verifiers_when_all_seats_are_the_operators_gain_all_and_when_few_are_lose(
    ground: Ground,
) -> None:
    given = {"seats": 8, "total": 10**11, "taken_ppm": 420_000, "silent": 0}
    with ground.undone():
        every = seats.bribed(ground, {**given, "own": 8}, 1)
    few = seats.bribed(ground, {**given, "own": 2}, 1)

    assert every.earned == 42 * 10**9 and every.excess > 0
    assert few.earned < 0


@pytest.mark.slow
def test_grinding_when_played_on_the_contracts_is_convicted_as_often_as_reckoned(ground: Ground) -> None:
    given = {"seats": 12, "own": 5, "total": 10**9, "receipts": 600, "false": 5}
    with ground.undone():
        operator, room = room_of(ground)
        batch = operator.claim(10**9, 600)
        room.open(batch)
        room.publish(batch[0])
        drawn = len(room.samples(batch[0]))
    hit = 1 - (1 - 5 / 600) ** drawn

    chance, _ = grinding.detected(grinding.odds_of(12, 5), hit, 1)
    convicted = grinding.convicted_of(ground, given, seed=4, draws=120)

    assert drawn == 128 and 0.2 < chance < 0.7
    assert abs(convicted - 120 * chance) < 4 * sqrt(120 * chance * (1 - chance))


def test_odds_when_seats_are_counted_add_up() -> None:
    odds = grinding.odds_of(12, 5)

    assert odds.honest + odds.mixed == pytest.approx(1 - 10 / 66)
    assert grinding.odds_of(12, 0).panel == 1 and grinding.odds_of(12, 9).panel == 0
    assert grinding.detected(grinding.odds_of(12, 0), 0.5, 1) == (0.5, 0)
    assert grinding.detected(grinding.odds_of(12, 0), 0.5, 2) == (0.25, 0)


def test_outage_when_every_verifier_is_gone_for_a_week_is_paid_for_afterwards(ground: Ground) -> None:
    with ground.undone():
        found = OUTAGE.play(ground, {"gone": 12, "after": 0, "lasts": 56}, 4)

    assert found.tries > 20 and found.honest_lost == 0  # voided again and again, and posted anew


@pytest.mark.slow
def test_outage_when_the_operator_is_gone_too_costs_it_its_stake(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Outage, "_deliver", lambda self, batch_id: None)

    with ground.undone():
        found = OUTAGE.play(ground, {"gone": 0, "after": 0, "lasts": 1}, 4)

    assert found.honest_lost > 0
