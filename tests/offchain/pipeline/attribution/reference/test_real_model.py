"""Fast path, reference and fingerprint on the real model: honest machines agree, and whatever was swapped is caught."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bench.attributed.scoring.shapes import Batched
from support.attribution.toy_scorer import ToyPassage
from tallystick.pipeline.attribution.context.outcome import context_outcome
from tallystick.pipeline.attribution.reference.fingerprint import fingerprint, matches
from tallystick.pipeline.attribution.reference.scorer import ReferenceScorer
from tallystick.pipeline.attribution.reference.tolerance import AGREED_PPM, value_tolerance
from tallystick.pipeline.inference.engine import Engine
from tallystick.pipeline.models.loading import load_base, with_adapter

pytestmark = pytest.mark.ml
ASK = [{"role": "user", "content": "When was the Harrow Mill at Selwick rebuilt?"}]
PASSAGES = [
    ToyPassage(0, "The ferry at Marrowby crosses twice a day, and not at all on a Sunday."),
    ToyPassage(1, "The Harrow Mill at Selwick burnt down in 1846 and was rebuilt in 1847."),
]
TEXTS = [p.text for p in PASSAGES]


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def reference(engine: Engine) -> ReferenceScorer:
    return ReferenceScorer(engine._model, engine.encode_prompt)


@pytest.fixture(scope="module")
def served(engine: Engine) -> tuple[list[int], list[int], bytes]:
    prompt = engine.encode_prompt(ASK, TEXTS)
    answer = [t.token_id for t in engine.generate(prompt, 24)]
    return prompt, answer, fingerprint(engine.trace(prompt, answer).hidden)


def states(model: Any, prompt: list[int], answer: list[int], padding: int = 0) -> np.ndarray:
    """By one prefill, alone or beside a longer row."""
    row = [*prompt, *answer]
    ids = torch.tensor([[0] * padding + row, [7] * padding + row][: 1 + (padding > 0)])
    mask = torch.ones_like(ids)
    mask[0, :padding] = 0
    with torch.no_grad():
        made = model.get_base_model().model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(1) - 1).clamp(min=0),
            use_cache=False,
        )
    found: np.ndarray = made.last_hidden_state[0, padding + len(prompt) - 1 : -1].numpy()
    return found


@pytest.mark.parametrize(("count", "padding"), [(1, 0), (2, 0), (1, 19), (2, 40)])
def test_fingerprint_when_honest_on_other_threads_and_shapes_holds(
    engine: Engine, served: tuple[list[int], list[int], bytes], count: int, padding: int
) -> None:
    prompt, answer, code = served
    torch.set_num_threads(count)

    verdict = matches(code, states(engine._model, prompt, answer, padding))

    assert verdict.holds and verdict.far == 0 and verdict.apart <= 2


def test_fingerprint_when_the_adapter_or_the_prompt_is_another_does_not_hold(
    engine: Engine, served: tuple[list[int], list[int], bytes]
) -> None:
    prompt, answer, code = served
    other = engine.encode_prompt(ASK, [TEXTS[0].replace("Sunday", "Monday"), TEXTS[1]])

    with engine._model.disable_adapter():
        without = states(engine._model, prompt, answer)
    assert not matches(code, without).holds
    assert not matches(code, states(engine._model, other, answer)).holds


@pytest.mark.parametrize("precision", [None, "int8"])
def test_fingerprint_when_the_base_has_other_numbers_does_not_hold(
    base_folder: Path,
    adapter_folder: Path,
    served: tuple[list[int], list[int], bytes],
    precision: str | None,
) -> None:
    prompt, answer, code = served
    model, _ = load_base(base_folder, quantisation=precision, threads=1)

    assert not matches(code, states(with_adapter(model, adapter_folder), prompt, answer)).holds


@pytest.mark.parametrize("shape", ["alone", "padded"])
def test_outcome_when_the_reference_scores_it_agrees_with_the_fast_path(
    engine: Engine,
    reference: ReferenceScorer,
    served: tuple[list[int], list[int], bytes],
    shape: str,
) -> None:
    _, answer, _ = served
    scorer = reference if shape == "alone" else Batched(reference)

    fast = context_outcome(engine, ASK, PASSAGES, answer)
    true = context_outcome(scorer, ASK, PASSAGES, answer)

    allowed = value_tolerance(len(answer)) / len(answer)
    assert fast.gains.context == pytest.approx(true.gains.context, abs=allowed)
    assert fast.gains.base == pytest.approx(true.gains.base, abs=allowed)
    assert [s.asset_id for s in fast.shares] == [s.asset_id for s in true.shares]
    assert all(abs(a.ppm - b.ppm) <= AGREED_PPM // 10 for a, b in zip(fast.shares, true.shares, strict=True))
