"""The training channel: which records this answer came from, by words, hidden states, gradients and spans."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.pipeline.attribution.indexing.index import TrainingIndex
from tallystick.pipeline.attribution.scorer import Messages, Scorer

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """Non-negative blend of standardised features, and the noise floor in standard deviations of the blend."""

    lexical: float = 0.45
    hidden: float = 0.45
    gradient: float = 0.1
    span: float = 2.0
    floor: float = 2.5


def influence(
    index: TrainingIndex,
    scorer: Scorer,
    messages: Messages,
    answer: str,
    answer_ids: Sequence[int],
    prompt_text: str,
    weights: Weights = Weights(),
) -> Scores:
    """One value a record, 0 at or below the noise floor. Most records have nothing to do with an answer: they are
    the decoys that the floor is measured on."""
    prompt = scorer.encode_prompt(messages, [])
    by_gradient, by_hidden = index.similarities(*scorer.features(prompt, answer_ids))
    lexical = np.array(index.bm25.scores(f"{messages[-1]['content']} {answer}"))
    blend = (
        weights.lexical * _standardised(lexical)
        + weights.hidden * _standardised(by_hidden)
        + weights.gradient * _standardised(by_gradient)
    )
    whole = max(index.spans.answer_bits(answer, prompt_text), 1)
    for span in index.spans.spans(answer, prompt_text):
        blend[span.place] += weights.span * span.weight / whole
    values: Scores = np.maximum(blend - weights.floor, 0.0)
    return values


def _standardised(values: NDArray[np.float32] | Scores) -> Scores:
    centred = np.asarray(values, dtype=np.float64) - np.median(values)
    return np.asarray(centred / max(float(centred.std()), 1e-9), dtype=np.float64)
