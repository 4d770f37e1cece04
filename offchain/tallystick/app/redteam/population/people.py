"""The participants as arrays, and what each of them owns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tallystick.app.redteam.population.setting import Role, Setting
from tallystick.pipeline.inference.retrieval.places import BEGIN
from tallystick.pipeline.inference.retrieval.rivals import KNOWN

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
PER_TOPIC = 25


@dataclass(frozen=True, slots=True)
class Records:
    """Documents or lessons, one an entry: its owner, topic, worth, retrieval score and place in chain order.

    `origin` is whose content it has: questions move the scores of one content together. `credit` is the shipped gate's,
    `likeness` whether it is found like others of its content. The rest is the shipped memory of it: `known` who gave its
    rise before, by the ids that `World` gives, and `gave` how much, shape (n, KNOWN); `tried` how often others were asked
    about it, `doubt` for how many answers its data set is doubted, `life` how many answers it raised.
    """

    owner: Ints
    origin: Ints
    topic: Ints
    value: Floats
    score: Floats
    order: Ints
    credit: Ints
    likeness: Ints
    known: Ints
    gave: Ints
    tried: Ints
    doubt: Ints
    life: Ints

    def copied(self) -> "Records":
        return Records(*(getattr(self, f).copy() for f in Records.__dataclass_fields__))

    def joined(self, more: "Records") -> "Records":
        return Records(
            *(np.concatenate([getattr(self, f), getattr(more, f)]) for f in Records.__dataclass_fields__)
        )

    def by_topic(self, topics: int, best: Floats, first: Ints) -> tuple["Records", Ints, Ints]:
        """Sorted by topic, the lowest of `first` and the highest of `best` first; where each topic begins, (topics + 1,);
        and the places that the sorted ones had."""
        places = np.lexsort((-best, first, self.topic))
        made = Records(*(getattr(self, f)[places] for f in Records.__dataclass_fields__))
        return made, np.searchsorted(made.topic, np.arange(topics + 1)).astype(np.int64), places


@dataclass(frozen=True, slots=True)
class People:
    """`start` of each role's block of ids; `is_attacker` by id; topics are drawn with `popularity`."""

    setting: Setting
    start: dict[Role, int]
    is_attacker: Bools
    documents: Records
    lessons: Records
    popularity: Floats

    @property
    def size(self) -> int:
        return len(self.is_attacker)

    @property
    def topics(self) -> int:
        return len(self.popularity)

    def ids(self, role: Role) -> Ints:
        return np.arange(self.start[role], self.start[role] + self.setting.count(role))

    def attackers(self, role: Role) -> Ints:
        found: Ints = self.ids(role)[self.is_attacker[self.ids(role)]]
        return found


def people_of(setting: Setting) -> People:
    """The same people for the same seed and size, whoever of them attacks and under whichever rules."""
    draw = np.random.default_rng([setting.seed, 1])
    start, size = dict[Role, int](), 0
    for role in Role:
        start[role] = size
        size += setting.count(role)
    topics = max(1, setting.count(Role.DOCUMENTS) // PER_TOPIC)
    weight = 1.0 / np.arange(1, topics + 1)
    documents = _records(
        draw, start[Role.DOCUMENTS], setting.count(Role.DOCUMENTS), topics, mean=6.0, spread=5.0
    )
    lessons = _records(draw, start[Role.LESSONS], setting.count(Role.LESSONS), topics, mean=0.2, spread=0.4)
    luck = draw.random(size)
    is_attacker = np.zeros(size, dtype=np.bool_)
    for role in Role:
        block = slice(start[role], start[role] + setting.count(role))
        ranks = np.argsort(np.argsort(luck[block]))
        is_attacker[block] = ranks < round(setting.attackers * setting.count(role))
    return People(setting, start, is_attacker, documents, lessons, weight / weight.sum())


def _records(draw: Any, first: int, count: int, topics: int, *, mean: float, spread: float) -> Records:
    """One record each; many are worth nothing, and the retriever sees worth only dimly."""
    value = np.maximum(0.0, draw.normal(mean, spread, count))
    score = draw.normal(0.0, 1.0, count) + value / (2 * spread)
    owner = np.arange(first, first + count)
    return Records(
        owner,
        owner,
        draw.integers(0, topics, count),
        value,
        score,
        draw.permutation(count).astype(np.int64),
        np.full(count, BEGIN, np.int64),
        np.ones(count, np.int64),
        np.full((count, KNOWN), -1, np.int64),
        np.zeros((count, KNOWN), np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
    )
