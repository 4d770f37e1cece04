"""A cheaper model billed as the good one: the fingerprint finds its states, and not who wrote what the good one read."""

import pytest

from tallystick.app.redteam.attacks.audits import substitution
from tallystick.bootstrap import battleground


@pytest.mark.parametrize(("bits", "adapted"), [(16, 0), (4, 1), (8, 1)])
def test_cheaper_model_when_its_own_states_are_shown_is_found_every_time(bits: int, adapted: int) -> None:
    given = {"bits": bits, "adapted": adapted, "passes": 0}

    assert substitution.detected(given, seed=1, answers=40) == 40


def test_good_model_when_it_answers_itself_is_never_accused() -> None:
    assert substitution.detected({"bits": 16, "adapted": 1, "passes": 0}, seed=1, answers=40) == 0


def test_cheaper_model_when_the_good_one_reads_its_answer_is_not_found_and_pays() -> None:
    given = {"bits": 4, "adapted": 0, "passes": 1}

    profit = substitution.play(battleground(), given, 1)

    assert substitution.detected(given, seed=1, answers=20) == 0
    assert profit.earned == profit.excess > 100_000


def test_cheaper_model_when_it_answers_says_something_else() -> None:
    good = substitution.Tiny.drawn(1)

    answers = [model.answer([1, 2, 3]) for model in (good, good.served(2, False))]

    assert answers[0] != answers[1]
