"""R13: a cheaper model answers, or the good one without its adapter, and is billed as the good one."""

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.pipeline.attribution.reference.fingerprint import fingerprint, matches

WIDTH, WORDS, PROMPT, TOKENS, ANSWERS = 64, 97, 8, 48, 12
FULL_BITS = 16
# Ppm of a fee: what answering costs the operator, and what one pass over a finished answer does. Assumptions.
WORK, PASS = 225_000, 22_500
# Of a batch's total: its bond at the least cover, all of which a conviction takes.
BOND = 2_500_000
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tiny:
    """A recurrent network with a low-rank adapter, small enough for thousands of plays."""

    words: Floats
    inner: Floats
    outward: Floats
    adapter: Floats

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

    def hidden(self, ids: list[int]) -> Floats:
        """Shape (tokens, width)."""
        state, rows, weights = np.zeros(WIDTH, np.float32), [], self.inner + self.adapter
        for number in ids:
            state = self.words[number] + np.tanh(state) @ weights
            rows.append(state)
        return np.array(rows, dtype=np.float32)

    def answer(self, prompt: list[int]) -> list[int]:
        """Greedy."""
        ids = list(prompt)
        for _ in range(TOKENS):
            ids.append(int((self.outward @ self.hidden(ids)[-1]).argmax()))
        return ids[len(prompt) :]


def told(model: Tiny, prompt: list[int], answer: list[int]) -> Floats:
    """The states that predict each token of the answer."""
    return model.hidden([*prompt, *answer])[len(prompt) - 1 : -1]


def detected(parameters: Parameters, seed: int, answers: int) -> int:
    """How many of so many answers the shipped check of fingerprints finds false, all of them drawn."""
    draw, good = random.Random(seed), Tiny.drawn(seed)
    cheap = good.served(parameters["bits"], bool(parameters["adapted"]))
    found = 0
    for _ in range(answers):
        prompt = [draw.randrange(WORDS) for _ in range(PROMPT)]
        answer = cheap.answer(prompt)
        code = fingerprint(told(good if parameters["passes"] else cheap, prompt, answer))
        found += not matches(code, told(good, prompt, answer)).holds
    return found


def play(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """Ppm of the fee of a batch of which all is drawn. `passes` is whether the good model reads the finished answer once,
    so that the fingerprint is its own."""
    is_cheaper = parameters["bits"] < FULL_BITS or not parameters["adapted"]
    found = detected(parameters, seed, ANSWERS)
    kept = WORK - WORK * parameters["bits"] // FULL_BITS + (0 if parameters["adapted"] else WORK // 20)
    saved = kept - (PASS if parameters["passes"] else 0) if is_cheaper else 0
    earned = -BOND if found else saved
    return Profit(earned, 0, BOND, 0, ANSWERS, 1_000_000)


SUBSTITUTION = Attack(
    "substitution",
    "R13: weights of few bits, or no adapter, on a tiny network; the good model may read the finished answer once",
    "a loss: the shipped fingerprint shows it (it binds who read the answer, not who wrote it)",
    {"bits": Range(2, FULL_BITS), "adapted": Range(0, 1), "passes": Range(0, 1)},
    play,
)
