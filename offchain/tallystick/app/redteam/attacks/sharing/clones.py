"""R2, R3, R15: copies of what earns, answers registered as data, passages that only look useful."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.sharing.rules import BASELINES, Rule, by_bar
from tallystick.app.redteam.attacks.sharing.texts import edited, embedded, facts
from tallystick.app.redteam.attacks.stage import account_of
from tallystick.app.redteam.attacks.swarm import asset_of
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import ZERO_HASH, AssetId
from tallystick.domain.money import PPM
from tallystick.pipeline.attribution.clusters.cluster import all_texts, cluster
from tallystick.pipeline.attribution.split import MICRO, Claim, noise_floor
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret

OWNERS, RECORDS, ANSWERS, MOST = 5, 4, 20, 60
# Of all edited words; below it a copy counts as near.
NEAR = 50
WHOLE = 1_000


@dataclass(frozen=True, slots=True)
class Raid:
    """How the thief's data sets differ from the victim's: `worth` is what a copy is worth of the original, permille;
    whether clusters look for it; and what he may get of the pot and leave of the victim's pay, permille."""

    worth: int
    clustered: bool
    may_get: int
    must_leave: int


@dataclass(frozen=True, slots=True)
class Paid:
    """Ppm over all answers; `alone` is what victim and others got before there was a thief."""

    thief: int
    victim: int
    others: int
    alone: int
    others_alone: int


def played(rule: Rule, clustered: bool, raid: Raid, p: Parameters, seed: int) -> Paid:
    """The victim's data set is the earliest but for `first` others; the thief's come after all."""
    draw = random.Random(seed)
    sets = _honest(draw, p)
    thieves = [_copy(sets[0], n, p, draw) for n in range(p["copies"])]
    leading = _leading([*sets, *thieves]) if clustered and raid.clustered else None
    floor, sums = noise_floor(p["noise"]), [0, 0, 0, 0, 0]
    for _ in range(ANSWERS):
        record, worth = draw.randrange(RECORDS), draw.randint(MICRO // 10, 5 * MICRO)
        honest = [
            _claim(s, record, worth if n == 0 else draw.randint(0, worth), p, draw)
            for n, s in enumerate(sets)
        ]
        kept = worth * raid.worth // 1_000
        copied = [
            _claim(t, record, kept, p, draw)
            for t in thieves
            if leading is None or (t.asset_id, record) in leading
        ]
        with_, without = rule([*honest, *copied], floor).ppm(), rule(honest, floor).ppm()
        mine = {c.asset_id for c in copied}
        victim = sets[0].asset_id
        sums[0] += sum(v for k, v in with_.items() if k in mine)
        sums[1] += with_.get(victim, 0)
        sums[2] += sum(v for k, v in with_.items() if k not in mine and k != victim)
        sums[3] += without.get(victim, 0)
        sums[4] += sum(v for k, v in without.items() if k != victim)
    return Paid(*sums)


def play(raid: Raid, rule: Rule, clustered: bool, ground: Ground, p: Parameters, seed: int) -> Profit:
    """`own` is whether the victim is the thief himself, who then may not have a unit more than before."""
    paid = played(rule, clustered, raid, p, seed)
    locked = p["copies"] * int(ground.contracts.DatasetRegistry.bondOf(RECORDS))
    volume = ANSWERS * PPM
    if p["own"]:
        gain = paid.thief + paid.victim - paid.alone
        return Profit(
            gain, ANSWERS, locked, max(0, paid.others_alone - paid.others - ANSWERS), ANSWERS, volume
        )
    near = raid.clustered and p["edited"] <= NEAR
    get, leave = (0, 999) if near else (raid.may_get, raid.must_leave)
    lost = max(0, paid.alone * leave // 1_000 - paid.victim)
    return Profit(paid.thief, volume * get // 1_000, locked, lost, ANSWERS, volume)


def _honest(draw: random.Random, p: Parameters) -> list[Dataset]:
    made = [facts(draw, RECORDS) for _ in range(OWNERS)]
    places = list(range(OWNERS))
    places.insert(min(p["first"], OWNERS - 1), places.pop(0))
    return [_dataset(f"owner {n}", places.index(n), texts) for n, texts in enumerate(made)]


def _copy(victim: Dataset, number: int, p: Parameters, draw: random.Random) -> Dataset:
    texts = [edited(r.text, p["edited"], bool(p["shuffled"]), draw) for r in victim.records]
    return _dataset(f"thief {number}", OWNERS + number, texts)


def _dataset(name: str, order: int, texts: list[str]) -> Dataset:
    records = make_records([{"text": text} for text in texts], salts_from_secret(ZERO_HASH))
    return Dataset(name, account_of(name), tuple(records), ZERO_HASH, 1, asset_of(name), order)


def _leading(sets: list[Dataset]) -> set[tuple[AssetId, int]]:
    """Records that the shipped clusters let lead."""
    rows: np.ndarray[tuple[int, int], np.dtype[np.float32]] = embedded(all_texts(sets))
    members = cluster(sets, rows)
    return {(m.dataset_id, m.record_index) for place, m in enumerate(members) if m.leads(place)}


def _claim(dataset: Dataset, record: int, worth: int, p: Parameters, draw: random.Random) -> Claim:
    measured = round(draw.gauss(worth, p["noise"]))
    return Claim(dataset.asset_id, dataset.order or 0, record, measured)


def _attack(name: str, about: str, bar: str, raid: Raid, space: Mapping[str, Range]) -> Attack:
    fixed = {"copies": Range(1, MOST, is_wide=True), "noise": Range(1_000, MICRO // 10, is_wide=True)}
    beside = {rule: partial(play, raid, by, False) for rule, by in BASELINES.items()}
    return Attack(name, about, bar, {**fixed, **space}, partial(play, raid, by_bar, True), beside)


CLONES = _attack(
    "clones",
    "R2: up to 60 data sets that copy the best-paid one, or one's own, edited by up to 30 %, words shuffled or not",
    "near copies: nothing, the victim keeps 99.9 %; others: 5 % of the pot at most, 90 %; own copies: not a unit more",
    Raid(WHOLE, True, 50, 900),
    {"edited": Range(0, 300), "shuffled": Range(0, 1), "first": Range(0, 4), "own": Range(0, 1)},
)
LAUNDERING = _attack(
    "laundering",
    "R15: the model's own answers, as good as what they came from, registered and trained on; no cluster finds them",
    "5 % of the pot at most, and the victim keeps 90 %",
    Raid(WHOLE, False, 50, 900),
    {"edited": Range(0, 0), "shuffled": Range(0, 0), "first": Range(0, 4), "own": Range(0, 0)},
)
STUFFING = _attack(
    "stuffing",
    "R3: passages that are found and give the answer nothing, beside those that do",
    "1 % of the pot at most, and the victim keeps 99.9 % (who is found is the population's)",
    Raid(0, False, 10, 999),
    {"edited": Range(0, 0), "shuffled": Range(0, 0), "first": Range(0, 4), "own": Range(0, 0)},
)
