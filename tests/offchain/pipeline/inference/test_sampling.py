"""One request's token from its logits: greedy, sampled, cut to a nucleus, with its odds."""

import math

import pytest
import torch

from support.tiny_chat import tiny_chat
from support.tiny_llama import tiny_adapted
from tallystick.errors import DeadlinePassed, InvalidInput
from tallystick.pipeline.inference.engine import Engine
from tallystick.pipeline.inference.sampling import Sampler, choices

LOGITS = torch.log(torch.tensor([0.1, 0.5, 0.15, 0.25]))


def drawn(top_p: float, seed: int = 1, temperature: float = 1.0) -> list[int]:
    sampler = Sampler(temperature, top_p, seed, 0)
    return [sampler.choose(LOGITS).token_id for _ in range(200)]


def test_sampler_when_greedy_takes_the_likeliest_with_its_odds() -> None:
    chosen = Sampler(0.0, 1.0, 0, 2).choose(LOGITS)

    assert chosen.token_id == 1
    assert chosen.logprob == pytest.approx(math.log(0.5), abs=1e-6)
    assert [i for i, _ in chosen.top] == [1, 3]
    assert [p for _, p in chosen.top] == pytest.approx([math.log(0.5), math.log(0.25)], abs=1e-6)


@pytest.mark.parametrize(
    ("top_p", "possible"), [(1.0, {0, 1, 2, 3}), (0.8, {1, 2, 3}), (0.5, {1}), (1e-9, {1})]
)
def test_sampler_when_cut_to_a_nucleus_draws_inside_it(top_p: float, possible: set[int]) -> None:
    assert set(drawn(top_p)) == possible


def test_sampler_when_its_seed_is_the_same_draws_the_same() -> None:
    assert drawn(1.0, seed=3) == drawn(1.0, seed=3) != drawn(1.0, seed=4)


def test_sampler_when_asked_often_draws_each_token_by_its_odds() -> None:
    sampler = Sampler(1.0, 1.0, 5, 0)
    made = [sampler.choose(LOGITS).token_id for _ in range(4000)]

    assert [made.count(i) / 4000 for i in range(4)] == pytest.approx([0.1, 0.5, 0.15, 0.25], abs=0.03)


def test_choices_when_rows_stand_together_are_those_of_each_alone() -> None:
    rows = torch.stack([LOGITS, LOGITS.flip(0), LOGITS])
    settings = [(0.0, 1.0, 0, 0), (1.0, 0.9, 7, 3), (2.0, 1.0, 9, 1)]

    together = choices(rows, [Sampler(*s) for s in settings])

    assert together == [Sampler(*s).choose(row) for s, row in zip(settings, rows, strict=True)]


@pytest.mark.parametrize(("top_p", "logprobs"), [(0.0, 0), (1.1, 0), (math.nan, 0), (1.0, 21), (1.0, -1)])
def test_sampler_when_out_of_range_refuses(top_p: float, logprobs: int) -> None:
    with pytest.raises(InvalidInput):
        Sampler(1.0, top_p, 0, logprobs)


def test_generate_when_asked_for_odds_gives_them_with_each_token() -> None:
    engine = Engine(tiny_adapted(), tiny_chat())
    prompt = engine.encode_prompt([{"role": "user", "content": "Weir?"}], [])

    made = list(engine.generate(prompt, 6, logprobs=2, tenant="carl", deadline_s=60))

    assert [t.top[0] for t in made] == [(t.token_id, pytest.approx(t.logprob)) for t in made]
    assert sum(t.logprob for t in made) == pytest.approx(
        engine.logprob([prompt], [t.token_id for t in made])[0]
    )


def test_generate_when_its_deadline_has_passed_says_so() -> None:
    engine = Engine(tiny_adapted(), tiny_chat())

    with pytest.raises(DeadlinePassed):
        next(engine.generate([3, 4, 5], 6, deadline_s=0.0))
