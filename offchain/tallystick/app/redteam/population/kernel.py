"""One epoch's answers to shares: retrieval, values, and the shipped split of each pot. Runs as machine code.

A passage's value is the log-probability that an answer gains from it; the answer has the best passage's, so that values
of prefixes are running maxima with a measurement's noise. A channel's floor is the shipped one.
"""

from typing import Any, Final, NamedTuple

import numpy as np

from tallystick.app.redteam.population.people import Floats, Ints
from tallystick.app.redteam.population.shipped import Nats
from tallystick.domain.ids import Pot
from tallystick.pipeline.attribution.context.channel import FLOOR_NATS
from tallystick.pipeline.attribution.integer_shares import earned_ppm
from tallystick.pipeline.attribution.split import MICRO, increments, parts_of

# How many documents are ranked for a question, how many stand in the prompt, how many lessons are scored: the shipped
# channel scores all of them; these are the most valuable.
SEEN, KEPT, SCORED = 32, 4, 64
# How far a question moves scores, and the deviation of a measured value (nats; of lessons in the blend's unit).
JITTER, NOISE, LESSON_NOISE = 0.5, 0.5, 0.02
CONTEXT_FLOOR: Final = int(FLOOR_NATS * MICRO)
# The training channel's NOISE, in micro-units.
LESSON_FLOOR: Final = 100_000
LINES: Final = KEPT + 24
# Nats a token: what the base model gives an answer, and what a wholly learnt fact adds to that.
BASE, LEARNT = -2.0, 0.3
# Of the earned lineage pot, in ppm: the tuner's own part, the rest goes to the base model.
TUNED: Final = 600_000
PPM: Final = 1_000_000
OPERATOR, RETRIEVAL = int(Pot.OPERATOR), int(Pot.RETRIEVAL)
LINEAGE, TRAINING = int(Pot.LINEAGE), int(Pot.TRAINING)
Out = tuple[Ints, Ints, Ints, Ints]


class Shelf(NamedTuple):
    """Records by topic, best first; `begins` has shape (topics + 1,)."""

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
    """Lines of answers, in their order: whom each pays, from which pot, how much of it."""

    answer: Ints
    owner: Ints
    pot: Ints
    ppm: Ints


def epoch(seed: int, answers: Answers, documents: Shelf, lessons: Shelf, is_naive: bool) -> tuple[Out, int]:
    """The columns of `Lines` with room to spare, and how many there are."""
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
        if is_naive:
            at = naive(out, at, k, answers, documents, lessons)
        else:
            at = shipped(out, at, k, answers, documents, lessons)
    return out, at


def shipped(out: Out, at: int, k: int, answers: Answers, documents: Shelf, lessons: Shelf) -> int:
    """One answer by the shipped rules; returns where the next line goes."""
    passages, taught = candidates(documents, answers.topic[k], k), scored(lessons, answers.topic[k])
    found = array_of(increments(measured(documents, passages), CONTEXT_FLOOR))
    learnt = array_of(increments(claimed(lessons, taught), LESSON_FLOOR))
    adapter = BASE + LEARNT * learnt.sum() / MICRO
    gains = Nats(BASE, adapter, adapter + found.sum() / MICRO / answers.tokens[k])
    trained_ppm, retrieved_ppm = earned_ppm(gains)  # type: ignore[arg-type]
    tuned = array_of(parts_of(trained_ppm, array_of([TUNED]), PPM))
    retrieved = array_of(parts_of(retrieved_ppm, found))
    trained = array_of(parts_of(trained_ppm, learnt))
    at = written(out, at, k, answers.operator[k], OPERATOR, PPM)
    at = pay(out, at, k, documents.owner[passages], retrieved, RETRIEVAL, answers)
    at = pay(out, at, k, answers.tuner[k : k + 1], tuned, LINEAGE, answers)
    return pay(out, at, k, lessons.owner[taught], trained, TRAINING, answers)


