"""A cheaper model billed as the good one: its states show who read, its draws who wrote."""

from typing import Any

import pytest

from tallystick.app.redteam.attacks.audits import substitution
from tallystick.app.redteam.attacks.audits.substitution import by_audit, by_fingerprint
from tallystick.app.redteam.attacks.audits.tiny import Tiny
from tallystick.bootstrap import battleground
from tallystick.domain.answers.draws import GREEDY

READ = {"bits": 4, "adapted": 1, "passes": 1, "part": 100, "tries": 1, "dares": 4, "warm": 0}
DARING = {**READ, "dares": substitution.TOKENS}


@pytest.mark.parametrize(("bits", "adapted"), [(16, 0), (4, 1), (8, 1)])
def test_cheaper_model_when_its_own_states_are_shown_is_found_every_time(bits: int, adapted: int) -> None:
    given = {**READ, "bits": bits, "adapted": adapted, "passes": 0}

    assert substitution.detected(given, seed=1, answers=20) == 20
    assert substitution.detected(given, seed=1, answers=20, found=by_fingerprint) == 20


@pytest.mark.parametrize("warm", [0, 1])
def test_good_model_when_it_answers_itself_is_never_accused(warm: int) -> None:
    given = {**READ, "bits": 16, "passes": 0, "warm": warm}

    assert substitution.detected(given, seed=1, answers=20) == 0
    assert substitution.play(battleground(), given, 1).excess <= 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes", [{}, {"warm": 1}, {"warm": 1, "tries": 3}, {"adapted": 0, "bits": 16}, {"part": 25}], ids=str
)
def test_cheaper_model_when_the_good_one_reads_its_answer_is_found_by_its_draws(
    changes: dict[str, Any],
) -> None:
    given = {**DARING, **changes}

    assert substitution.detected(given, seed=1, answers=10, found=by_fingerprint) == 0
    assert substitution.detected(given, seed=1, answers=10, found=by_audit) >= 8
    assert substitution.play(battleground(), given, 1).earned == -substitution.BOND


def test_fingerprint_alone_when_the_good_model_reads_lets_the_cheap_one_earn() -> None:
    assert substitution.play_by_fingerprint(battleground(), DARING, 1).excess > 100_000


def test_operator_when_it_corrects_what_it_drafted_sells_the_good_models_answers() -> None:
    good, done = substitution.served({**READ, "bits": 10, "dares": 0}, seed=1, answers=10)

    whole = substitution.TOKENS
    exact = [good.write(a.prompt, [], whole, a.sampling, a.key) == s.answer for a, s in done]
    assert all(exact) and not any(by_audit(good, a, s) for a, s in done)


def test_cheaper_model_when_it_answers_says_something_else() -> None:
    good = Tiny.drawn(1)

    answers = [model.write([1, 2, 3], [], 48, GREEDY, 0) for model in (good, good.served(2, False))]

    assert answers[0] != answers[1]
