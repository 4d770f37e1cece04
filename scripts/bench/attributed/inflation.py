"""Published inflation attacks against the shipped path: a thief's pay after over before, in both channels.

In the training channel the thief changes his own registered records and keeps the best of several variants. He
may ask the served model (Outlier), or only his own guesses of the questions (Shadow); what is told is his pay on
the real questions.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from random import Random
from typing import Any

from bench.attributed.attacks.corpus import Body, Fact, dataset
from bench.attributed.attacks.inflating import CHANGES, keyworded, poisoned
from bench.attributed.attacks.market import RECIPES
from bench.attributed.clones import ASKED, CODE, SEED, THIEF, VICTIM, Bazaar
from bench.attributed.laboratory import Laboratory
from bench.harness import Figure
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId, Pot

VARIANTS = {"smoke": 2, "full": 16}
PASSAGES_ASKED = {"smoke": 2, "full": 10}
POISONS = 5
LATER = 200
SOURCES = (
    *CODE,
    "offchain/tallystick/pipeline/inference",
    "scripts/bench/attributed/inflation.py",
)


class Trade:
    """The bazaar's model and data sets, with a thief who changes his own."""

    def __init__(self, lab: Laboratory) -> None:
        self.lab, self.bazaar, self.journal = lab, Bazaar(lab), lab.journal(*SOURCES)
        asked = ASKED[lab.scale]
        self.own, self.victim = self.bazaar.sets[THIEF], self.bazaar.sets[VICTIM][:asked]

    def once(self, key: Mapping[str, Any], measure: Any) -> float:
        told = {
            "part": "inflation",
            "scale": self.lab.scale,
            "seed": SEED,
            "recipe": RECIPES[self.lab.scale],
            **key,
        }
        found: float = self.journal.once(told, measure)
        return found

    def with_own(self, bodies: Sequence[Body]) -> list[Dataset]:
        """The honest data sets, with the thief's in this form."""
        sets = self.bazaar.honest()
        sets[THIEF] = dataset(THIEF + 1, bodies)
        return sets

    def pay(self, bodies: Sequence[Body], *, guessed: bool = False) -> float:
        """The thief's ppm over the real questions, or over his own records' questions as he guesses them."""
        market, sets = self.bazaar.market, self.with_own(bodies)
        if guessed:
            market = self.shadow()
        paid, _ = market.paid(sets)
        return float(sum(p.get(sets[THIEF].asset_id, 0) for p in paid))

    def shadow(self) -> Any:
        """The same model, asked what the thief's own records ask: no answer to a real question."""
        from dataclasses import replace

        market = self.bazaar.market
        other = replace(market, questions=[f.body["question"] for f in self.own[: ASKED[self.lab.scale]]])
        other.answers = []
        other.answer_all()
        return other

    def inflated(self, name: str, *, guessed: bool) -> float:
        """Pay on the real questions of the variant that the thief's search likes best."""
        best: list[Body] = [dict(f.body) for f in self.own]
        reached = self.once({"form": "as it is", "guessed": guessed}, lambda: self.pay(best, guessed=guessed))
        for k in range(VARIANTS[self.lab.scale]):
            made = CHANGES[name](self.own, self.victim, Random(SEED + k))
            key = {"form": name, "variant": k, "guessed": guessed}
            found = self.once(key, partial(self.pay, made, guessed=guessed))
            if found > reached:
                best, reached = made, found
        return self.once({"form": name, "chosen": guessed}, lambda: self.pay(best)) if guessed else reached


class Shelf:
    """The context channel: passages of victim and thief, then with the thief's added ones."""

    def __init__(self, trade: Trade) -> None:
        self.trade, asked = trade, PASSAGES_ASKED[trade.lab.scale]
        sets = trade.bazaar.sets
        self.asked = [*sets[VICTIM][:asked], *sets[THIEF][:asked]]
        self.honest = [dataset(i + 1, _documents(s)) for i, s in enumerate(sets)]

    def pay(self, added: Sequence[Body]) -> float:
        """The thief's ppm of the retrieval pot over all questions."""
        from tallystick.pipeline.attribution.clusters.cluster import all_texts, cluster, in_order
        from tallystick.pipeline.inference.retrieval.library import Library, Passage

        market = self.trade.bazaar.market
        sets = [*self.honest, *([dataset(LATER, added)] if added else [])]
        members = cluster(sets, market.embedded(all_texts(sets)))
        bodies = [r.body for d in in_order(sets) for r in d.records]
        library = Library(
            [
                Passage(m.dataset_id, m.order, m.record_index, b.get("title", ""), b["text"])
                for i, (m, b) in enumerate(zip(members, bodies, strict=True))
                if m.leads(i)
            ],
            market.encoder,
        )
        thieves = {self.honest[THIEF].asset_id, *(d.asset_id for d in sets[len(self.honest) :])}
        return sum(self._paid(library, fact, thieves) for fact in self.asked)

    @cached_property
    def _index(self) -> Any:
        return self.trade.bazaar.market.index_of(self.trade.bazaar.honest())

    def _paid(self, library: Any, fact: Fact, thieves: set[AssetId]) -> float:
        from bench.attributed.attacks.market import MOST_TOKENS
        from tallystick.domain.attribution import passage_text
        from tallystick.pipeline.attribution.attribute import Attributor

        market = self.trade.bazaar.market
        messages = [{"role": "user", "content": fact.asked}]
        passages = library.search(fact.asked)
        prompt = market.scorer.encode_prompt(messages, [passage_text(p) for p in passages])
        tokens = list(market.scorer.engine.generate(prompt, MOST_TOKENS))
        made = Attributor(market.scorer, self._index, ()).attribute(
            messages, passages, [t.token_id for t in tokens], "".join(t.text for t in tokens)
        )
        return float(sum(s.ppm for s in made.shares if s.pot is Pot.RETRIEVAL and s.asset_id in thieves))


def _documents(facts: Sequence[Fact]) -> list[Body]:
    return [{"title": "", "text": f.body["answer"]} for f in facts]


def figures(lab: Laboratory) -> Iterator[Figure]:
    """The worst inflation of all published attacks, each printed."""
    trade = Trade(lab)
    honest = trade.once(
        {"form": "as it is", "guessed": False}, lambda: trade.pay([f.body for f in trade.own])
    )
    found = {}
    for name in CHANGES:
        for guessed in (False, True):
            told = f"{name}, {'shadow' if guessed else 'served model asked'}"
            found[told] = trade.inflated(name, guessed=guessed) / honest
    shelf = Shelf(trade)
    shelved = trade.once({"form": "honest passages"}, lambda: shelf.pay([]))
    for told, make in (("PoisonedRAG passages", poisoned), ("stuffed passages", keyworded)):
        added = make(trade.victim[: PASSAGES_ASKED[lab.scale]], Random(SEED), POISONS)
        found[told] = trade.once({"form": told}, partial(shelf.pay, added)) / shelved
    for told, ratio in found.items():
        print(f"{told:<40} {ratio:8.3f} x")
    worst = max(found, key=lambda name: found[name])
    how = f"worst of {len(found)}: {worst}; best of {VARIANTS[lab.scale]} variants, model not retrained, {lab.scale}"
    yield Figure("inflation_published_attacks", (found[worst],), "x", how)
