"""Clones against the shipped path: what a thief gains and his victim keeps, and which honest siblings are merged.

The thief owns an honest data set, too, so that his gain is a ratio: his pay over all questions after and before.
He copies records that questions are asked about, the victim's or his own, k times each, into one data set or into
one each ("shells"). In the scenarios that say so the model is trained anew with the copies among its records, and
answers anew.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from random import Random
from typing import Any

from bench.attributed.attacks import paraphrasing
from bench.attributed.attacks.cloning import FORMS
from bench.attributed.attacks.corpus import REPORTED, Body, Fact, Maker, dataset, honest_sets
from bench.attributed.attacks.market import RECIPES, Market, opened
from bench.attributed.laboratory import Laboratory
from bench.harness import Figure
from bench.monitoring import upper_part
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId

SEED = 41
VICTIM, THIEF = 0, 4
COUNTS = {"smoke": (1, 3, 10), "full": (1, 3, 10, 100)}
RECORDS = {"smoke": 4, "full": 40}
ASKED = {"smoke": 2, "full": 20}
# Most copies that the model rewords, or is trained on.
BY_MODEL = {"smoke": 3, "full": 10}
SIBLING_SEEDS = {"smoke": 1, "full": 5}
FIRST_CLONE = 100
CODE = (
    "offchain/tallystick/pipeline/attribution",
    "offchain/tallystick/domain/lexical.py",
    "scripts/bench/attributed/clones.py",
    "scripts/bench/attributed/attacks",
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """`target` is whose records are copied; `shells` gives every copy a data set of its own; `retrained` teaches them to
    the model."""

    form: str
    copies: int
    target: int
    shells: bool = False
    retrained: bool = False

    @property
    def key(self) -> dict[str, Any]:
        told = {"form": self.form, "copies": self.copies, "target": self.target, "shells": self.shells}
        return {**told, "retrained": True} if self.retrained else told


class Bazaar:
    """The honest data sets, the market over them, and what is paid under each attack."""

    def __init__(self, lab: Laboratory) -> None:
        self.lab, self.journal = lab, lab.journal(*CODE)
        self.sets = honest_sets(REPORTED, SEED, RECORDS[lab.scale])
        self.asked = [f for place in (VICTIM, THIEF) for f in self.sets[place][: ASKED[lab.scale]]]
        words = paraphrasing.Paraphraser(
            lab.base, lab.journal("scripts/bench/attributed/attacks/paraphrasing.py")
        )
        self.forms = {**FORMS, paraphrasing.NAME: words.reworded}

    @cached_property
    def market(self) -> Market:
        return self.market_with([])

    def market_with(self, added: Sequence[Dataset]) -> Market:
        """Trained on the honest records and on these."""
        pairs = [(f.body["question"], f.body["answer"]) for s in self.sets for f in s]
        pairs += [(r.body["question"], r.body["answer"]) for d in added for r in d.records]
        made = opened(self.lab.base, pairs, [f.asked for f in self.asked], SEED, self.lab.scale)
        if self.lab.is_smoke:
            made.take([f.body["answer"] for f in self.asked])
        else:
            made.answer_all()
        return made

    def honest(self) -> list[Dataset]:
        return [dataset(i + 1, [f.body for f in s]) for i, s in enumerate(self.sets)]

    def under(self, key: Mapping[str, Any], added: Sequence[Dataset]) -> dict[str, float]:
        """Sums over all questions, of ppm and of naive parts; from the journal where it was measured."""
        told = {
            "part": "clones",
            "scale": self.lab.scale,
            "seed": SEED,
            "recipe": RECIPES[self.lab.scale],
            **key,
        }
        found: dict[str, float] = self.journal.once(
            told, lambda: self._measured(added, retrained="retrained" in key)
        )
        return found

    def _measured(self, added: Sequence[Dataset], *, retrained: bool) -> dict[str, float]:
        sets, market = [*self.honest(), *added], self.market_with(added) if retrained else self.market
        paid, leading = market.paid(sets)
        naive = market.naively_paid(sets)
        thieves = {sets[THIEF].asset_id, *(d.asset_id for d in added)}
        honest = sum(len(s) for s in self.sets)
        return {
            "thief": _sum(paid, thieves),
            "victim": _sum(paid, {sets[VICTIM].asset_id}),
            "all": _sum(paid, {d.asset_id for d in sets}),
            "naive_thief": _sum(naive, thieves),
            "naive_victim": _sum(naive, {sets[VICTIM].asset_id}),
            "undetected": leading - honest,
            "clones": sum(len(d.records) for d in added),
        }

    def attack(self, scenario: Scenario) -> dict[str, float]:
        return self.under(scenario.key, self.clones(scenario))

    def clones(self, scenario: Scenario) -> list[Dataset]:
        stolen = self.sets[scenario.target][: ASKED[self.lab.scale]]
        made = [self._copied(scenario.form, stolen, k) for k in range(scenario.copies)]
        if scenario.shells:
            return [dataset(FIRST_CLONE + k, bodies) for k, bodies in enumerate(made)]
        return [dataset(FIRST_CLONE, [b for bodies in made for b in bodies])]

    def _copied(self, form: str, stolen: Sequence[Fact], number: int) -> list[Body]:
        return self.forms[form](stolen, Random(SEED * 1000 + number))


def scenarios(lab: Laboratory) -> list[Scenario]:
    counts = COUNTS[lab.scale]
    found = [Scenario(form, k, VICTIM) for form in FORMS for k in counts]
    found += [
        Scenario(form, k, VICTIM, shells=True) for form in ("exact", "reworded by rule") for k in counts[1:]
    ]
    found += [
        Scenario(form, k, THIEF) for form in ("exact", "edited 30 %", "reworded by rule") for k in counts
    ]
    few = [k for k in counts if k <= BY_MODEL[lab.scale]]
    found += [Scenario(paraphrasing.NAME, k, VICTIM) for k in few]
    forms = ("exact",) if lab.is_smoke else ("exact", "reworded by rule", paraphrasing.NAME)
    return found + [Scenario(form, few[-1], VICTIM, retrained=True) for form in forms]


def figures(lab: Laboratory) -> Iterator[Figure]:
    """Inflation and what victims keep, the worst of all scenarios; false merges with their exact upper bound."""
    bazaar = Bazaar(lab)
    before = bazaar.under({"form": "none"}, [])
    found = [(s, bazaar.attack(s)) for s in scenarios(lab)]
    for line in table(before, found):
        print(line)
    gains = [(_ratio(after["thief"], before["thief"]), s) for s, after in found]
    kept = [(_ratio(after["victim"], before["victim"]), s) for s, after in found if s.target == VICTIM]
    how = f"{len(found)} scenarios, {len(bazaar.asked)} answers each, seed {SEED}, {lab.scale}"
    worst, least = max(gains, key=lambda g: g[0]), min(kept, key=lambda g: g[0])
    yield Figure("clone_inflation_100", (worst[0],), "x", f"worst: {_told(worst[1])}; {how}")
    yield Figure("clone_victim_kept", (least[0],), "x", f"worst: {_told(least[1])}; {how}")
    naive = [(_ratio(after["naive_thief"], before["naive_thief"]), s) for s, after in found]
    most = max(naive, key=lambda g: g[0])
    yield Figure("clone_inflation_naive", (most[0],), "x", f"BM25 in proportion; worst: {_told(most[1])}")
    yield false_merges(lab)


def false_merges(lab: Laboratory) -> Figure:
    """Honest records that follow another honest one, among siblings of every kind, in the shipped clusters."""
    from tallystick.pipeline.attribution.clusters.cluster import all_texts, cluster
    from tallystick.pipeline.inference.embedder import Embedder

    def measured(seed: int) -> list[int]:
        sets, maker = honest_sets(REPORTED, seed, RECORDS[lab.scale] * 2), Maker(REPORTED, seed + 1)
        honest = [dataset(i + 1, [f.body for f in s]) for i, s in enumerate(sets)]
        notices = [dataset(20 + i, maker.notices(maker.entities(RECORDS[lab.scale]))) for i in range(2)]
        members = cluster([*honest, *notices], Embedder(None).embed(all_texts([*honest, *notices])))
        return [sum(not m.leads(i) for i, m in enumerate(members)), len(members)]

    journal, merged, whole = lab.journal(*CODE), 0, 0
    for seed in range(SEED + 1, SEED + 1 + SIBLING_SEEDS[lab.scale]):
        key = {"part": "siblings", "seed": seed, "scale": lab.scale}
        wrong, count = journal.once(key, partial(measured, seed))
        merged, whole = merged + wrong, whole + count
    high = upper_part(merged, whole)
    how = f"{merged} of {whole} honest siblings merged; the interval's upper end is exact (Clopper-Pearson)"
    return Figure("false_merges", (merged / whole,), "of records", how, within=(merged / whole, high))


def table(
    before: Mapping[str, float], found: Iterable[tuple[Scenario, Mapping[str, float]]]
) -> Iterator[str]:
    """One line a scenario: ours and naive pay, how many of the copies were taken for records of their own."""
    yield f"{'scenario':<44} {'thief x':>8} {'victim':>7} {'naive x':>8} {'naive v':>7}  undetected"
    for scenario, after in found:
        ratios = [
            _ratio(after[name], before[name]) for name in ("thief", "victim", "naive_thief", "naive_victim")
        ]
        told = "{:>8.3f} {:>7.3f} {:>8.3f} {:>7.3f}".format(*ratios)
        yield f"{_told(scenario):<44} {told}  {after['undetected']:g} of {after['clones']:g}"


def _told(scenario: Scenario) -> str:
    where = "own" if scenario.target == THIEF else "victim's"
    how = f"{', in shells' if scenario.shells else ''}{', retrained' if scenario.retrained else ''}"
    return f"{scenario.copies} x {scenario.form}, {where}{how}"


def _ratio(after: float, before: float) -> float:
    if before <= 0:
        raise ValueError(f"nothing was paid before the attack: {json.dumps([after, before])}")
    return after / before


def _sum(paid: Iterable[Mapping[AssetId, float]], assets: Iterable[AssetId]) -> float:
    wanted = set(assets)
    return float(sum(ppm for one in paid for asset, ppm in one.items() if asset in wanted))
