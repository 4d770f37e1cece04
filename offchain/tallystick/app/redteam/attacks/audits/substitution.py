"""R13: a cheaper model writes, or the good one without its adapter, and is billed as the good one."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.audits.tiny import FULL_BITS, WORDS, Rows, Tiny, scores
from tallystick.domain.answers.draws import GREEDY, PPM, Sampling
from tallystick.pipeline.attribution.reference.drawn import judged
from tallystick.pipeline.attribution.reference.fingerprint import fingerprint, matches

PROMPT, TOKENS, ANSWERS = 8, 48, 8
# Ppm of a fee: what answering costs the operator, and what one pass over a finished answer does. Assumptions.
WORK, PASS = 225_000, 22_500
# Of a batch's total: its bond at the least cover, all of which a conviction takes.
BOND = 2_500_000
# By how much the mean token may be worse in the good model's eyes before an answer counts as another one.
WORSE = 0.001
WARM = Sampling(PPM, PPM)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what was certain before its answer; the operator knows it all."""

    prompt: list[int]
    sampling: Sampling
    key: int


@dataclass(frozen=True, slots=True)
class Served:
    """`mark` is the fingerprint that was committed to, `cost` ppm of the fee, `worse` in logits a token."""

    answer: list[int]
    mark: bytes
    cost: int
    worse: float


Found = Callable[[Tiny, Asked, Served], bool]


def by_audit(good: Tiny, asked: Asked, served: Served) -> bool:
    """What the shipped L2 finds: states that are not the good model's, or tokens that it would not draw."""
    states = good.told(asked.prompt, served.answer)
    drawn = judged(good.logits(states), served.answer, asked.sampling, asked.key)
    return not drawn.holds or not matches(served.mark, states).holds


def by_fingerprint(good: Tiny, asked: Asked, served: Served) -> bool:
    return not matches(served.mark, good.told(asked.prompt, served.answer)).holds


@dataclass(frozen=True, slots=True)
class Operator:
    """Writes the last `part` percent of an answer with the cheap model, the best of so many tries; where the good one
    reads, what it would not have drawn in more than `dares` places is answered again by the good one."""

    good: Tiny
    p: Parameters

    def serve(self, asked: Asked) -> Served:
        p, cheap = self.p, self.good.served(self.p["bits"], bool(self.p["adapted"]))
        if not self._is_cheaper:
            answer = self.good.write(asked.prompt, [], TOKENS, asked.sampling, asked.key)
            return self._marked(asked, answer, self.good, WORK)
        first = TOKENS - TOKENS * p["part"] // 100
        begun = self.good.write(asked.prompt, [], first, asked.sampling, asked.key)
        keys = [asked.key + n for n in range(p["tries"] if p["passes"] else 1)]
        tries = [cheap.write(asked.prompt, begun, TOKENS, asked.sampling, key) for key in keys]
        cost = WORK * first // TOKENS + self._cheap_work * (TOKENS - first) // TOKENS * len(tries)
        if not p["passes"]:
            return self._marked(asked, tries[0], cheap, cost)
        answer = min(tries, key=lambda one: self._strays(asked, one))
        cost += PASS * len(tries)
        if self._strays(asked, answer) > p["dares"]:
            answer = self.good.write(asked.prompt, [], TOKENS, asked.sampling, asked.key)
            cost += WORK
        return self._marked(asked, answer, self.good, cost)

    @property
    def _is_cheaper(self) -> bool:
        return self.p["bits"] < FULL_BITS or not self.p["adapted"]

    @property
    def _cheap_work(self) -> int:
        return WORK * self.p["bits"] // FULL_BITS - (0 if self.p["adapted"] else WORK // 20)

    def _strays(self, asked: Asked, answer: list[int]) -> int:
        logits = self.good.logits(self.good.told(asked.prompt, answer))
        return judged(logits, answer, asked.sampling, asked.key).strayed

    def _marked(self, asked: Asked, answer: list[int], reader: Tiny, cost: int) -> Served:
        mark = fingerprint(reader.told(asked.prompt, answer))
        logits = self.good.logits(self.good.told(asked.prompt, answer))
        return Served(answer, mark, cost, _worse(logits, asked, answer))


def _worse(logits: Rows, asked: Asked, answer: list[int]) -> float:
    """How far below the good model's own draws these are, in the mean over the answer."""
    total = 0.0
    for position, (row, token) in enumerate(zip(logits, answer, strict=True)):
        at = scores(row, asked.sampling, asked.key, position)
        total += float(at.max() - at[token])
    return total / len(answer)


def served(parameters: Parameters, seed: int, answers: int) -> tuple[Tiny, list[tuple[Asked, Served]]]:
    """So many answers of one operator, and the model that it sells."""
    draw, good = random.Random(seed), Tiny.drawn(seed)
    operator, done = Operator(good, parameters), list[tuple[Asked, Served]]()
    for _ in range(answers):
        prompt = [draw.randrange(WORDS) for _ in range(PROMPT)]
        asked = Asked(prompt, WARM if parameters["warm"] else GREEDY, draw.getrandbits(62))
        done.append((asked, operator.serve(asked)))
    return good, done


def detected(parameters: Parameters, seed: int, answers: int, found: Found = by_audit) -> int:
    """How many of so many answers are found false, all of them drawn."""
    good, done = served(parameters, seed, answers)
    return sum(found(good, asked, one) for asked, one in done)


def played(found: Found, ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """Ppm of the fee of a batch of which all is drawn. What he saves is his where every answer is as good as the good
    model's own: who only drafts with a cheap model, and corrects, sold what was bought."""
    good, done = served(parameters, seed, ANSWERS)
    is_found = any(found(good, asked, one) for asked, one in done)
    saved = WORK - sum(one.cost for _, one in done) // ANSWERS
    is_as_good = all(one.worse <= WORSE for _, one in done)
    earned = -BOND if is_found else saved
    return Profit(earned, max(0, saved) if is_as_good else 0, BOND, 0, ANSWERS, PPM)


def play(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    return played(by_audit, ground, parameters, seed)


def play_by_fingerprint(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    return played(by_fingerprint, ground, parameters, seed)


SUBSTITUTION = Attack(
    "substitution",
    "R13: weights of few bits, or no adapter, for part of an answer or all, the best of several tries, on a tiny "
    "network; the good model may read the finished answer once",
    "a loss, but for answers that are as good as the good model's own",
    {
        "bits": Range(2, FULL_BITS),
        "adapted": Range(0, 1),
        "passes": Range(0, 1),
        "part": Range(5, 100),
        "tries": Range(1, 3),
        "dares": Range(0, 4),
        "warm": Range(0, 1),
    },
    play,
    {"fingerprint alone": play_by_fingerprint},
)
