"""R4: passages made by a machine, as many as one likes, spread thin between those that people ask about."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.sharing.rules import by_bar
from tallystick.app.redteam.attacks.sharing.texts import embedded, facts
from tallystick.app.redteam.attacks.stage import Stage, account_of, as_
from tallystick.app.redteam.attacks.swarm import asset_of
from tallystick.commitments.keccak import keccak256
from tallystick.domain.answers.usefulness import Lesson
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import ZERO_HASH
from tallystick.domain.money import PPM
from tallystick.pipeline.attribution.clusters.cluster import Member, all_texts, cluster
from tallystick.pipeline.attribution.split import MICRO, Claim, noise_floor
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret
from tallystick.pipeline.inference.retrieval.library import Library, Passage, place_of

OWNERS, FACTS, ROUNDS = 4, 4, 12
PURSE = 10**12
# What a locked bond costs a year, permille, and the fees of all answers while one is held, base units. Assumptions.
RATE, MARKET, POT = 50, 10**10, 2_000
YEAR = 365 * 86_400


class Words:
    """The encoder: likeness of words alone."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return embedded(list(texts))


@dataclass(frozen=True, slots=True)
class Told:
    """Ppm over all answers: what the flood got, and what honest people got with and without it."""

    flood: int
    honest: int
    alone: int
    answers: int


def play(ground: Ground, p: Parameters, seed: int) -> Profit:
    """The bond comes back: what it costs is its time. He may earn half of that back; the honest keep 98 %."""
    draw = random.Random(seed)
    bond, holding = _registered(Stage(ground), p)
    told = asked(draw, p)
    cost = bond * RATE * holding // (1_000 * YEAR)
    paid, lost = (
        MARKET * POT // 10_000 * ppm // (told.answers * PPM)
        for ppm in (told.flood, max(0, told.alone * 98 // 100 - told.honest))
    )
    return Profit(paid - cost, -cost // 2, bond, lost, told.answers, MARKET)


def asked(draw: random.Random, p: Parameters) -> Told:
    """Every fact is asked about once a round, in any order; the flood comes after `warm` of the rounds."""
    honest = [_dataset(f"owner {n}", n, facts(draw, FACTS)) for n in range(OWNERS)]
    texts = [r.text for d in honest for r in d.records]
    share = -(-p["chunks"] // p["sets"])
    flood = [
        _dataset(f"flood {n}", OWNERS + n, [made(texts, p, draw) for _ in range(share)])
        for n in range(p["sets"])
    ]
    worth = [draw.randint(MICRO // 10, 5 * MICRO) for _ in texts]
    orders = [draw.sample(range(len(texts)), len(texts)) for _ in range(ROUNDS)]
    noisy = draw.getrandbits(32)
    with_, without = (
        _paid([honest, [*honest, *more]], texts, worth, orders, p, random.Random(noisy))
        for more in (flood, [])
    )
    return Told(with_[1], with_[0], without[0], ROUNDS * len(texts))


def _paid(
    shelves: list[list[Dataset]],
    texts: list[str],
    worth: list[int],
    orders: list[list[int]],
    p: Parameters,
    draw: random.Random,
) -> tuple[int, int]:
    """Ppm of the honest and of the others. A passage is worth something where it is the fact that was asked for."""
    libraries = [Library(_leaders(sets), Words()) for sets in shelves]
    libraries[1].usefulness = libraries[0].usefulness
    people, floor, sums = {d.asset_id for d in shelves[0]}, noise_floor(p["noise"]), [0, 0]
    noise = p["noise"]
    for turn, order in enumerate(orders):
        library = libraries[turn >= p["warm"]]
        for place in order:
            shown = library.search(question_of(texts[place], draw))
            claims = [
                Claim(
                    s.dataset_id,
                    s.order,
                    s.record_index,
                    round(draw.gauss(_worth(s, texts[place], worth[place]), noise)),
                )
                for s in sorted(shown, key=lambda s: (s.order, s.record_index))
            ]
            got = by_bar(claims, floor).ppm() if claims else {}
            raised = frozenset(place_of(s) for s in shown if got.get(s.dataset_id, 0))
            library.usefulness.learn(Lesson(tuple(place_of(s) for s in shown), raised, ()))
            for asset, ppm in got.items():
                sums[asset not in people] += ppm
    return sums[0], sums[1]


def _worth(passage: Passage, text: str, worth: int) -> int:
    return worth if passage.text == text else 0


def question_of(text: str, draw: random.Random) -> str:
    """Most of a fact's words, without its numbers."""
    return " ".join(w for w in _plain(text).split() if draw.random() < 0.85)


def made(texts: list[str], p: Parameters, draw: random.Random) -> str:
    """Words of a fact, of which so many permille are their like in another: a chain of words over all texts. `aimed` is
    among how many facts he chooses; a `plain` one leaves out what no question has."""
    words = draw.choice(texts[: p["aimed"]]).split()
    for place in range(len(words)):
        if draw.random() < p["chained"] / 1_000:
            other = draw.choice(texts).split()
            words[place] = other[min(place, len(other) - 1)]
    return _plain(" ".join(words)) if p["plain"] else " ".join(words)


def _plain(text: str) -> str:
    return " ".join(w for w in text.strip(".").split() if not any(c.isdigit() for c in w))


def _leaders(sets: list[Dataset]) -> list[Passage]:
    rows = embedded(all_texts(sets))
    members: Sequence[Member] = cluster(sets, rows)
    return [
        Passage(m.dataset_id, m.order, m.record_index, "", m.text)
        for place, m in enumerate(members)
        if m.leads(place)
    ]


def _dataset(name: str, order: int, texts: list[str]) -> Dataset:
    records = make_records([{"text": text} for text in texts], salts_from_secret(ZERO_HASH))
    return Dataset(name, account_of(name), tuple(records), ZERO_HASH, 1, asset_of(name), order)


def _registered(stage: Stage, p: Parameters) -> tuple[int, int]:
    """What his data sets lock on the shipped registry, and for how many seconds; none gives it back before."""
    registry, share, salt = stage.contracts.DatasetRegistry, -(-p["chunks"] // p["sets"]), bytes(32)
    stage.give("mallory", PURSE)
    before, assets = stage.wealth("mallory"), []
    roots = [keccak256(b"flood" + n.to_bytes(4)) for n in range(p["sets"])]
    for root in roots:
        registry.commit(registry.commitmentOf(account_of("mallory"), root, salt), as_("mallory"))
    stage.ground.wait(int(registry.commitDelay()) + 1)
    for root in roots:
        assets.append(registry.reveal((root, root, salt, ZERO_HASH, share, 1), as_("mallory")))
    return before - stage.wealth("mallory"), int(registry.bondHolding())


FLOOD = Attack(
    "flood",
    "R4: up to 300 machine-made passages in up to 8 data sets, of words that facts have, before or after these have "
    "proven useful",
    "half of what the bond's time costs, and the honest keep 98 %",
    {
        "chunks": Range(10, 300, is_wide=True),
        "sets": Range(1, 8),
        "chained": Range(50, 1_000),
        "aimed": Range(1, OWNERS * FACTS),
        "plain": Range(0, 1),
        "noise": Range(1_000, MICRO // 10, is_wide=True),
        "warm": Range(0, ROUNDS - 1),
    },
    play,
)
