"""The population is paid by the shipped rules, keeps the books, and its attackers learn."""

import random

import numpy as np
import pytest

from tallystick.app.redteam.population.adapting import Crowd
from tallystick.app.redteam.population.audits import Books, audit, audits_to_name
from tallystick.app.redteam.population.batches import Pending
from tallystick.app.redteam.population.market import EARNED, won_back
from tallystick.app.redteam.population.outcome import simulate
from tallystick.app.redteam.population.people import people_of
from tallystick.app.redteam.population.setting import Role, Setting
from tallystick.app.redteam.population.shipped import Nats, compiled
from tallystick.domain.attribution import Gains
from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.context.earlier import shared
from tallystick.pipeline.attribution.integer_shares import earned_ppm
from tallystick.pipeline.attribution.split import increments, parts_of
from tallystick.pipeline.inference.retrieval.places import chosen, handed, learnt, passed_over
from tallystick.pipeline.inference.retrieval.rivals import doubt_after, entry_for, is_asked_about

pytestmark = pytest.mark.slow
SMALL = 2_500


def test_rules_when_compiled_equal_the_shipped_ones() -> None:
    draw = random.Random(7)
    for _ in range(500):
        values = [draw.randint(-(10**7), 4 * 10**7) for _ in range(draw.randint(1, 8))]
        floor, whole, earned = draw.randint(0, 10**7), draw.randint(0, 10**8), draw.randint(0, 10**6)
        array = np.array(values)
        assert list(compiled(increments)(array, floor)) == increments(values, floor)
        assert list(compiled(parts_of)(earned, array, whole)) == parts_of(earned, values, whole)
        assert list(compiled(shared)(values[0], array[1:], floor)) == shared(values[0], values[1:], floor)
        credits = [draw.randint(-4, 32) for _ in range(draw.randint(1, 12))]
        raised = [draw.randint(0, 2) for _ in credits]
        told = np.array(credits), np.array(raised)
        assert list(compiled(chosen)(told[0])) == chosen(credits)
        assert list(compiled(learnt)(*told, 2 in raised)) == learnt(credits, raised, 2 in raised)
        assert [compiled(passed_over)(c) for c in credits] == [passed_over(c) for c in credits]
        one, other = credits[0], draw.randint(0, 32)
        assert compiled(handed)(one, other) == handed(one, other)
        assert compiled(entry_for)(array, floor) == entry_for(values, floor)
        assert compiled(doubt_after)(one, other > 9) == doubt_after(one, other > 9)
        assert compiled(is_asked_about)(other % 2, other, one) == is_asked_about(other % 2, other, one)
        nats = [draw.uniform(-3, 3) for _ in range(3)]
        assert tuple(compiled(earned_ppm)(Nats(*nats))) == earned_ppm(Gains(*nats))


def test_simulation_when_repeated_is_the_same_and_convicts_no_honest_operator() -> None:
    setting = Setting(SMALL, epochs=24, attackers=0.3, seed=3)

    one, two = simulate(setting), simulate(setting)

    assert one == two and one.honest_convicted == 0
    assert {k.role for k in one.kept} == {role.name.lower() for role in Role}


def test_simulation_when_nobody_attacks_keeps_all_pay() -> None:
    outcome = simulate(Setting(SMALL, epochs=12, attackers=0.0))

    assert outcome.worst == 1.0 and outcome.convicted == 0


def test_naive_rules_when_attacked_keep_less_than_the_shipped_ones() -> None:
    naive, ours = (
        simulate(Setting(5_000, epochs=24, attackers=0.6, seed=2, is_naive=is_naive))
        for is_naive in (True, False)
    )

    assert naive.worst < ours.worst / 2


def test_audit_when_all_is_false_convicts_and_when_nothing_is_does_not() -> None:
    books = Books.empty(3)
    books.receipts[:] = (2_000, 2_000, 1_999)
    books.false[:] = (2_000, 0, 1_999)
    books.fees[:] = 10**7

    verdicts = audit(books, np.zeros(3, np.int64), 0.0, np.random.default_rng(1))

    assert verdicts.fell.tolist() == [True, False, False]
    # 1.25 times the stealable of 2,000 receipts over 60 drawn ones, over the burned half.
    assert verdicts.slashed.tolist() == [-(-4_200_000 * 125 * 100 // (60 * 5_000)), 0, 0]
    assert books.receipts.tolist() == [0, 0, 1_999]


def test_pending_when_a_batch_falls_pays_whoever_was_robbed_and_not_the_thief() -> None:
    pending = Pending.empty(2)
    pending.own[:] = (50.0, 60.0)
    pending.owed.append((np.array([0, 1]), np.array([7, 8]), np.array([11, 13])))

    paid, late = pending.close(np.array([True, True]), np.array([True, False]), 9)

    assert paid.tolist() == [0.0, 60.0]
    assert late[7] == 11 and late.sum() == 11 and not pending.owed


def test_wash_when_every_pot_is_ones_own_loses_the_cut() -> None:
    volume = np.array([0, 10_000, 999_999])

    lost = volume - won_back(volume, EARNED)

    assert lost.tolist() == [0, 1_000, 100_004]


def test_crowd_when_one_conduct_pays_best_comes_to_follow_it() -> None:
    draw, ids = np.random.default_rng(5), np.arange(400)
    crowd = Crowd(Role.AGENTS, ids, draw.integers(0, 3, 400), np.zeros(3), np.zeros(3, np.int64))
    everyone = np.ones(400, np.bool_)
    for _ in range(40):
        crowd.note(np.array([1.0, 9.0, -3.0])[crowd.arm], everyone)
        crowd.revise(everyone, draw)

    assert (crowd.arm == 1).mean() > 0.9


def test_shading_when_larger_is_named_sooner() -> None:
    assert audits_to_name(19_000) < audits_to_name(5_000) < 500


def test_people_when_attackers_differ_in_number_are_the_same_people() -> None:
    few, many = (people_of(Setting(SMALL, attackers=part, epochs=20)) for part in (0.1, 0.6))

    assert np.array_equal(few.documents.value, many.documents.value)
    assert few.is_attacker.sum() < many.is_attacker.sum()
    assert not (few.is_attacker & ~many.is_attacker).any()


@pytest.mark.parametrize("told", [{"participants": 10}, {"attackers": 1.0}, {"epochs": 5}])
def test_setting_when_it_makes_no_population_is_refused(told: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        Setting(**{"participants": SMALL, **told})  # type: ignore[arg-type]
