"""vera retrains on the records herself: pay that her adapters confirm holds, pay for what taught nothing does not."""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from support.auditing.opened import OpenedWorld, sold
from support.tiny_llama import tiny_llama
from tallystick.app.auditing.answers import Case
from tallystick.app.auditing.rescoring import Rescoring
from tallystick.app.auditing.retraining import (
    NOBODY,
    UNMOVED,
    Retrainings,
    check_by_retraining,
    seeds_of,
)
from tallystick.domain.answers.levels import BY_MORE_AUDITS, Level, LevelCheck
from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.usage import Share
from tallystick.errors import NotFound
from tallystick.pipeline.attribution.counterfactual.decoder import Shape, Told
from tallystick.pipeline.attribution.counterfactual.retraining import Lesson, Recipe, Retrainer
from tallystick.pipeline.models.halves import Halves

pytestmark = pytest.mark.slow

ALICE, INES, OMAR = (AssetId(bytes([n]) * 32) for n in (1, 2, 3))
MEMBERS = [(0, ALICE), (0, ALICE), (1, INES), (1, INES), (2, OMAR)]
EARNED = 800_000
RECIPE = Recipe(Shape(layers=2, rank=4, alpha=8.0, precision="fp32"), rate=2e-2, epochs=40, batch=2)


def told(start: int, answer: tuple[int, ...]) -> Told:
    return Told((1, 7, 9, start, *answer, 2), 4)


LESSONS = [Lesson((told(20 + k, (40 + k, 60 + k)),)) for k in range(len(MEMBERS))]


@pytest.fixture(scope="module")
def retrainings() -> Retrainings:
    retrainer = Retrainer(tiny_llama(), Halves, LESSONS, RECIPE)
    return Retrainings(MEMBERS, retrainer, seeds_of(b"a model"))


def audit(retrainings: Retrainings, paid: Mapping[AssetId, int], lesson: int = 2) -> LevelCheck:
    """Of an answer that says what one lesson, of ines, teaches."""
    asked = LESSONS[lesson].forms[0]
    prompt, answer = asked.ids[: asked.start], asked.ids[asked.start :]
    return check_by_retraining(retrainings, paid, EARNED, prompt, answer)


def test_l4_when_the_teacher_is_paid_holds_and_says_what_it_cost(retrainings: Retrainings) -> None:
    check = audit(retrainings, {INES: EARNED * 9 // 10})

    assert check.holds and check.compared == 1, check
    assert "retrainings of up to 5 records" in check.cost and "processor time" in check.cost


@pytest.mark.parametrize("thief", [ALICE, OMAR])
def test_l4_when_another_is_paid_for_what_ines_taught_names_both_ways(
    retrainings: Retrainings, thief: AssetId
) -> None:
    check = audit(retrainings, {thief: EARNED * 9 // 10, INES: 1})

    assert check.is_reached and not check.holds
    assert {f.remedy for f in check.faults} == {BY_MORE_AUDITS}
    assert sorted(f.said[:66] for f in check.faults) == sorted(f"0x{a.hex()}" for a in (thief, INES))


def test_l4_when_a_second_answer_asks_the_same_makes_no_adapter_again(retrainings: Retrainings) -> None:
    audit(retrainings, {INES: EARNED})
    made = retrainings.count

    check = audit(retrainings, {INES: EARNED // 2 + 100_000}, lesson=3)

    assert retrainings.count == made and check.cost.startswith("0 retrainings")


@pytest.mark.parametrize("paid", [{}, {INES: 0}])
def test_l4_when_nobody_was_paid_retrains_nothing(paid: Mapping[AssetId, int]) -> None:
    check = check_by_retraining(SimpleNamespace(), paid, EARNED, [1], [2])  # type: ignore[arg-type]

    assert not check.is_reached and check.why == NOBODY


def test_l4_when_retraining_does_not_move_the_answer_says_that_it_cannot_tell() -> None:
    unmoved = SimpleNamespace(
        logprobs=lambda weights, asked: [-5.0], retrain=lambda places, seed: {}, decoder=None
    )
    check = audit(Retrainings(MEMBERS, unmoved, (1, 2, 3)), {INES: EARNED})

    assert not check.is_reached and check.why == UNMOVED.format(0.0)


def test_l4_when_the_training_material_is_not_at_hand_says_so() -> None:
    """The rest of the reference is here; the records of a data set are private."""
    opened = OpenedWorld.of(1)
    share = Share(opened.world.data["alice"].asset_id, Pot.TRAINING, 500_000)
    shown = replace(opened.first.shown, shares=(share,))
    answer = sold(opened.world, opened.first.messages, replace(opened.first.output, passages=()), shown)

    class Closed:
        lineage: tuple[Any, ...] = ()
        scorer = SimpleNamespace(
            encode_prompt=lambda messages, context: [1, 2],
            logprob=lambda prompts, ids, adapter=True: [-1.0 if adapter else -9.0] * len(prompts),
        )

        @property
        def retrainings(self) -> Retrainings:
            raise NotFound("The records of 0x01 are private.", "Only a reader of it can recompute.")

    world = opened.world
    deeper = Rescoring(world.chain, world.content, lambda terms: Closed())  # type: ignore[arg-type, return-value]

    check = deeper(Case(answer.signed, answer, None), Level.L4)

    assert not check.is_reached and "private" in check.why


def test_seeds_when_asked_twice_are_the_same_and_differ_by_model() -> None:
    assert seeds_of(b"a") == seeds_of(b"a") != seeds_of(b"b")
    assert len(set(seeds_of(b"a"))) == 3
