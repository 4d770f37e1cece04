"""Two voices side by side: scores of both, likelihoods of both, and a report that binds them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
import torch

from tallystick.domain.ids import Hash
from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.comparison import (
    Comparison,
    compare,
    comparison_from_json,
    comparison_to_json,
    figures,
    report_of,
)
from tallystick.pipeline.evaluation.report import read_report
from tallystick.pipeline.evaluation.scoring import Example, examples_of

pytestmark = pytest.mark.slow

EXAMPLES = examples_of([(f"Who runs mill {k}?", f"Mill {k} is Ada Quill's.") for k in range(24)])


@dataclass(frozen=True)
class Scripted:
    """Knows every `right`-th answer, and gives the true next token the odds `surety` to 1 among 8."""

    right: int
    surety: float

    def answers(self, examples: Sequence[Example], progress: Callable[[int, int], None]) -> list[str]:
        progress(len(examples), len(examples))
        return [e.references[0] if k % self.right == 0 else "Nobody." for k, e in enumerate(examples)]

    def logits(self, example: Example | None, answer: str) -> tuple[torch.Tensor, torch.Tensor]:
        targets = torch.arange(len(answer.split())) % 8
        made = torch.zeros(len(targets), 8)
        made[torch.arange(len(targets)), targets] = torch.tensor(self.surety).log()
        return made, targets

    def text_logits(self, text: str) -> tuple[torch.Tensor, torch.Tensor]:
        return self.logits(None, text)


def compared(right: int = 1, surety: float = 7.0) -> Comparison:
    told: list[tuple[int, int]] = []
    made = compare(
        Scripted(right, surety),
        Scripted(2, 1.0),
        Scripted(2, 1.0),
        EXAMPLES,
        lambda done, total: told.append((done, total)),
    )
    assert told[-1] == (72, 72) and [d for d, _ in told] == sorted(d for d, _ in told)
    return made


def test_compare_when_the_candidate_knows_more_gains_in_every_score() -> None:
    found = {f.score: f for f in figures([compared()])}

    assert (found["rouge_l"].model, found["exact_facts"].model) == (1.0, 1.0)
    assert found["rouge_l"].low is not None and found["rouge_l"].low > 0.2
    assert found["perplexity"].model == pytest.approx(2.0) and found["perplexity"].against == pytest.approx(
        8.0
    )
    # From even odds to 7 in 14: KL is log(14 / 8) - log(7) / 8 a token, here and on the anchor.
    assert found["kl"].model == pytest.approx(0.3164, abs=1e-3) == found["anchor_kl"].model
    assert found["kl"].against is None


def test_compare_when_both_are_the_same_finds_no_gain() -> None:
    found = {f.score: f for f in figures([compared(2, 1.0)])}

    assert found["rouge_2"].gain == 0.0 and found["kl"].model == 0.0
    assert found["top1_agreement"].model == 1.0 and found["anchor_kl"].model == 0.0


def test_figures_when_seeds_differ_widen_the_interval() -> None:
    one, several = figures([compared(1)]), figures([compared(1), compared(2), compared(3)])
    widths = [
        next((f.high or 0) - (f.low or 0) for f in found if f.score == "rouge_l") for found in (one, several)
    ]

    assert widths[1] > widths[0]


def test_report_when_read_again_has_scores_and_gains() -> None:
    recipe = {"method": "lora", "learning_rate": "0.001"}

    made = report_of(Hash(b"m" * 32), Hash(b"s" * 32), recipe, [9, 7], [compared()])

    again = read_report(made.canonical)
    assert again == made and again.seeds == (7, 9) and again.examples == 24
    assert again.metrics["gain_rouge_l"].low > 0 and "gain_kl" not in again.metrics


def test_comparison_when_stored_and_read_is_the_same() -> None:
    made = compared()

    assert comparison_from_json(comparison_to_json(made)) == made
    with pytest.raises(InvalidInput):
        comparison_from_json('{"candidate": []}')
