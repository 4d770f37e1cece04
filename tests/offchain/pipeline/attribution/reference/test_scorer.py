"""The reference against the engine's fast path, on a tiny model of the real class."""

import pytest
import torch

from support.tiny_chat import tiny_chat
from support.tiny_llama import tiny_adapted
from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.reference.fingerprint import fingerprint, matches
from tallystick.pipeline.attribution.reference.scorer import ReferenceScorer
from tallystick.pipeline.attribution.reference.tolerance import value_tolerance
from tallystick.pipeline.inference.engine import Engine

ASK = [{"role": "user", "content": "How deep is weir 2?"}]
PASSAGES = ["Weir 1 is dry.", "Weir 2 is three fathoms deep.", "The mill burnt down."]


@pytest.fixture(scope="module")
def both() -> tuple[Engine, ReferenceScorer]:
    model = tiny_adapted()
    engine = Engine(model, tiny_chat())
    return engine, ReferenceScorer(model, engine.encode_prompt)


def test_logprob_when_the_fast_path_reuses_its_generation_agrees(
    both: tuple[Engine, ReferenceScorer],
) -> None:
    engine, reference = both
    answer = [t.token_id for t in engine.generate(engine.encode_prompt(ASK, PASSAGES), 20)]
    prompts = [engine.encode_prompt(ASK, PASSAGES[:n]) for n in range(4)]

    fast, true = engine.logprob(prompts, answer), reference.logprob(prompts, answer)

    assert fast == pytest.approx(true, abs=value_tolerance(len(answer)))
    off = engine.logprob(prompts[:1], answer, adapter=False)
    assert off == pytest.approx(reference.logprob(prompts[:1], answer, adapter=False), abs=2e-3)
    assert off[0] != pytest.approx(true[0], abs=0.1)


def test_hidden_when_compared_with_a_generations_has_its_fingerprint(
    both: tuple[Engine, ReferenceScorer],
) -> None:
    engine, reference = both
    prompt = engine.encode_prompt(ASK, PASSAGES)
    answer = [t.token_id for t in engine.generate(prompt, 20)]
    code = fingerprint(engine.trace(prompt, answer).hidden)

    assert matches(code, reference.hidden(prompt, answer).numpy()).holds
    other = ReferenceScorer(tiny_adapted(seed=4), engine.encode_prompt)
    assert not matches(code, other.hidden(prompt, answer).numpy()).holds


@pytest.mark.parametrize("layers", [None, (2,)])
def test_features_when_compared_are_the_engines(
    both: tuple[Engine, ReferenceScorer], layers: tuple[int, ...] | None
) -> None:
    engine, reference = both
    prompt, answer = engine.encode_prompt(ASK, []), [9, 8, 7]

    fast, true = engine.features(prompt, answer, layers), reference.features(prompt, answer, layers)

    assert float((fast[0] - true[0]).norm() / true[0].norm()) < 1e-4
    assert torch.allclose(fast[1], true[1], atol=1e-4)


def test_scorer_when_the_model_has_other_numbers_refuses() -> None:
    model = tiny_adapted()
    model.to(torch.bfloat16)

    with pytest.raises(InvalidInput, match="bfloat16"):
        ReferenceScorer(model, lambda messages, context: [1])
