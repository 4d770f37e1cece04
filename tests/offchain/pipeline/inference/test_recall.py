"""Scores that reuse what a generation left, or a kept lower half, are those of whole passes."""

import pytest
import torch

from support.tiny_chat import tiny_chat
from support.tiny_llama import tiny_adapted, tiny_llama
from tallystick.errors import InvalidInput
from tallystick.pipeline.inference.engine import Engine

pytestmark = pytest.mark.slow

ASK = [{"role": "user", "content": "How deep is weir 2?"}]
PASSAGES = ["Weir 1 is dry.", "Weir 2 is three fathoms deep.", "The mill burnt down."]


def tiny_engine(layers: tuple[int, ...] = (1, 2)) -> Engine:
    return Engine(tiny_adapted(layers=layers), tiny_chat())


@pytest.fixture(params=[(1, 2), (2,), (0, 1, 2)], ids=str)
def engine(request: pytest.FixtureRequest) -> Engine:
    return tiny_engine(layers=request.param)


def generated(engine: Engine, tokens: int = 20) -> tuple[list[int], list[int]]:
    prompt = engine.encode_prompt(ASK, PASSAGES)
    return prompt, [t.token_id for t in engine.generate(prompt, tokens)]


def whole(engine: Engine, prompt: list[int], answer: list[int], adapter: bool = True) -> torch.Tensor:
    """Log-probabilities by the library's own forward pass."""
    ids, model = torch.tensor([[*prompt, *answer]]), engine._model
    with torch.no_grad():
        if adapter:
            logits = model(input_ids=ids, use_cache=False).logits
        else:
            with model.disable_adapter():
                logits = model(input_ids=ids, use_cache=False).logits
    odds = logits[0, len(prompt) - 1 : -1].log_softmax(-1)
    return odds.gather(-1, torch.tensor(answer)[:, None])[:, 0]


def test_logprob_when_prompts_begin_like_the_generations_equals_whole_passes(engine: Engine) -> None:
    prompt, answer = generated(engine)
    asked = [engine.encode_prompt(ASK, PASSAGES[:n]) for n in range(4)]

    got = engine.logprob(asked, answer)

    assert [engine._recall.shared(p) > 16 for p in asked] == [False, True, True, True]  # type: ignore[union-attr]
    assert got == pytest.approx([float(whole(engine, p, answer).sum()) for p in asked], abs=1e-3)
    assert prompt == asked[3]


def test_logprob_when_asked_twice_or_in_another_order_is_the_same_number(engine: Engine) -> None:
    _, answer = generated(engine)
    asked = [engine.encode_prompt(ASK, PASSAGES[:n]) for n in (1, 2, 0)]

    first = engine.logprob(asked, answer)

    assert engine.logprob(asked[::-1], answer)[::-1] == first


def test_logprob_when_the_answer_is_another_does_not_take_the_generations(engine: Engine) -> None:
    prompt, answer = generated(engine)
    other = [*answer[:-1], answer[-1] - 1]

    assert engine.logprob([prompt], other)[0] == pytest.approx(
        float(whole(engine, prompt, other).sum()), abs=1e-3
    )


def test_logprob_when_the_adapter_is_off_takes_nothing_of_the_generation(engine: Engine) -> None:
    prompt, answer = generated(engine)

    off = engine.logprob([prompt], answer, adapter=False)[0]

    assert off == pytest.approx(float(whole(engine, prompt, answer, adapter=False).sum()), abs=1e-3)
    assert off != pytest.approx(engine.logprob([prompt], answer)[0], abs=0.1)


def test_trace_when_from_generation_equals_one_prefill(engine: Engine) -> None:
    prompt, answer = generated(engine)
    left = engine.trace(prompt, answer)
    engine.forget()

    again = engine.trace(prompt, answer)

    assert left.logprobs == pytest.approx(again.logprobs, abs=1e-4)
    assert left.hidden.shape == (len(answer), 32) == again.hidden.shape
    assert left.hidden == pytest.approx(again.hidden, abs=1e-4)
    assert left.logprobs == pytest.approx(whole(engine, prompt, answer).tolist(), abs=1e-4)


def test_trace_when_the_generation_was_closed_early_is_of_its_tokens(engine: Engine) -> None:
    prompt = engine.encode_prompt(ASK, PASSAGES)
    tokens = engine.generate(prompt, 20)
    answer = [next(tokens).token_id for _ in range(3)]
    tokens.close()  # type: ignore[attr-defined]

    assert engine.trace(prompt, answer).logprobs == pytest.approx(
        whole(engine, prompt, answer).tolist(), abs=1e-4
    )


def test_trace_when_the_answer_is_empty_refuses(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="without tokens"):
        engine.trace(engine.encode_prompt(ASK, []), [])


def test_features_when_of_some_layers_are_a_part_of_all() -> None:
    engine = tiny_engine()
    prompt, answer = engine.encode_prompt(ASK, []), [9, 8, 7]

    every, state = engine.features(prompt, answer)
    upper, same = engine.features(prompt, answer, layers=(2,))

    assert upper.numel() * 2 == every.numel()
    assert torch.equal(every[-upper.numel() :], upper) and torch.equal(state, same)
    with pytest.raises(InvalidInput, match="no layer"):
        engine.features(prompt, answer, layers=(0,))


def test_features_when_the_lower_half_was_kept_are_the_same() -> None:
    engine, fresh = tiny_engine(), tiny_engine()
    prompt, answer = engine.encode_prompt(ASK, []), [9, 8, 7]
    engine.logprob([prompt], answer)

    assert torch.equal(engine.features(prompt, answer)[0], fresh.features(prompt, answer)[0])


def test_forget_when_the_adapter_changed_scores_anew() -> None:
    engine = tiny_engine()
    prompt, answer = generated(engine)
    before = engine.logprob([prompt], answer)[0]
    for name, weight in engine._model.named_parameters():
        weight.data *= 1.5 if "lora_B" in name else 1.0
    engine.forget()

    assert engine.logprob([prompt], answer)[0] == pytest.approx(
        float(whole(engine, prompt, answer).sum()), abs=1e-3
    )
    assert engine.logprob([prompt], answer)[0] != pytest.approx(before, abs=0.1)


def test_engine_of_a_model_without_an_adapter_answers_and_scores() -> None:
    model = tiny_llama(scale=0.1, vocabulary=300)
    engine = Engine(model, tiny_chat())
    prompt, answer = generated(engine)

    alone = model.generate(torch.tensor([prompt]), max_new_tokens=20, do_sample=False)[0, len(prompt) :]

    assert answer == alone.tolist()
    assert engine.logprob([prompt], answer) == pytest.approx(
        [float(whole(engine, prompt, answer).sum())], abs=1e-3
    )
