"""One epoch's answers to shares: retrieval, values, and the shipped split of each pot. Runs as machine code.

A passage's value is the log-probability that an answer gains from it; the answer has the best passage's, so that values
of prefixes are running maxima with a measurement's noise. A channel's floor is the shipped one.
"""

from typing import Any, Final, NamedTuple

import numpy as np

from tallystick.app.redteam.population.people import Ints
from tallystick.app.redteam.population.shelf import (
    EARLIEST,
    Shelf,
    candidates,
    learn,
    similar_ones,
)
from tallystick.app.redteam.population.shipped import Nats
from tallystick.domain.ids import Pot
from tallystick.pipeline.attribution.context.channel import FLOOR_NATS
from tallystick.pipeline.attribution.context.earlier import shared
from tallystick.pipeline.attribution.integer_shares import earned_ppm
from tallystick.pipeline.attribution.split import MICRO, increments, parts_of
from tallystick.pipeline.inference.retrieval.places import PLACES, after

# How many lessons are scored: the shipped channel scores all of them; these are the most valuable.
SCORED = 64
# The deviation of a measured value (nats; of lessons in the blend's unit).
NOISE, LESSON_NOISE = 0.5, 0.02
CONTEXT_FLOOR: Final = int(FLOOR_NATS * MICRO)
# The training channel's NOISE, in micro-units.
LESSON_FLOOR: Final = 100_000
LINES: Final = 3 * (PLACES + 1) + 24
# Nats a token: what the base model gives an answer, and what a wholly learnt fact adds to that.
BASE, LEARNT = -2.0, 0.3
# Of the earned lineage pot, in ppm: the tuner's own part, the rest goes to the base model.
TUNED: Final = 600_000
PPM: Final = 1_000_000
OPERATOR, RETRIEVAL = int(Pot.OPERATOR), int(Pot.RETRIEVAL)
LINEAGE, TRAINING = int(Pot.LINEAGE), int(Pot.TRAINING)
Out = tuple[Ints, Ints, Ints, Ints]


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
    near, taught = candidates(documents, answers.topic[k], k), scored(lessons, answers.topic[k])
    passages, found, raised = weighed(documents, near)
    learn(documents, near, raised)
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
    passages, taught = (
        similar_ones(documents, answers.topic[k], k),
        similar_ones(lessons, answers.topic[k], k),
    )
    retrieved = array_of(parts_of(PPM, similar(documents, passages)))
    trained = array_of(parts_of(PPM, similar(lessons, taught)))
    at = written(out, at, k, answers.operator[k], OPERATOR, PPM)
    at = pay(out, at, k, documents.owner[passages], retrieved, RETRIEVAL, answers)
    at = pay(out, at, k, answers.tuner[k : k + 1], np.array([PPM]), LINEAGE, answers)
    return pay(out, at, k, lessons.owner[taught], trained, TRAINING, answers)


def array_of(values: list[int]) -> Any:
    return np.array(values)


def scored(shelf: Shelf, topic: int) -> Ints:
    """Places of a topic's lessons, in commit order."""
    first = shelf.begins[topic]
    places = first + np.arange(min(SCORED, shelf.begins[topic + 1] - first))
    found: Ints = places[np.argsort(shelf.order[places])]
    return found


def weighed(shelf: Shelf, near: Ints) -> tuple[Ints, Any, Ints]:
    """Passages that are paid or stood in the prompt, and what each earned, micro-nats; and of those in the prompt, the
    nearest first, 1 for those that raised the answer and 2 for those whose rise an earlier one took.
    """
    in_order = np.argsort(shelf.order[near])
    who = np.empty(3 * len(near), np.int64)
    found, raised = np.zeros(3 * len(near), np.int64), np.zeros(len(near), np.int64)
    best, bar, at = 0.0, 0, 0
    for rank in in_order:
        place = near[rank]
        before, best = best, max(best, shelf.value[place])
        gain = noisy(best) - bar
        earlier = earlier_ones(shelf, place, near)
        others = [noisy(max(before, shelf.value[other])) - bar for other in earlier]
        # What the shipped channel asks: only of what is to be paid.
        paid = increments([gain], CONTEXT_FLOOR)
        if paid[0] > 0 and len(earlier) > 0:
            paid = shared(gain, others, CONTEXT_FLOOR)
        for k in range(len(paid) - 1):
            who[at], found[at] = earlier[k], paid[k]
            if paid[k] > 0:
                shelf.credit[earlier[k]] = after(shelf.credit[earlier[k]], True)
            at += 1
        who[at], found[at] = place, paid[len(paid) - 1]
        at += 1
        raised[rank] = 1 if paid[len(paid) - 1] > 0 else (2 if sum(paid) > 0 else 0)
        bar += sum(paid)
    return who[:at], found[:at], raised


def earlier_ones(shelf: Shelf, place: int, near: Ints) -> Ints:
    """Earlier records of its content which are found like it and do not stand in the prompt, in commit order."""
    found, at = np.empty(EARLIEST, np.int64), 0
    for other in shelf.earliest[shelf.origin[place]]:
        is_before = other >= 0 and shelf.likeness[place] > 0 and shelf.order[other] < shelf.order[place]
        if is_before and not (near == other).any():
            found[at] = other
            at += 1
    return found[:at]


def noisy(nats: float) -> int:
    return int((nats + np.random.normal(0.0, NOISE)) * MICRO)


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
