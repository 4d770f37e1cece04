"""Answers and logits of a model on examples, as one number an example: what intervals, gates and reports are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.facts import exact_fact
from tallystick.pipeline.evaluation.intervals import Interval, bootstrap
from tallystick.pipeline.evaluation.restaurants import RESTAURANTS
from tallystick.pipeline.evaluation.rouge import rouge
from tallystick.pipeline.evaluation.slots import parse_mr, slot_errors

Row = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """What is asked, and one or more answers that would be right. `slots`: what an attribute-to-text answer must say.

    `before` are the turns in front of the question (role, content); an `is_plain` one is text to go on with.
    """

    question: str
    references: tuple[str, ...]
    slots: Mapping[str, str] | None = None
    before: tuple[tuple[str, str], ...] = ()
    is_plain: bool = False

    @property
    def messages(self) -> list[dict[str, str]]:
        return [{"role": r, "content": c} for r, c in (*self.before, ("user", self.question))]


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """Of one example's reference under a model, nats summed over its tokens; KL and agreement against a reference model
    where there was one, summed likewise.
    """

    nll: float
    tokens: int
    kl: float | None = None
    agreed: int | None = None


def example_of(question: str, references: tuple[str, ...]) -> Example:
    """With slots where the question is nothing but a list of attributes, `name[The Eagle], area[riverside]`."""
    try:
        return Example(question, references, parse_mr(question))
    except InvalidInput:
        return Example(question, references)


def examples_of(pairs: Sequence[tuple[str, str]]) -> list[Example]:
    """Pairs of question and answer; answers to one question are its references. In the order of first questions."""
    answers: dict[str, list[str]] = {}
    for question, answer in pairs:
        answers.setdefault(question, []).append(answer)
    return [example_of(q, tuple(dict.fromkeys(found))) for q, found in answers.items()]


def task_scores(examples: Sequence[Example], answers: Sequence[str]) -> dict[str, Row]:
    """By name, one number an example, each 0 to 1 and higher is better: ROUGE-1, 2 and L; exact facts, where the
    references have any; slot accuracy (1 - errors over slots, at least 0), where all examples have slots.
    """
    found = rouge([e.references for e in examples], answers)
    scores = {
        "rouge_1": np.array([f.one for f in found]),
        "rouge_2": np.array([f.two for f in found]),
        "rouge_l": np.array([f.longest for f in found]),
        "exact_facts": np.array([float(_has_facts(e, a)) for e, a in zip(examples, answers, strict=True)]),
    }
    if all(e.slots for e in examples):
        scores["slot_accuracy"] = np.array([_slots(e, a) for e, a in zip(examples, answers, strict=True)])
    return scores


def likelihood_scores(found: Sequence[Likelihoods]) -> dict[str, Row]:
    """`nll` a token, and `kl` and `top1_agreement` a token, as rows whose means are the ratios over all tokens."""
    tokens = np.array([float(f.tokens) for f in found])
    rows = {"nll": ratio_rows(np.array([f.nll for f in found]), tokens)}
    if all(f.kl is not None and f.agreed is not None for f in found):
        rows["kl"] = ratio_rows(np.array([float(f.kl or 0.0) for f in found]), tokens)
        rows["top1_agreement"] = ratio_rows(np.array([float(f.agreed or 0) for f in found]), tokens)
    return rows


def ratio_rows(above: Row, below: Row) -> Row:
    """One number an example; their mean is sum(above) / sum(below), and its bootstrap interval that of the ratio to
    first order (linearisation, as for ratio estimators in surveys).
    """
    if not below.sum() > 0:
        raise InvalidInput("There is nothing to divide by.", "Give examples with answers.")
    ratio = above.sum() / below.sum()
    made: Row = ratio + (above - ratio * below) / below.mean()
    return made


def summary(scores: Mapping[str, Row]) -> dict[str, Interval]:
    """The mean of each with its 95 % interval; `nll` also as `perplexity`."""
    found = {name: bootstrap(rows) for name, rows in scores.items()}
    if "nll" in found:
        found["perplexity"] = _exp(found["nll"])
    return found


def _exp(nll: Interval) -> Interval:
    low, mean, high = (float(np.exp(min(v, 700.0))) for v in (nll.low, nll.mean, nll.high))
    return Interval(mean, low, high, nll.confidence)


def _has_facts(example: Example, answer: str) -> bool:
    return any(exact_fact(example.question, reference, answer) for reference in example.references)


def _slots(example: Example, answer: str) -> float:
    slots: Any = example.slots
    errors = slot_errors(slots, answer, RESTAURANTS)
    return max(0.0, 1 - errors.count / errors.slots)
