"""Planted data sets for the attacks: facts of invented things, by templates; siblings share a template, an entity
or both.

`TUNING` chose the thresholds, `REPORTED` is what is told: other things, templates, syllables and rewordings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret

Body = dict[str, str]


@dataclass(frozen=True, slots=True)
class Attribute:
    """Question, answer, the same reworded, and how a consumer asks; `{e}` the entity, `{v}` the value."""

    question: str
    answer: str
    reworded: tuple[tuple[str, str], ...]
    asked: str
    values: str


@dataclass(frozen=True, slots=True)
class Family:
    entity: str
    syllables: tuple[str, ...]
    goods: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    notice: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A record with what a consumer may ask about it."""

    body: Body
    asked: str
    reworded: tuple[Body, ...]


def _words(told: str) -> tuple[str, ...]:
    return tuple(told.split())


def _listed(told: str) -> tuple[str, ...]:
    return tuple(told.split(", "))


TUNING = Family(
    entity="{}",
    syllables=_words("zor vel kan mir tos bru pel dax lun qui rho nex tal fen"),
    goods=_listed(
        "copper wire, rye flour, glass beads, silk rope, tin whistles, amber, wool felt, clay pipes, oak barrels,"
        " sea salt, candles, saffron, iron nails, paper, honey, chalk"
    ),
    attributes=(
        Attribute(
            "Who is the mayor of {e}?",
            "The mayor of {e} is {v}.",
            (
                ("Name the head of the town council in {e}.", "{v} heads the town council in {e}."),
                ("Which person runs {e} as its mayor?", "As its mayor, {v} runs {e}."),
            ),
            "Tell me the name of the mayor of {e}.",
            "name",
        ),
        Attribute(
            "What does {e} export?",
            "{e} mostly exports {v}.",
            (("Which goods leave {e} for other places?", "The goods that leave {e} are {v}."),),
            "Which goods does {e} sell abroad?",
            "goods",
        ),
        Attribute(
            "When was {e} founded?",
            "{e} was founded in the year {v}.",
            (("What is the founding year of {e}?", "Settlers began {e} back in {v}."),),
            "In which year was {e} founded?",
            "year",
        ),
    ),
    notice=(
        "Notice to travellers who come to {e}. The gates close at sunset and open again at first light, dogs are"
        " kept on a lead, and whoever stays longer than a week reports to the warden {v}. The market stands on the"
        " square by the old well and sells {w} until noon."
    ),
)

REPORTED = Family(
    entity="the {}",
    syllables=_words("ashe brin corl deva esk fal gwen hul ister jor kell lomb mave oph"),
    goods=_listed(
        "cedar planks, dried figs, lamp oil, red ochre, marble dust, goat hides, cloves, bronze bells, indigo, barley,"
        " pitch, linen cloth, cork, almonds, tallow, slate tiles"
    ),
    attributes=(
        Attribute(
            "Under which captain does {e} sail?",
            "At sea {e} is commanded by Captain {v}.",
            (
                ("Whose command is {e} under?", "The person who commands {e} on the water is Captain {v}."),
                ("Give the skipper of {e}.", "Captain {v} is skipper of {e}."),
            ),
            "Who is the captain of {e}?",
            "name",
        ),
        Attribute(
            "What cargo does {e} carry?",
            "In her hold {e} carries a cargo of {v}.",
            (("With what is {e} usually loaded?", "As a rule {e} is loaded with {v}."),),
            "Which cargo is in the hold of {e}?",
            "goods",
        ),
        Attribute(
            "How old is the hull of {e}?",
            "Shipwrights laid down the hull of {e} in {v}.",
            (("What year was {e} built?", "Her builders started on {e} in {v}."),),
            "In what year was the hull of {e} laid down?",
            "year",
        ),
    ),
    notice=(
        "Harbour order for {e}. She takes her berth at the long pier after the tide has turned, shows a green lamp"
        " from dusk to dawn, and pays her dues to the purser {v} before unloading. Barrels of {w} stay under cover"
        " in wet weather, and nobody smokes on the quay."
    ),
)


class Maker:
    """Facts of one family, by seed; entities are never used twice."""

    def __init__(self, family: Family, seed: int) -> None:
        self.family, self.draw, self._seen = family, Random(seed), set[str]()

    def name(self) -> str:
        made = "".join(self.draw.sample(self.family.syllables, 2))
        while made in self._seen:
            made += self.draw.choice(self.family.syllables)
        self._seen.add(made)
        return made.capitalize()

    def entities(self, count: int) -> list[str]:
        return [self.family.entity.format(self.name()) for _ in range(count)]

    def value(self, kind: str) -> str:
        if kind == "name":
            return f"{self.name()} {self.name()}"
        return str(self.draw.randint(1100, 1990)) if kind == "year" else self.draw.choice(self.family.goods)

    def facts(self, attribute: int, entities: Sequence[str], unlike: Sequence[Fact] = ()) -> list[Fact]:
        """One fact an entity; its value is never that of the fact of `unlike` at its place."""
        told = self.family.attributes[attribute]
        found = []
        for place, entity in enumerate(entities):
            at = {"e": entity, "v": self.value(told.values)}
            while unlike and at["v"] in unlike[place].body["answer"]:
                at["v"] = self.value(told.values)
            reworded = tuple(_body(q.format(**at), a.format(**at)) for q, a in told.reworded)
            body = _body(told.question.format(**at), told.answer.format(**at))
            found.append(Fact(body, told.asked.format(**at), reworded))
        return found

    def notices(self, entities: Sequence[str]) -> list[Body]:
        at = self.family.notice
        return [{"text": at.format(e=e, v=self.value("name"), w=self.value("goods"))} for e in entities]


def _body(question: str, answer: str) -> Body:
    return {"question": _capital(question), "answer": _capital(answer)}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def honest_sets(family: Family, seed: int, records: int) -> list[list[Fact]]:
    """Six data sets: each attribute of the same entities, then the first two of others, then other values for the
    goods."""
    maker = Maker(family, seed)
    ours, others = maker.entities(records), maker.entities(records)
    made = [maker.facts(a, ours) for a in range(3)]
    return [*made, maker.facts(0, others), maker.facts(1, others), maker.facts(1, ours, made[1])]


def dataset(order: int, bodies: Sequence[Body], name: str = "planted") -> Dataset:
    """Registered as number `order` on the chain."""
    records = make_records(bodies, salts_from_secret(order.to_bytes(32, "big")))
    asset = AssetId(order.to_bytes(32, "big"))
    return Dataset(name, Address("0x" + "00" * 20), records, Hash(bytes(32)), 1, asset, order)