def naive(out: Out, at: int, k: int, answers: Answers, documents: Shelf, lessons: Shelf) -> int:
    """One answer by similarity: every pot is paid whole to whatever looks near, copies included."""
    passages, taught = candidates(documents, answers.topic[k], k), candidates(lessons, answers.topic[k], k)
    retrieved = array_of(parts_of(PPM, similar(documents, passages)))
    trained = array_of(parts_of(PPM, similar(lessons, taught)))
    at = written(out, at, k, answers.operator[k], OPERATOR, PPM)
    at = pay(out, at, k, documents.owner[passages], retrieved, RETRIEVAL, answers)
    at = pay(out, at, k, answers.tuner[k : k + 1], np.array([PPM]), LINEAGE, answers)
    return pay(out, at, k, lessons.owner[taught], trained, TRAINING, answers)


def array_of(values: list[int]) -> Any:
    return np.array(values)


def moved(answer: int, origin: int) -> float:
    """How far a question moves the scores of one content, much like a normal number: a hash of both."""
    mixed = (answer * 2_654_435_761 + origin * 40_503 + 12_345) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 2_246_822_519) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 3_266_489_917) & 0xFFFFFFFF
    total = (mixed & 255) + ((mixed >> 8) & 255) + ((mixed >> 16) & 255) + (mixed >> 24)
    return JITTER * (total - 510.0) / 147.8


def candidates(shelf: Shelf, topic: int, answer: int) -> Ints:
    """Places of the best by this question's scores, in commit order."""
    first = shelf.begins[topic]
    size = min(SEEN, shelf.begins[topic + 1] - first)
    scores = np.empty(size)
    for k in range(size):
        scores[k] = shelf.score[first + k] + moved(answer, shelf.origin[first + k])
    places = first + np.argsort(-scores)[: min(KEPT, size)]
    found: Ints = places[np.argsort(shelf.order[places])]
    return found


def scored(shelf: Shelf, topic: int) -> Ints:
    """Places of a topic's lessons, in commit order."""
    first = shelf.begins[topic]
    places = first + np.arange(min(SCORED, shelf.begins[topic + 1] - first))
    found: Ints = places[np.argsort(shelf.order[places])]
    return found


def measured(shelf: Shelf, places: Ints) -> Any:
    """Micro-nats of the running maximum, with noise."""
    found, best = np.empty(len(places), np.int64), 0.0
    for k in range(len(places)):
        best = max(best, shelf.value[places[k]])
        found[k] = int((best + np.random.normal(0.0, NOISE)) * MICRO)
    return found


def claimed(shelf: Shelf, places: Ints) -> Any:
    """Micro-units of each lesson by itself, with noise: what the shipped blend claims."""
    found = np.empty(len(places), np.int64)
    for k in range(len(places)):
        found[k] = int((shelf.value[places[k]] + np.random.normal(0.0, LESSON_NOISE)) * MICRO)
    return found


def similar(shelf: Shelf, places: Ints) -> Any:
    """Pay by similarity: what the naive rules have for a value."""
    found = np.empty(len(places), np.int64)
    for k in range(len(places)):
        found[k] = int(np.exp(shelf.score[places[k]]) * MICRO)
    return found


def pay(out: Out, at: int, k: int, who: Ints, parts: Ints, pot: int, answers: Answers) -> int:
    """One pot's lines, less what the operator takes aside."""
    taken, thief, whole = answers.taken[k], answers.operator[k], parts.sum()
    if taken < 0:
        return written(out, at, k, thief, pot, PPM)
    aside = min(taken, whole)
    at = written(out, at, k, thief, pot, aside)
    for place, part in enumerate(parts_of(whole - aside, parts)):  # type: ignore[arg-type]
        at = written(out, at, k, who[place], pot, part)
    return at


def written(out: Out, at: int, answer: int, owner: int, pot: int, ppm: int) -> int:
    if ppm <= 0 or at >= (answer + 1) * LINES:
        return at
    answers, owners, pots, parts = out
    answers[at], owners[at], pots[at], parts[at] = answer, owner, pot, ppm
    return at + 1
