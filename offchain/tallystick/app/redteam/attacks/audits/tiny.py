"""A model small enough for thousands of plays, served in its own or in fewer numbers, greedy or with keyed noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.domain.answers.draws import PPM, Floats, Sampling, noise

WIDTH, WORDS = 64, 97
FULL_BITS = 16
Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tiny:
    """A recurrent network with a low-rank adapter."""

    words: Rows
    inner: Rows
    outward: Rows
    adapter: Rows

    @classmethod
    def drawn(cls, seed: int) -> "Tiny":
        draw = np.random.default_rng(seed)
        low = draw.normal(size=(WIDTH, 2)) @ draw.normal(size=(2, WIDTH)) / WIDTH
        made = [
            draw.normal(size=(WORDS, WIDTH)),
            2 * draw.normal(size=(WIDTH, WIDTH)) / np.sqrt(WIDTH),
            draw.normal(size=(WORDS, WIDTH)),
            low,
        ]
        words, inner, outward, adapter = (part.astype(np.float32) for part in made)
        return cls(words, inner, outward, adapter)

    def served(self, bits: int, adapted: bool) -> "Tiny":
        """As it is run: its weights rounded to so many bits behind the point, its adapter there or not."""
        scale = np.float32(2**bits)
        whole = [self.words, self.inner, self.outward]
        kept = whole if bits >= FULL_BITS else [np.rint(part * scale) / scale for part in whole]
        adapter = self.adapter if adapted else np.zeros_like(self.adapter)
        return Tiny(kept[0], kept[1], kept[2], adapter)

    def hidden(self, ids: Sequence[int]) -> Rows:
        """Shape (tokens, width)."""
        state, rows, weights = np.zeros(WIDTH, np.float32), [], self.inner + self.adapter
        for number in ids:
            state = self.words[number] + np.tanh(state) @ weights
            rows.append(state)
        return np.array(rows, dtype=np.float32)

    def logits(self, hidden: Rows) -> Rows:
        """Of the token after each state, shape (tokens, words)."""
        return np.asarray(hidden @ self.outward.T, dtype=np.float32)

    def write(
        self, prompt: Sequence[int], begun: Sequence[int], tokens: int, sampling: Sampling, key: int
    ) -> list[int]:
        """`begun` and what this model draws after it, `tokens` in all."""
        state, weights, made = np.zeros(WIDTH, np.float32), self.inner + self.adapter, list(begun)
        for number in [*prompt, *begun]:
            state = self.words[number] + np.tanh(state) @ weights
        for position in range(len(begun), tokens):
            made.append(int(scores(self.outward @ state, sampling, key, position).argmax()))
            state = self.words[made[-1]] + np.tanh(state) @ weights
        return made

    def told(self, prompt: Sequence[int], answer: Sequence[int]) -> Rows:
        """The states that predict each token of an answer, read in one pass."""
        return self.hidden([*prompt, *answer])[len(prompt) - 1 : -1]


def scores(logits: Rows, sampling: Sampling, key: int, position: int) -> Floats:
    """In units of logits; the largest is drawn. There is no nucleus here."""
    exact = logits.astype(np.float64)
    return (
        exact + sampling.temperature / PPM * noise(key, position, len(exact))
        if sampling.temperature
        else exact
    )
