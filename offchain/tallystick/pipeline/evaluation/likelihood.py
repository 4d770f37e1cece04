"""Perplexity, and how far a candidate's next-token distributions lie from a reference's. Logits in, floats out.

Both take an iterable of minibatches, so that a caller need not hold all logits; within one, rows are worked through in
double precision, a bounded number of cells at a time. Targets are token ids, -100 where a position does not count; they
stand beside the logits that predict them (the caller shifts).
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tallystick.errors import InvalidInput

IGNORED = -100
_CELLS = 1 << 22


@dataclass(frozen=True, slots=True)
class Perplexity:
    """exp of the mean negative log-likelihood, which is in nats a token; infinite where a token had no chance."""

    perplexity: float
    nll: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Divergence:
    """KL(reference || candidate) in nats, mean and 99th percentile (nearest rank) over tokens, and the part of tokens
    for which both name the same likeliest next token.
    """

    mean_kl: float
    p99_kl: float
    top1_agreement: float
    tokens: int


def perplexity(minibatches: Iterable[tuple[Tensor, Tensor]]) -> Perplexity:
    """Of (logits, targets): shapes (..., vocabulary) and (...)."""
    total, tokens = 0.0, 0
    for logits, targets in minibatches:
        for (rows,), wanted in _blocks([logits], targets):
            picked = _log_softmax(rows).gather(1, wanted[:, None])
            total -= float(picked.sum())
            tokens += len(wanted)
    nll = total / _counted(tokens)
    return Perplexity(math.exp(nll) if nll < 700 else math.inf, nll, tokens)


def divergence(minibatches: Iterable[tuple[Tensor, Tensor, Tensor]]) -> Divergence:
    """Of (reference logits, candidate logits, targets): the targets only say which positions count.

    KL is infinite where the candidate rules out a token that the reference does not.
    """
    parts, agreed = [], 0
    for reference, candidate, targets in minibatches:
        for (first, second), _ in _blocks([reference, candidate], targets):
            p, q = _log_softmax(first), _log_softmax(second)
            chance = p.exp()
            kl = torch.where(chance > 0, chance * (p - q), 0.0).sum(dim=1)
            parts.append(kl.clamp(min=0.0).cpu().numpy())
            agreed += int((first.argmax(dim=1) == second.argmax(dim=1)).sum())
    all_kl = np.concatenate(parts) if parts else np.empty(0)
    tokens = _counted(len(all_kl))
    rank = math.ceil(0.99 * tokens) - 1
    tail = float(np.partition(all_kl, rank)[rank])
    return Divergence(float(all_kl.mean()), tail, agreed / tokens, tokens)


def _blocks(logits: list[Tensor], targets: Tensor) -> Iterator[tuple[list[Tensor], Tensor]]:
    """The rows that count, a bounded number of cells at a time; shapes (rows, vocabulary) and (rows,)."""
    vocabulary = logits[0].shape[-1] if logits[0].ndim else 0
    if any(part.shape != (*targets.shape, vocabulary) for part in logits):
        raise InvalidInput("Logits and targets have other shapes.", "Give (..., vocabulary) beside (...).")
    wanted = targets.reshape(-1)
    if bool(((wanted >= vocabulary) | ((wanted < 0) & (wanted != IGNORED))).any()):
        raise InvalidInput("A target is outside the vocabulary.", f"Use {IGNORED} for what does not count.")
    flat = [part.reshape(-1, vocabulary) for part in logits]
    kept = (wanted != IGNORED).nonzero()[:, 0]
    for index in kept.split(max(1, _CELLS // max(vocabulary, 1))):
        if len(index):
            yield [part[index] for part in flat], wanted[index]


def _log_softmax(rows: Tensor) -> Tensor:
    found = torch.log_softmax(rows.double(), dim=1)
    if bool(found.isnan().any()):
        raise InvalidInput("Logits are not numbers.", "Look for an overflow in the model's precision.")
    return found


def _counted(tokens: int) -> int:
    if not tokens:
        raise InvalidInput("No position counts.", "Give at least one target.")
    return tokens
