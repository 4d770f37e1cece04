"""One epoch's answers to shares, in machine code: retrieval, values, and the shipped split of each pot.

A passage's value is the log-probability that an answer gains from it; the answer has the best passage's, so that values
of prefixes are running maxima with a measurement's noise. A channel's floor is the shipped one.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np

from tallystick.app.redteam.population.people import Floats, Ints
from tallystick.app.redteam.population.shipped import Nats, compiler, shipped_rules
from tallystick.domain.ids import Pot
from tallystick.pipeline.attribution.context.channel import FLOOR_NATS
from tallystick.pipeline.attribution.split import MICRO

# How many documents are ranked for a question, how many stand in the prompt, how many lessons are scored: the shipped
# channel scores all of them; these are the most valuable.
SEEN, KEPT, SCORED = 32, 4, 64
# How far a question moves scores, and the deviation of a measured value (nats; of lessons in the blend's unit).
JITTER, NOISE, LESSON_NOISE = 0.5, 0.5, 0.02
LESSON_FLOOR: Final = 100_000
LINES: Final = KEPT + 24
# Nats a token: what the base model gives an answer, and what a wholly learnt fact adds to that.
BASE, LEARNT = -2.0, 0.3
# Of the earned lineage pot, in ppm: the tuner's own part, the rest goes to the base model.
TUNED: Final = 600_000
PPM: Final = 1_000_000


class Shelf(NamedTuple):
    """Records by topic, best scores first; `begins` has shape (topics + 1,)."""

    owner: Ints
    origin: Ints
    value: Floats
    score: Floats
    order: Ints
    begins: Ints


class Answers(NamedTuple):
    """One entry an answer. `taken` is the ppm of every pot that its operator keeps aside, -1 where it takes all."""

    topic: Ints
    tokens: Ints
    operator: Ints
    tuner: Ints
    taken: Ints


class Lines(NamedTuple):
    """`count` lines of answers: whom each pays, from which pot, how much of it. Shape (answers * LINES,)."""

    answer: Ints
    owner: Ints
    pot: Ints
    ppm: Ints
    count: int


@cache
def serve() -> Callable[[int, Answers, Shelf, Shelf, bool], Any]:
    """The compiled epoch, to `Lines`: of a seed, answers, documents, lessons, and whether the naive rules hold."""
    njit, rules = compiler().njit, shipped_rules()
    increments, parts_of, earned_ppm = rules
    context_floor = int(FLOOR_NATS * MICRO)
    retrieval, lineage, training, operator_pot = (
        int(Pot.RETRIEVAL),
        int(Pot.LINEAGE),
        int(Pot.TRAINING),
        int(Pot.OPERATOR),
    )

    @njit
    def moved(answer: int, origin: int) -> float:
        """How far a question moves the scores of one content, much like a normal number: a hash of both."""
        mixed = (answer * 2_654_435_761 + origin * 40_503 + 12_345) & 0xFFFFFFFF
        mixed = ((mixed ^ (mixed >> 15)) * 2_246_822_519) & 0xFFFFFFFF
        mixed = ((mixed ^ (mixed >> 13)) * 3_266_489_917) & 0xFFFFFFFF
        total = (mixed & 255) + ((mixed >> 8) & 255) + ((mixed >> 16) & 255) + (mixed >> 24)
        return JITTER * (total - 510.0) / 147.8

    @njit
    def candidates(shelf: Any, topic: int, answer: int) -> Any:
        """Places of the best by this question's scores, in commit order."""
        first = shelf.begins[topic]
        size = min(SEEN, shelf.begins[topic + 1] - first)
        scores = np.empty(size)
        for k in range(size):
            scores[k] = shelf.score[first + k] + moved(answer, shelf.origin[first + k])
        places = first + np.argsort(-scores)[: min(KEPT, size)]
        return places[np.argsort(shelf.order[places])]

    @njit
    def scored(shelf: Any, topic: int) -> Any:
        """Places of a topic's lessons, in commit order."""
        first = shelf.begins[topic]
        places = first + np.arange(min(SCORED, shelf.begins[topic + 1] - first))
        return places[np.argsort(shelf.order[places])]

    @njit
    def measured(shelf: Any, places: Any, noise: float) -> Any:
        """Micro-units of the running maximum, with noise."""
        found, best = np.empty(len(places), np.int64), 0.0
        for k in range(len(places)):
            best = max(best, shelf.value[places[k]])
            found[k] = int((best + np.random.normal(0.0, noise)) * MICRO)
        return found

    @njit
    def claimed(shelf: Any, places: Any, noise: float) -> Any:
        """Micro-units of each lesson by itself, with noise: what the shipped blend claims."""
        found = np.empty(len(places), np.int64)
        for k in range(len(places)):
            found[k] = int((shelf.value[places[k]] + np.random.normal(0.0, noise)) * MICRO)
        return found

    @njit
    def similar(shelf: Any, places: Any) -> Any:
        """Pay by similarity: what the naive rules have for a value."""
        found = np.empty(len(places), np.int64)
        for k in range(len(places)):
            found[k] = int(np.exp(shelf.score[places[k]]) * MICRO)
        return found

    @njit
    def written(out: Any, at: int, answer: int, owner: int, pot: int, ppm: int) -> int:
        if ppm <= 0 or at >= (answer + 1) * LINES:
            return at
        answers, owners, pots, parts = out
        answers[at], owners[at], pots[at], parts[at] = answer, owner, pot, ppm
        return at + 1

    @njit
    def pay(out: Any, at: int, answer: int, who: Any, parts: Any, pot: int, taken: int, thief: int) -> int:
        """One pot's lines, less what the operator takes aside."""
        whole = 0
        for part in parts:
            whole += part
        aside = PPM if taken < 0 else min(taken, whole)
        at = written(out, at, answer, thief, pot, aside)
        if taken < 0:
            return at
        for k, part in enumerate(parts_of(whole - aside, parts)):
            at = written(out, at, answer, who[k], pot, part)
        return at

    @njit
    def one(out: Any, at: int, k: int, answers: Any, documents: Any, lessons: Any, is_naive: bool) -> int:
        passages = candidates(documents, answers.topic[k], k)
        taught = candidates(lessons, answers.topic[k], k) if is_naive else scored(lessons, answers.topic[k])
        if is_naive:
            found, learnt = similar(documents, passages), similar(lessons, taught)
            retrieved_ppm, trained_ppm = PPM, PPM
        else:
            found = np.array(increments(measured(documents, passages, NOISE), context_floor))
            learnt = np.array(increments(claimed(lessons, taught, LESSON_NOISE), LESSON_FLOOR))
            adapter = BASE + LEARNT * learnt.sum() / MICRO
            gains = Nats(BASE, adapter, adapter + found.sum() / MICRO / answers.tokens[k])
            trained_ppm, retrieved_ppm = earned_ppm(gains)
        taken, thief, tuner = answers.taken[k], answers.operator[k], answers.tuner[k]
        at = written(out, at, k, thief, operator_pot, PPM)
        at = pay(
            out, at, k, documents.owner[passages], parts_of(retrieved_ppm, found), retrieval, taken, thief
        )
        tuned = parts_of(trained_ppm, np.array([TUNED]), PPM)
        at = pay(out, at, k, np.array([tuner]), tuned, lineage, taken, thief)
        return pay(out, at, k, lessons.owner[taught], parts_of(trained_ppm, learnt), training, taken, thief)

    @njit
    def epoch(seed: int, answers: Any, documents: Any, lessons: Any, is_naive: bool) -> Any:
        np.random.seed(seed)
        room = len(answers.topic) * LINES
        out = (
            np.empty(room, np.int64),
            np.empty(room, np.int64),
            np.empty(room, np.int64),
            np.empty(room, np.int64),
        )
        at = 0
        for k in range(len(answers.topic)):
            at = one(out, at, k, answers, documents, lessons, is_naive)
        return out, at

    return epoch  # type: ignore[no-any-return]
