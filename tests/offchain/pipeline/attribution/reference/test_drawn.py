"""Who wrote an answer: honest draws never stray while logits lie within the noise, another model's do."""

import numpy as np
import pytest
import torch

from tallystick.domain.answers.draws import GREEDY, PPM, Sampling
from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.reference.drawn import NEAR, NOISE, judged
from tallystick.pipeline.inference.sampling import Sampler

WORDS, TOKENS = 40, 400
SETTINGS = [
    GREEDY,
    Sampling(PPM, PPM),
    Sampling(PPM, PPM // 2),
    Sampling(2 * PPM, PPM * 9 // 10),
    Sampling(PPM // 100, PPM * 9 // 10),
    Sampling(1, 1),
]


def drawn(logits: np.ndarray, sampling: Sampling, key: int) -> list[int]:
    sampler = Sampler(sampling.temperature / PPM, sampling.top_p / PPM, key, 0)
    return [sampler.choose(torch.from_numpy(row)).token_id for row in logits]


def rows(seed: int, spread: float = 2.0) -> np.ndarray:
    """Logits with many that lie closer together than the noise."""
    draw = np.random.default_rng(seed)
    return (draw.normal(size=(TOKENS, WORDS)) * spread).round(2).astype(np.float32)


def moved(logits: np.ndarray, seed: int, by: float) -> np.ndarray:
    """By so much at most, and by nearly that everywhere: the worst that an honest machine may do."""
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=logits.shape)
    return (logits + signs * by * 0.999).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("sampling", SETTINGS, ids=str)
def test_honest_draws_when_every_logit_is_off_by_the_noise_never_stray(sampling: Sampling) -> None:
    for seed in range(5):
        reference = rows(seed, spread=0.1 if seed % 2 else 2.0)

        seen = judged(reference, drawn(moved(reference, seed, NOISE), sampling, seed), sampling, seed)

        assert seen.holds and seen.worst <= NEAR and seen.tokens == TOKENS


@pytest.mark.parametrize("sampling", SETTINGS[:4], ids=str)
def test_draws_when_of_a_coarser_model_stray(sampling: Sampling) -> None:
    reference = rows(1)
    coarse = (np.rint(reference * 2) / 2).astype(np.float32)

    seen = judged(reference, drawn(coarse, sampling, 1), sampling, 1)

    assert not seen.holds and seen.strayed > TOKENS // 50 and f"{seen.strayed} of {TOKENS}" in seen.reason


@pytest.mark.parametrize("sampling", SETTINGS[1:4], ids=str)
def test_draws_when_by_another_key_stray(sampling: Sampling) -> None:
    reference = rows(2)

    assert judged(reference, drawn(reference, sampling, 3), sampling, 4).strayed > TOKENS // 4


def test_answer_when_only_one_token_is_another_is_found() -> None:
    reference = rows(3)
    answer = drawn(reference, GREEDY, 0)
    answer[250] = int(reference[250].argmin())

    seen = judged(reference, answer, GREEDY, 0)

    assert (seen.strayed, seen.reason.endswith("the first is token 250")) == (1, True)


def test_token_when_no_nucleus_holds_it_is_infinitely_far() -> None:
    logits = np.array([[5.0, 0.0, 0.0]], dtype=np.float32)

    assert judged(logits, [1], Sampling(PPM, PPM // 2), 1).worst == np.inf


@pytest.mark.parametrize("tokens", [[], [0, 1], [WORDS], [-1]])
def test_tokens_when_not_the_models_are_refused(tokens: list[int]) -> None:
    with pytest.raises(InvalidInput):
        judged(rows(1)[:1], tokens, GREEDY, 0)
