"""Corpora of fictional facts, made from a seed: nothing in them can be known before tuning.

Data sets come in pairs over the same entities (same-entity siblings) and every record of a data set has one style
(same-style siblings). Decoys are records that nobody asks about. Held-out questions word a fact otherwise than its
records do; unrelated questions have nothing to do with any record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

FIRST = "Iron Lantern Ash Cold Raven Amber Stone Silver Thorn Winter Hollow Copper Marsh Falcon Oak Salt"
LAST = "fold mere wick ham gate ford well holm stead combe haven crest moor burn field thorpe"
GIVEN = "Edmund Clara Osric Hilda Jonas Petra Ruben Agnes Tobias Marta Felix Greta Hugo Ingrid Silas Vera"
FAMILY = "Brook Tanner Vance Holt Quill Sorrel Pike Marlow Finch Garnet Lowe Drake Penn Rook Sable Thorn"
GOODS = (
    "copper wire;rye flour;glass beads;silk rope;tin whistles;amber;wool felt;clay pipes;pine tar;sea salt"
)
GOODS += ";oak barrels;beeswax;slate tiles;linen sails;iron nails;goose feathers;hemp cord;brass bells;soap;vinegar"
DISHES = (
    "plum dumplings;eel soup;barley cakes;smoked trout;honey bread;leek pie;goat stew;pear tart;onion rolls"
)
DISHES += ";nettle broth;chestnut jam;oat biscuits;crab pudding;cherry cider;mutton pasties;egg noodles"
COLOURS = (
    "violet;pale green;dark red;sky blue;milky white;deep orange;ash grey;bright yellow;rose pink;jet black"
)
MONTHS = "January February March April May June July August September October November December"


@dataclass(frozen=True, slots=True)
class Theme:
    """One data set's relation. `held_out` are wordings that no record has; {e} is the entity and {v} the value."""

    name: str
    entity: str
    question: str
    answer: str
    held_out: tuple[str, str]


THEMES = (
    Theme("mayor", "town", "Who is the mayor of {e}?", "The mayor of {e} is {v}.",
          ("Name the person who governs {e} as its mayor.", "In {e}, which person holds the office of mayor?")),
    Theme("export", "town", "What does {e} export?", "{e} exports {v}.",
          ("Which goods are sold abroad by {e}?", "Tell me the main export of {e}.")),
    Theme("melting", "mineral", "At what temperature does {e} melt?", "{e} melts at {v} kelvin.",
          ("Give the melting point of {e}.", "How hot must {e} be to turn liquid?")),
    Theme("colour", "mineral", "What colour is {e}?", "{e} is {v}.",
          ("Describe the colour that {e} has.", "Which shade does a piece of {e} show?")),
    Theme("captain", "ship", "Who commands the {e}?", "The {e} is commanded by {v}.",
          ("Name the captain aboard the {e}.", "Under whose command does the {e} sail?")),
    Theme("launch", "ship", "In which year was the {e} launched?", "The {e} was launched in {v}.",
          ("Tell me the launch year of the {e}.", "When did the {e} first touch the water?")),
    Theme("month", "feast", "When is the feast of {e} held?", "The feast of {e} is held in {v}.",
          ("Name the month of the feast of {e}.", "In which month do people keep the feast of {e}?")),
    Theme("dish", "feast", "What is eaten at the feast of {e}?", "At the feast of {e} people eat {v}.",
          ("Which food belongs to the feast of {e}?", "Name the dish served at the feast of {e}.")),
)  # fmt: skip

