"""ROUGE-1, ROUGE-2 and ROUGE-L F (Lin 2004) by rouge-score, with words of every script."""

from collections.abc import Sequence
from dataclasses import dataclass

from rouge_score.rouge_scorer import RougeScorer

from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.words import Words


@dataclass(frozen=True, slots=True)
class Rouge:
    """F measures, 0 to 1: of single words, of pairs, of the longest common subsequence."""

    one: float
    two: float
    longest: float


def rouge(references: Sequence[tuple[str, ...]], answers: Sequence[str], *, stem: bool = True) -> list[Rouge]:
    """One score an answer; of several references the best counts, for each measure by itself."""
    if len(references) != len(answers) or not all(references):
        raise InvalidInput("ROUGE needs one or more references for each answer.", "Count both lists.")
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=Words(stem=stem))
    found = [scorer.score_multi(r, a) for r, a in zip(references, answers, strict=True)]
    return [Rouge(*(float(f[k].fmeasure) for k in ("rouge1", "rouge2", "rougeL"))) for f in found]


def corpus_rouge(scores: Sequence[Rouge]) -> Rouge:
    """The mean over answers."""
    count = len(scores)
    if not count:
        raise InvalidInput("There is no answer to take a mean of.", "Give at least one.")
    return Rouge(
        sum(s.one for s in scores) / count,
        sum(s.two for s in scores) / count,
        sum(s.longest for s in scores) / count,
    )
