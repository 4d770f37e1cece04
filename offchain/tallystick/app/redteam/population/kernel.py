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
    gathered,
    learn,
    ranked,
    similar_ones,
)
from tallystick.app.redteam.population.shipped import Nats
from tallystick.domain.ids import Pot
from tallystick.pipeline.attribution.context.channel import FLOOR_NATS
from tallystick.pipeline.attribution.context.earlier import shared
from tallystick.pipeline.attribution.integer_shares import earned_ppm
from tallystick.pipeline.attribution.split import MICRO, increments, parts_of
from tallystick.pipeline.inference.retrieval.places import PLACES, handed
from tallystick.pipeline.inference.retrieval.rivals import (
    DRAWN,
    FIRST,
    KNOWN,
    PROVEN,
    doubt_after,
    entry_for,
    is_asked_about,
)

# How many lessons are scored: the shipped channel scores all of them; these are the most valuable.
SCORED = 64
# The deviation of a measured value (nats; of lessons in the blend's unit).
NOISE, LESSON_NOISE = 0.5, 0.02
CONTEXT_FLOOR: Final = int(FLOOR_NATS * MICRO)
# The training channel's NOISE, in micro-units.
LESSON_FLOOR: Final = 100_000
MOST_ASKED: Final = EARLIEST + FIRST + PROVEN + KNOWN
LINES: Final = (MOST_ASKED + 1) * (PLACES + 1) + 24
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
    topic, taught = answers.topic[k], scored(lessons, answers.topic[k])
    all_near = ranked(documents, gathered(documents, topic), k)
    near = candidates(documents, all_near)
    passages, found, raised = weighed(documents, topic, near, all_near, np.random.random() < 1 / DRAWN)
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


def weighed(shelf: Shelf, topic: int, near: Ints, all_near: Ints, is_drawn: bool) -> tuple[Ints, Any, Ints]:
    """Passages that are paid or stood in the prompt, and what each earned, micro-nats; and of those in the prompt, the
    nearest first, 1 for those that raised the answer and 2 for those whose rise an earlier one took.
    """
    in_order = np.argsort(shelf.order[near])
    room = (MOST_ASKED + 1) * len(near)
    who = np.empty(room, np.int64)
    found, raised = np.zeros(room, np.int64), np.zeros(len(near), np.int64)
    best, bar, at = 0.0, 0, 0
    for rank in in_order:
        place = near[rank]
        before, best = best, max(best, shelf.value[place])
        gain = noisy(best) - bar
        # What the shipped channel asks: only of what is to be paid.
        paid = increments([gain], CONTEXT_FLOOR)
        earlier = near[:0]
        if paid[0] > 0:
            earlier = earlier_ones(shelf, topic, place, near, all_near, is_drawn)
            shelf.asked[0] += len(earlier)
        if len(earlier) > 0:
            others = [noisy(max(before, shelf.value[other])) - bar for other in earlier]
            paid = shared(gain, others, CONTEXT_FLOOR)
            told(shelf, place, earlier, paid)
        own = paid[len(paid) - 1]
        if own > 0:
            shelf.life[place] += 1
        for k in range(len(earlier)):
            who[at], found[at] = earlier[k], paid[k]
            if paid[k] > 0:
                shelf.life[earlier[k]] += 1
            at += 1
        who[at], found[at] = place, own
        at += 1
        raised[rank] = 1 if own > 0 else (2 if sum(paid) > 0 else 0)
        bar += sum(paid)
    return who[:at], found[:at], raised


def told(shelf: Shelf, later: int, earlier: Ints, paid: list[int]) -> None:
    """What is kept of whom was asked about a passage, whose own pay stands last."""
    is_outdone, known = paid[len(paid) - 1] == 0 and sum(paid) > 0, shelf.known[later]
    shelf.tried[later] += 1
    shelf.doubt[later] = doubt_after(shelf.doubt[later], is_outdone)
    for k in range(len(earlier)):
        if paid[k] > 0:
            taken = shelf.credit[later] if is_outdone else 0
            shelf.credit[earlier[k]] = handed(shelf.credit[earlier[k]], taken)
            entry = entry_for(shelf.gave[later], paid[k])
            if entry >= 0 and not (known == earlier[k]).any():
                known[entry], shelf.gave[later, entry] = earlier[k], paid[k]


def earlier_ones(shelf: Shelf, topic: int, place: int, near: Ints, all_near: Ints, is_drawn: bool) -> Ints:
    """Earlier records that are asked beside one that is to be paid, in commit order; none of them in the prompt: those
    found like it, in drawn answers the first candidates, now and then the proven ones, and who gave its rise before."""
    found, at = np.empty(MOST_ASKED, np.int64), 0
    for other in shelf.earliest[shelf.origin[place]]:
        is_before = other >= 0 and shelf.likeness[place] > 0 and shelf.order[other] < shelf.order[place]
        if is_before and not (near == other).any():
            found[at] = other
            at += 1
    if is_drawn:
        at = joined(found, at, all_near[np.argsort(shelf.order[all_near])], FIRST, shelf, place, near)
    if is_asked_about(int(is_drawn), shelf.tried[place], shelf.doubt[place]):
        at = joined(found, at, shelf.useful[topic], PROVEN, shelf, place, near)
    for other in all_near:
        if (shelf.known[place] == other).any():
            at = joined(found, at, np.array([other]), 1, shelf, place, near)
    found = found[:at]
    return found[np.argsort(shelf.order[found])]


def joined(found: Ints, at: int, others: Ints, most: int, shelf: Shelf, place: int, near: Ints) -> int:
    """Writes the first `most` of `others` that are earlier than `place` and not in the prompt; returns how many stand."""
    taken = 0
    for other in others:
        is_open = other >= 0 and shelf.order[other] < shelf.order[place] and not (near == other).any()
        if is_open and taken < most:
            taken += 1
            if not (found[:at] == other).any():
                found[at] = other
                at += 1
    return at


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
