"""What fewer bits cost: a model in each form, before and after tuning, without and with passages, clean and noisy."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from tallystick.domain.lexical import Bm25
from tallystick.pipeline.evaluation.bounds import lower_bound
from tallystick.pipeline.evaluation.likelihood import divergence, perplexity
from tallystick.pipeline.evaluation.scoring import Example, task_scores
from tallystick.pipeline.evaluation.studies.noise import typos

CONTEXTS = ("closed", "clean", "noisy")
PASSAGES, SEED = 2, 23
CONFIDENCE = 0.95
Progress = Callable[[int, int], None]
Passages = Sequence[Sequence[str]]


class Voice(Protocol):
    """A model in one form; logits predict the answer's tokens, whose ids come with them."""

    def answers(self, examples: Sequence[Example], progress: Progress, passages: Passages) -> list[str]: ...
    def logits(self, example: Example, answer: str, passages: Sequence[str]) -> tuple[Tensor, Tensor]: ...


@dataclass(frozen=True, slots=True)
class Cell:
    """Means over the examples. `kl` (nats a token) and `top1` compare with the unquantised model under the same
    conditions; perplexity is of the references. `agreement` is `top1` as a mean of examples, with its bounds.
    """

    form: str
    tuned: bool
    context: str
    perplexity: float
    kl: float
    top1: float
    rouge_2: float
    rouge_l: float
    exact_facts: float
    agreement: float
    agreement_low: float
    agreement_high: float


def contexts(examples: Sequence[Example], library: Sequence[str]) -> dict[str, list[tuple[str, ...]]]:
    """Passages for each example by kind of context. Clean ones are the PASSAGES nearest texts of the library by BM25;
    noisy ones are the same with typos, and one that has nothing to do with the question.
    """
    index = Bm25(library)
    draw = random.Random(SEED)
    clean, noisy = [], []
    for example in examples:
        scores = index.scores(example.question)
        best = sorted(range(len(library)), key=lambda i: (-scores[i], i))[:PASSAGES]
        told = tuple(library[i] for i in best)
        clean.append(told)
        noisy.append((*(typos(text, draw) for text in told), draw.choice(library)))
    return {"closed": [() for _ in examples], "clean": clean, "noisy": noisy}


def cell(
    form: str,
    *,
    tuned: bool,
    context: str,
    voice: Voice,
    reference: Voice,
    examples: Sequence[Example],
    passages: Passages,
) -> Cell:
    """`reference` is the unquantised model, tuned or not as `voice` is."""
    answers = voice.answers(examples, _unwatched, passages)
    scores = task_scores(examples, answers)
    asked = [(e, e.references[0], p) for e, p in zip(examples, passages, strict=True)]
    apart = [divergence([pair]) for pair in _pairs(reference, voice, asked)]
    tokens = sum(each.tokens for each in apart)
    likely = perplexity(voice.logits(*a) for a in asked)
    return Cell(
        form,
        tuned,
        context,
        likely.perplexity,
        sum(each.mean_kl * each.tokens for each in apart) / tokens,
        sum(each.top1_agreement * each.tokens for each in apart) / tokens,
        float(scores["rouge_2"].mean()),
        float(scores["rouge_l"].mean()),
        float(scores["exact_facts"].mean()),
        *bounded([each.top1_agreement for each in apart]),
    )


def bounded(shares: Sequence[float]) -> tuple[float, float, float]:
    """Mean share of agreeing tokens in an example, low, high; each side holds at CONFIDENCE for any shares."""
    mean = sum(shares) / len(shares)
    low = (lower_bound([2 * share - 1 for share in shares], CONFIDENCE) + 1) / 2
    high = 1 - (lower_bound([1 - 2 * share for share in shares], CONFIDENCE) + 1) / 2
    return mean, low, high


def _pairs(
    reference: Voice, voice: Voice, asked: Iterable[tuple[Example, str, Sequence[str]]]
) -> Iterable[tuple[Tensor, Tensor, Tensor]]:
    for each in asked:
        first, targets = reference.logits(*each)
        yield first, voice.logits(*each)[0], targets


def _unwatched(done: int, total: int) -> None:
    """A cell is short."""
