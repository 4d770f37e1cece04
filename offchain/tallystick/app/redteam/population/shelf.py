"""A topic's passages for the kernel: the shipped gate over them, and the earlier ones like each. Runs as machine code."""

from typing import Any, NamedTuple

import numpy as np

from tallystick.app.redteam.population.people import Floats, Ints, Records
from tallystick.pipeline.inference.retrieval.places import BEGIN, chosen, learnt, passed_over

# How many proven, tried and spent passages are ranked for a question; by similarity alone, how many of all and kept.
SEEN, KEPT = 32, 4
# How far a question moves scores.
JITTER = 0.5
# Of one content, whose earliest records are asked about: as many as the shipped channel asks about.
EARLIEST = 2
# Of a topic, how many of the records that raised most answers are looked at.
USEFUL = 16


class Shelf(NamedTuple):
    """Records by topic: proven ones first, then those on trial, the best first; `begins` has shape (topics + 1,).

    `earliest` are the places of the first two of each content, by origin, and `useful` of each topic those that raised
    most answers, -1 for none; `known` are places. `asked` counts whom anybody was compared with. What is learnt is
    written to `credit`, `known`, `gave`, `tried`, `doubt` and `life`.
    """

    owner: Ints
    origin: Ints
    value: Floats
    score: Floats
    order: Ints
    credit: Ints
    likeness: Ints
    begins: Ints
    earliest: Ints
    known: Ints
    gave: Ints
    tried: Ints
    doubt: Ints
    life: Ints
    useful: Ints
    asked: Ints


def shelf_of(records: Records, topics: int, best: Floats, *, is_gated: bool) -> tuple[Shelf, Ints]:
    """The shelf, and the places in `records` of what stands on it. `best` decides what is looked at first."""
    level = np.where(records.credit > BEGIN, 0, np.where(records.credit > 0, 1, 2))
    made, begins, places = records.by_topic(topics, best, level if is_gated else np.zeros_like(level))
    found = Shelf(
        made.owner,
        made.origin,
        made.value,
        made.score,
        made.order,
        made.credit,
        made.likeness,
        begins,
        _earliest(made),
        made.known,
        made.gave,
        made.tried,
        made.doubt,
        made.life,
        _useful(made, begins),
        np.zeros(1, np.int64),
    )
    return found, places


def _useful(made: Records, begins: Ints) -> Ints:
    """Of each topic the places of the USEFUL records that raised most answers so far, -1 for none."""
    found = np.full((len(begins) - 1, USEFUL), -1, np.int64)
    raised = np.lexsort((-made.life, made.topic))
    for place in range(USEFUL):
        at = begins[:-1] + place
        is_there = at < begins[1:]
        who = raised[at[is_there]]
        found[is_there, place] = np.where(made.life[who] > 0, who, -1)
    return found


def _earliest(made: Records) -> Ints:
    found = np.full((int(made.origin.max()) + 1, EARLIEST), -1, np.int64)
    alike = np.flatnonzero(made.likeness)
    alike = alike[np.lexsort((made.order[alike], made.origin[alike]))]
    origin = made.origin[alike]
    for place in range(EARLIEST):
        is_first = np.ones(len(alike), np.bool_)
        is_first[1:] = origin[1:] != origin[:-1]
        found[origin[is_first], place] = alike[is_first]
        alike, origin = alike[~is_first], origin[~is_first]
    return found


def moved(answer: int, origin: int) -> float:
    """How far a question moves the scores of one content, much like a normal number: a hash of both."""
    mixed = (answer * 2_654_435_761 + origin * 40_503 + 12_345) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 2_246_822_519) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 3_266_489_917) & 0xFFFFFFFF
    total = (mixed & 255) + ((mixed >> 8) & 255) + ((mixed >> 16) & 255) + (mixed >> 24)
    return JITTER * (total - 510.0) / 147.8


def ranked(shelf: Shelf, places: Ints, answer: int) -> Ints:
    """By this question's scores, the nearest first."""
    scores = np.empty(len(places))
    for k in range(len(places)):
        scores[k] = shelf.score[places[k]] + moved(answer, shelf.origin[places[k]])
    found: Ints = places[np.argsort(-scores)]
    return found


def gathered(shelf: Shelf, topic: int) -> Ints:
    """Places of the best of each level, as credits stand now."""
    first, last = shelf.begins[topic], shelf.begins[topic + 1]
    counts, found, at = np.zeros(3, np.int64), np.empty(3 * SEEN, np.int64), 0
    for place in range(first, last):
        credit = shelf.credit[place]
        level = 0 if credit > BEGIN else (1 if credit > 0 else 2)
        if counts[level] < SEEN:
            counts[level] += 1
            found[at] = place
            at += 1
        if counts[1] == SEEN and counts[0] == SEEN:
            break
    return found[:at]


def candidates(shelf: Shelf, near: Ints) -> Ints:
    """Places that the gate lets into the prompt, the nearest first; `near` are all that are near the question."""
    credits = shelf.credit[near]
    picks = chosen(credits)  # type: ignore[arg-type]
    if len(near) > 0 and (len(picks) == 0 or picks[0] != 0):
        shelf.credit[near[0]] = passed_over(credits[0])
    return near[np.array(picks)] if len(picks) > 0 else near[:0]


def learn(shelf: Shelf, near: Ints, raised: Ints) -> None:
    """`raised` is 1 for whoever raised the answer, 2 for whose rise an earlier one took."""
    told = learnt(shelf.credit[near], raised, (raised == 2).any())  # type: ignore[arg-type]
    for rank in range(len(near)):
        shelf.credit[near[rank]] = told[rank]


def similar_ones(shelf: Shelf, topic: int, answer: int) -> Any:
    """Without a gate: the best by this question's scores, in commit order."""
    first = shelf.begins[topic]
    seen = first + np.arange(min(SEEN, shelf.begins[topic + 1] - first))
    places = ranked(shelf, seen, answer)[:KEPT]
    return places[np.argsort(shelf.order[places])]
