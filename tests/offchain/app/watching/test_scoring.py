"""Opened answers of batches that are clean at L0: what is false deeper is doubted, and a false opening accuses nobody."""

from dataclasses import replace
from typing import Any

import pytest

from support.auditing.opened import OpenedWorld
from support.factories import named
from tallystick.app.watching.scoring import Scored, Scorer
from tallystick.domain.answers.levels import Level
from tallystick.domain.answers.opened import PassageRef
from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.errors import Unavailable


@pytest.fixture
def opened() -> OpenedWorld:
    return OpenedWorld.of()


def scored(opened: OpenedWorld, *given: OpenedAnswer, level: Level = Level.L1) -> Scored:
    batch_id = opened.world.settle()
    return Scorer(opened.world.chain, opened.world.content, lambda: iter(given), level, None)(batch_id)  # type: ignore[arg-type]


def test_answers_when_honest_are_scored_and_not_doubted(opened: OpenedWorld) -> None:
    assert scored(opened, *opened.answers) == Scored(2, 0, "")
    assert scored(opened, *opened.answers, level=Level.L0) == Scored()
    assert scored(opened) == Scored()


def test_answer_when_false_at_l1_is_doubted_with_what_is_false(opened: OpenedWorld) -> None:
    alice = opened.world.data["alice"].asset_id
    false = opened.changed(passages=(PassageRef(alice, 0),))
    opened.world.receipts = (false.signed,)

    found = scored(opened, false)

    assert (found.answers, found.false) == (1, 1)
    assert "1 of 1 opened answers false at L1" in found.word and "passage" in found.word


def test_answer_when_its_opening_is_another_is_passed_over(opened: OpenedWorld) -> None:
    assert scored(opened, replace(opened.first, salt=named("other"))) == Scored()


def test_answer_when_the_model_is_not_here_is_not_doubted_and_says_so(opened: OpenedWorld) -> None:
    found = scored(opened, opened.first, level=Level.L2)

    assert found.false == 0 and "model is not here" in found.word


def test_answers_when_content_is_out_of_reach_are_a_word_and_no_error(
    opened: OpenedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = opened.world.settle()
    scorer: Any = Scorer(
        opened.world.chain, opened.world.content, lambda: iter(opened.answers), Level.L1, None
    )  # type: ignore[arg-type]

    def down(*_: object) -> bytes:
        raise Unavailable("The store does not answer.")

    monkeypatch.setattr(opened.world.content, "get", down)

    assert scorer(batch_id).word.startswith("openings are not scored")