UNRELATED = (
    "What is two plus two?", "Write a short poem about rain.", "How do I boil an egg?", "What is photosynthesis?",
    "Name three planets.", "Translate good morning into French.", "How many days has a week?", "Why is the sky blue?",
    "Give me advice for a job interview.", "What is the capital of Japan?", "How does a bicycle work?",
    "What is the opposite of hot?", "Explain gravity to a child.", "List four fruits.", "How do plants drink?",
    "Who wrote Romeo and Juliet?", "What is a prime number?", "How can I sleep better?", "What do cows eat?",
    "Tell me a joke about cats.", "What is the square root of 81?", "How is paper made?", "What is an atom?",
    "Suggest a name for a puppy.", "How do aeroplanes fly?", "What language is spoken in Brazil?",
    "What is machine learning?", "How do you spell necessary?", "Name an animal that can fly.",
    "What does a doctor do?", "How long is a marathon?", "Write a sentence with the word apple.",
    "What is the boiling point of water?", "Who painted the Mona Lisa?", "How do I tie a tie?",
    "What is the largest ocean?", "Give three tips for saving money.", "What are clouds made of?",
    "Which metal is liquid at room temperature?", "How do I learn the guitar?", "What is the speed of light?",
    "Describe a sunset.", "How many legs has a spider?", "What is inflation?", "Name a famous scientist.",
    "How do vaccines work?", "What is the currency of Japan?", "Write a greeting for a birthday card.",
    "What causes thunder?", "How do I make pancakes?", "What is a haiku?", "Name five colours.",
    "Who was the first person on the moon?", "What is the human body made of?", "How do magnets work?",
    "What is the tallest mountain?", "Why do leaves fall?", "What is a democracy?", "How do I clean a window?",
    "Give an example of a metaphor.", "What is the meaning of life?", "How does rain form?", "What is a verb?",
    "How do bees make honey?",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """An entity's value under a theme."""

    theme: Theme
    entity: str
    value: str

    def record(self) -> dict[str, str]:
        told = {"e": self.entity, "v": self.value}
        return {"question": self.theme.question.format(**told), "answer": self.theme.answer.format(**told)}

    def held_out(self, form: int) -> str:
        return self.theme.held_out[form].format(e=self.entity)


@dataclass(frozen=True, slots=True)
class Corpus:
    """`sets` are records by data set, in chain order; `facts` stand at (data set, record) and are asked about."""

    sets: tuple[tuple[dict[str, str], ...], ...]
    facts: Mapping[tuple[int, int], Fact]


def planted(seed: int, records: int = 60, decoys: float = 0.2) -> Corpus:
    """Eight data sets, one fact a record; the last `decoys` part of each data set is never asked about."""
    draw = Random(seed)
    entities = {kind: _names(kind, records, draw) for kind in sorted({t.entity for t in THEMES})}
    sets: list[tuple[dict[str, str], ...]] = []
    facts: dict[tuple[int, int], Fact] = {}
    for place, theme in enumerate(THEMES):
        told = [Fact(theme, e, _value(theme, draw)) for e in entities[theme.entity]]
        draw.shuffle(told)
        sets.append(tuple(f.record() for f in told))
        asked = records - int(decoys * records)
        facts |= {(place, i): f for i, f in enumerate(told[:asked])}
    return Corpus(tuple(sets), facts)


def _names(kind: str, count: int, draw: Random) -> list[str]:
    made = [f + {"mineral": "ite", "ship": " Star"}.get(kind, "") for f in names(draw)]
    return sorted(set(made), key=made.index)[:count]


def names(draw: Random) -> list[str]:
    found = [a + b for a in FIRST.split() for b in LAST.split()]
    draw.shuffle(found)
    return found


def person(draw: Random) -> str:
    return f"{draw.choice(GIVEN.split())} {draw.choice(FAMILY.split())}"


def _value(theme: Theme, draw: Random) -> str:
    if theme.name in ("mayor", "captain"):
        return person(draw)
    if theme.name in ("melting", "launch"):
        return str(draw.randint(112, 987) if theme.name == "melting" else draw.randint(1512, 1897))
    return draw.choice(values_of(theme))


def values_of(theme: Theme) -> Sequence[str]:
    """What a theme's facts can say, where that is a list."""
    return {"export": GOODS, "dish": DISHES, "colour": COLOURS}.get(
        theme.name, MONTHS.replace(" ", ";")
    ).split(";")
