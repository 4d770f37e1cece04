"""A candidate beside an incumbent on the same examples: what both answer, how likely both find the references."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Protocol

from torch import Tensor

from tallystick.commitments import strict_json
from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import Hash
from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.intervals import ROUNDS, SEED, Interval, bootstrap, paired_bootstrap
from tallystick.pipeline.evaluation.likelihood import divergence, perplexity
from tallystick.pipeline.evaluation.report import EvaluationReport
from tallystick.pipeline.evaluation.scoring import Example, Likelihoods, likelihood_scores, task_scores
from tallystick.pipeline.evaluation.studies.anchor import ANCHOR

Progress = Callable[[int, int], None]
Scores = Mapping[str, tuple[float, ...]]


class Voice(Protocol):
    """A model that can be judged. Logits are those that predict an answer's tokens, shape (tokens, vocabulary); with
    them come the tokens' ids, shape (tokens,).
    """

    def answers(self, examples: Sequence[Example], progress: Progress) -> list[str]: ...
    def logits(self, example: Example, answer: str) -> tuple[Tensor, Tensor]: ...
    def text_logits(self, text: str) -> tuple[Tensor, Tensor]: ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """One number an example and score, for both sides. `p99_kl` is the highest of the examples' 99th percentiles;
    `anchor_kl` how far the candidate lies from its base on general text, nats a token.
    """

    candidate: Scores
    incumbent: Scores
    p99_kl: float
    anchor_kl: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A score of both sides, and the candidate's gain with its 95 % paired-bootstrap interval."""

    score: str
    model: float
    against: float | None
    gain: float | None
    low: float | None
    high: float | None


def compare(
    candidate: Voice, incumbent: Voice, base: Voice, examples: Sequence[Example], progress: Progress
) -> Comparison:
    """KL is from the incumbent to the candidate, on the references; on general text from the candidate's base."""
    total = 3 * len(examples)
    scores = []
    for place, voice in enumerate((candidate, incumbent)):
        answers = voice.answers(examples, partial(_told, progress, place * len(examples), total))
        scores.append(task_scores(examples, answers))
    ours: list[Likelihoods] = []
    theirs: list[Likelihoods] = []
    tails = []
    for number, example in enumerate(examples):
        asked = example, example.references[0]
        (first, targets), (second, _) = incumbent.logits(*asked), candidate.logits(*asked)
        apart = divergence([(first, second, targets)])
        tails.append(apart.p99_kl)
        count = apart.tokens
        agreed = round(apart.top1_agreement * count)
        ours.append(Likelihoods(_nll(second, targets), count, apart.mean_kl * count, agreed))
        theirs.append(Likelihoods(_nll(first, targets), count))
        progress(2 * len(examples) + number + 1, total)
    rows = [
        {name: tuple(float(x) for x in row) for name, row in {**told, **likelihood_scores(found)}.items()}
        for told, found in zip(scores, (ours, theirs), strict=True)
    ]
    return Comparison(rows[0], rows[1], max(tails), anchor_divergence(base, candidate))


def anchor_divergence(base: Voice, candidate: Voice) -> float:
    """KL(base || candidate) on general text, nats a token."""
    pairs = ((*base.text_logits(text), candidate.text_logits(text)[0]) for text in ANCHOR)
    return divergence((first, second, targets) for first, targets, second in pairs).mean_kl


def figures(comparisons: Sequence[Comparison]) -> tuple[Figure, ...]:
    """Of one training, or of several with other seeds, whose spread is then in the intervals."""
    first, made = comparisons[0], []
    for score in first.candidate:
        ours = [c.candidate[score] for c in comparisons]
        found = bootstrap(ours)
        if score not in first.incumbent:
            made.append(Figure(score, found.mean, None, None, found.low, found.high))
            continue
        gain = paired_bootstrap(first.incumbent[score], ours)
        made.append(Figure(score, found.mean, found.mean - gain.mean, gain.mean, gain.low, gain.high))
    nll = next(f for f in made if f.score == "nll")
    against = math.exp(nll.model - (nll.gain or 0.0))
    made.append(Figure("perplexity", math.exp(nll.model), against, math.exp(nll.model) - against, None, None))
    anchor = sum(c.anchor_kl for c in comparisons) / len(comparisons)
    return (*made, Figure("anchor_kl", anchor, None, None, None, None))


def report_of(
    model: Hash,
    evaluated_on: Hash,
    recipe: Mapping[str, Any],
    seeds: Sequence[int],
    comparisons: Sequence[Comparison],
) -> EvaluationReport:
    """Gains over the incumbent are named `gain_*`."""
    first = comparisons[0]
    metrics: dict[str, Interval] = {}
    for score in first.candidate:
        ours = [c.candidate[score] for c in comparisons]
        metrics[score] = bootstrap(ours)
        if score in first.incumbent:
            metrics[f"gain_{score}"] = paired_bootstrap(first.incumbent[score], ours)
    metrics["anchor_kl"] = bootstrap([c.anchor_kl for c in comparisons])
    return EvaluationReport(
        set_digest=evaluated_on,
        model_digest=model,
        recipe_digest=Hash(keccak256(canonical_json(dict(recipe)))),
        examples=len(first.candidate["nll"]),
        seeds=tuple(sorted(seeds)),
        bootstrap=(SEED, ROUNDS),
        metrics=metrics,
    )


def comparison_to_json(made: Comparison) -> str:
    return json.dumps(asdict(made)) + "\n"


def comparison_from_json(text: str) -> Comparison:
    try:
        body = strict_json.loads(text)
        rows = [{k: tuple(map(float, v)) for k, v in body[s].items()} for s in ("candidate", "incumbent")]
        return Comparison(rows[0], rows[1], float(body["p99_kl"]), float(body["anchor_kl"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(f"A stored comparison is damaged: {error!r}.", "Evaluate again.") from error


def _nll(logits: Tensor, targets: Tensor) -> float:
    found = perplexity([(logits, targets)])
    return found.nll * found.tokens


def _told(progress: Progress, before: int, total: int, done: int, _: int) -> None:
    progress(before + done, total)
