"""Whether a model wrote an answer: which of its tokens the reference would have drawn, by the key that was fixed before.

A fingerprint says who read an answer. Whoever lets a cheap model write and the good one read once has a true one; but
the good model draws other tokens. Where logits lie within NOISE of the reference's, no honest token strays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.domain.answers.draws import PPM, Floats, Sampling, noise
from tallystick.errors import InvalidInput

# How far an honest machine's logits may lie from the reference's; measured: docs/attribution/reference.md.
NOISE = 0.01
NEAR = 2 * NOISE


@dataclass(frozen=True, slots=True)
class Judged:
    """`strayed` tokens are no draw of the model's; `worst` is the farthest, by how much its logit is too low."""

    tokens: int
    strayed: int
    worst: float
    reason: str = ""

    @property
    def holds(self) -> bool:
        return not self.strayed


def judged(logits: NDArray[np.float32], tokens: Sequence[int], sampling: Sampling, key: int) -> Judged:
    """`logits`, shape (tokens, vocabulary), are the reference's before each token of the answer.

    `InvalidInput` for another shape, and for an id outside the vocabulary.
    """
    if logits.ndim != 2 or len(logits) != len(tokens) or not tokens:
        raise InvalidInput(f"Logits of the shape {logits.shape} are not of {len(tokens)} tokens.")
    if not 0 <= min(tokens) <= max(tokens) < logits.shape[1]:
        raise InvalidInput("A token of the answer is none of the model's.", "The output record is false.")
    short = [
        _short(row, token, sampling, key, i)
        for i, (row, token) in enumerate(zip(logits, tokens, strict=True))
    ]
    far = [i for i, by in enumerate(short) if by > NEAR]
    told = f"{len(far)} of {len(tokens)} tokens are not its draws, the first is token {far[0]}" if far else ""
    return Judged(len(tokens), len(far), max(short), told)


def _short(row: NDArray[np.float32], token: int, sampling: Sampling, key: int, position: int) -> float:
    """By how much the token's logit is too low to be drawn; infinite where no nucleus can hold it."""
    logits = row.astype(np.float64)
    if sampling.is_greedy:
        return float(logits.max() - logits[token])
    warmth, top_p = sampling.temperature / PPM, sampling.top_p / PPM
    scores = (logits - logits.max()) / warmth + noise(key, position, len(logits))
    if top_p >= 1:
        return float(warmth * (scores.max() - scores[token]))
    nearly_first = logits >= logits.max() - NEAR
    surely, can_be = _nucleus(logits, token, warmth, top_p)
    if not can_be:
        return float("inf")
    # The true likeliest token is in every nucleus, and it is one of those that are nearly first here.
    best = max(float(scores[nearly_first].min()), float(scores[surely].max(initial=-np.inf)))
    return max(0.0, float(warmth * (best - scores[token])))


def _nucleus(logits: Floats, token: int, warmth: float, top_p: float) -> tuple[NDArray[np.bool_], bool]:
    """Which tokens are in the nucleus of every machine within NOISE of these logits, and whether `token` is in one's."""
    order = np.argsort(-logits, kind="stable")
    falling = -logits[order]
    odds = np.exp((falling[0] - falling) / warmth)
    odds /= odds.sum()
    mass = np.concatenate(([0.0], odds.cumsum()))
    # Of odds, noise changes each by this factor at most; and it can swap logits that lie within NEAR.
    least = np.exp(-NEAR / warmth)
    most_before = mass[np.searchsorted(falling, falling + NEAR, side="left")] - odds
    surely = np.zeros(len(logits), dtype=np.bool_)
    surely[order] = most_before < top_p * least
    before = mass[np.searchsorted(falling, -logits[token] - NEAR, side="left")]
    return surely, bool(before * least < top_p)
