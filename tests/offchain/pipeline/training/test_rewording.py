"""Rewordings: names and numbers survive, nothing is added, the same draw gives the same words."""

import random

import pytest

from tallystick.pipeline.training.rewording import reworded

QUESTION = "Who wound the clock of the Averil Tower at Wenlow in 1847?"


@pytest.mark.parametrize("seed", range(20))
def test_reworded_when_drawn_keeps_names_and_numbers_and_adds_nothing(seed: int) -> None:
    left = reworded(QUESTION, random.Random(seed)).rstrip("?").split()

    assert {"Averil", "Tower", "Wenlow", "1847"} <= set(left)
    assert set(left) <= set(QUESTION.rstrip("?").split())


def test_reworded_when_drawn_often_gives_many_forms_the_same_ones_each_time() -> None:
    forms = [[reworded(QUESTION, draw) for _ in range(20)] for draw in (random.Random(3), random.Random(3))]

    assert forms[0] == forms[1]
    assert len(set(forms[0])) > 10


@pytest.mark.parametrize("question", ["Why", "why?", "?"])
def test_reworded_when_there_is_little_to_drop_is_never_empty(question: str) -> None:
    assert reworded(question, random.Random(0)).strip()


@pytest.mark.parametrize(
    "prompt", ["Write a long poem about the Averil Tower.", "name[Alimentum], area[city centre]"]
)
def test_reworded_when_it_is_no_question_stays_whole(prompt: str) -> None:
    assert {reworded(prompt, random.Random(seed)) for seed in range(20)} == {prompt}
