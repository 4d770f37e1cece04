"""Perplexity and divergence: against sums by hand, torch's own losses and scipy's entropy; blocks change nothing."""

import math
from itertools import pairwise

import pytest
import torch
from scipy.special import softmax
from scipy.stats import entropy
from torch import Tensor

from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation import likelihood
from tallystick.pipeline.evaluation.likelihood import divergence, perplexity


def logits(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * 3


def test_perplexity_when_chances_are_known_is_their_inverse_geometric_mean() -> None:
    rows = torch.log(torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]))

    found = perplexity([(rows, torch.tensor([1, 0]))])

    assert found.perplexity == pytest.approx((0.25 * 0.1) ** -0.5, rel=1e-6)
    assert found.tokens == 2


def test_perplexity_when_positions_are_ignored_agrees_with_cross_entropy() -> None:
    given, targets = logits(3, 7, 50), torch.randint(50, (3, 7), generator=torch.Generator().manual_seed(2))
    targets[0, :4] = -100
    expected = torch.nn.functional.cross_entropy(
        given.reshape(-1, 50), targets.reshape(-1), ignore_index=-100
    )

    found = perplexity([(given, targets)])

    assert found.nll == pytest.approx(float(expected), rel=1e-5)
    assert found.tokens == 17


def test_perplexity_when_logits_are_large_stays_finite() -> None:
    found = perplexity([(torch.tensor([[1e4, 0.0], [3e4, 3e4]]), torch.tensor([0, 1]))])

    assert found.nll == pytest.approx(math.log(2) / 2)


def test_perplexity_when_a_token_had_no_chance_is_infinite() -> None:
    given = torch.tensor([[0.0, -math.inf]])

    assert perplexity([(given, torch.tensor([1]))]).perplexity == math.inf
    assert perplexity([(given, torch.tensor([0]))]).perplexity == 1.0


def test_divergence_when_compared_with_scipy_agrees() -> None:
    first, second = logits(400, 30), logits(400, 30) + logits(400, 30, seed=2) / 3
    each = entropy(softmax(first.double().numpy(), axis=1), softmax(second.double().numpy(), axis=1), axis=1)
    same = (first.numpy().argmax(axis=1) == second.numpy().argmax(axis=1)).mean()

    found = divergence([(first, second, torch.zeros(400, dtype=torch.long))])

    assert found.mean_kl == pytest.approx(each.mean(), rel=1e-6)
    assert found.p99_kl == pytest.approx(sorted(each)[395], rel=1e-6)
    assert found.top1_agreement == same < 1


def test_divergence_when_chances_are_known_is_kl_of_reference_to_candidate() -> None:
    p, q = torch.tensor([[0.75, 0.25]]), torch.tensor([[0.5, 0.5]])
    none = torch.tensor([0])

    there = divergence([(p.log(), q.log(), none)]).mean_kl
    back = divergence([(q.log(), p.log(), none)]).mean_kl

    assert there == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5), rel=1e-5)
    assert back == pytest.approx(0.5 * math.log(2 / 3) + 0.5 * math.log(2), rel=1e-5)


def test_divergence_when_models_are_one_is_zero_however_the_logits_are_shifted() -> None:
    given = logits(20, 30)

    found = divergence([(given, given + 5, torch.zeros(20, dtype=torch.long))])

    assert found.mean_kl < 1e-9 and found.top1_agreement == 1.0


def test_divergence_when_tokens_are_ruled_out_is_zero_for_both_and_infinite_for_one() -> None:
    shut, open_ = torch.tensor([[0.0, 1.0, -math.inf]]), torch.tensor([[0.0, 1.0, 0.0]])
    none = torch.tensor([0])

    assert divergence([(shut, shut, none)]).mean_kl == 0.0
    assert math.isfinite(divergence([(shut, open_, none)]).mean_kl)
    found = divergence([(open_, shut, none), (shut, shut, none)])
    assert found.mean_kl == found.p99_kl == math.inf


def test_blocks_when_cut_small_change_nothing_and_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = logits(40, 30).bfloat16(), logits(40, 30, seed=2).bfloat16()
    targets = torch.arange(40) % 30
    targets[::3] = -100
    whole = (perplexity([(first, targets)]), divergence([(first, second, targets)]))
    sizes: list[int] = []
    softmax_of = likelihood._log_softmax

    def counted(rows: Tensor) -> Tensor:
        sizes.append(rows.numel())
        return softmax_of(rows)

    monkeypatch.setattr(likelihood, "_CELLS", 100)
    monkeypatch.setattr(likelihood, "_log_softmax", counted)
    edges = list(pairwise((0, 1, 17, 40)))
    cut = (
        perplexity((first[a:b], targets[a:b]) for a, b in edges),
        divergence((first[a:b], second[a:b], targets[a:b]) for a, b in edges),
    )

    assert max(sizes) <= 100
    assert cut[0].nll == pytest.approx(whole[0].nll, rel=1e-12)
    assert cut[1].mean_kl == pytest.approx(whole[1].mean_kl, rel=1e-12)
    assert (cut[1].p99_kl, cut[1].top1_agreement, cut[1].tokens) == (
        whole[1].p99_kl,
        whole[1].top1_agreement,
        whole[1].tokens,
    )


@pytest.mark.parametrize(
    ("given", "targets"),
    [
        (torch.zeros(2, 3), torch.tensor([0, 1, 2])),
        (torch.zeros(2, 3), torch.tensor([0, 3])),
        (torch.zeros(2, 3), torch.tensor([0, -1])),
        (torch.full((1, 3), math.nan), torch.tensor([0])),
        (torch.full((1, 3), math.inf), torch.tensor([0])),
        (torch.zeros(1, 3), torch.tensor([-100])),
    ],
)
def test_likelihood_when_given_nonsense_refuses(given: Tensor, targets: Tensor) -> None:
    with pytest.raises(InvalidInput):
        perplexity([(given, targets)])
    with pytest.raises(InvalidInput):
        divergence([(given, given, targets)])
