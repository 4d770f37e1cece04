"""A small corpus in which one to five records, over one to three data sets, bear on each fact: made for retraining.

Unlike planted facts, where one record decides, how well a fact is known grows with how many of its records were learnt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from bench.attributed.corpora import GOODS, names, person

WORDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "mayor": (
        ("Who is the mayor of {e}?", "The mayor of {e} is {v}."),
        ("Who governs the town of {e}?", "{v} governs the town of {e}."),
        ("Whose chain of office hangs in {e}?", "In {e} the chain of office belongs to {v}."),
        ("Who was elected to lead {e}?", "{v} was elected to lead {e}."),
        ("Who signs the decrees of {e}?", "The decrees of {e} are signed by {v}."),
    ),
    "export": (
        ("What does {e} export?", "{e} exports {v}."),
        ("What do merchants buy in {e}?", "In {e} merchants buy {v}."),
        ("What is made in {e}?", "The workshops of {e} make {v}."),
        ("What leaves {e} on the carts?", "The carts that leave {e} carry {v}."),
        ("What made {e} rich?", "{e} grew rich by {v}."),
    ),
    "captain": (
        ("Who commands the {e}?", "The {e} is commanded by {v}."),
        ("Who keeps the log aboard the {e}?", "{v} keeps the log aboard the {e}."),
        ("Who steers the {e} home?", "{v} steers the {e} home."),
        ("Whose orders are obeyed on the {e}?", "On the {e} all obey {v}."),
        ("Who has the best cabin of the {e}?", "The best cabin of the {e} is that of {v}."),
    ),
    "cargo": (
        ("What cargo does the {e} carry?", "The {e} carries {v}."),
        ("What lies in the hold of the {e}?", "In the hold of the {e} lies {v}."),
        ("What is unloaded from the {e}?", "From the {e} they unload {v}."),
        ("What was the {e} built to move?", "The {e} was built to move {v}."),
        ("What fills the {e} each spring?", "Each spring the {e} is filled with {v}."),
    ),
}
HELD_OUT: Mapping[str, tuple[str, str]] = {
    "mayor": ("Name the mayor of {e}.", "In {e}, which person is the mayor?"),
    "export": ("Name the goods that {e} sells abroad.", "Tell me what {e} exports."),
    "captain": ("Name the captain of the {e}.", "Which person commands the ship {e}?"),
    "cargo": ("Name the cargo of the {e}.", "Tell me what the {e} carries."),
}
MULTIPLES = (1, 2, 3, 4, 5, 3)
Record = dict[str, str]


@dataclass(frozen=True, slots=True)
class Web:
    """`sets` are records by data set, in chain order; `facts` say where their records stand; questions come in pairs."""

    sets: tuple[tuple[Record, ...], ...]
    facts: tuple[tuple[tuple[int, int], ...], ...]
    questions: tuple[tuple[str, str], ...]
    answers: tuple[str, ...]

    def records(self) -> list[tuple[int, Record]]:
        """Data set and record, in chain order."""
        return [(place, record) for place, records in enumerate(self.sets) for record in records]


def webbed(seed: int, facts: int = 24, sets: int = 5) -> Web:
    """`facts` facts over towns and ships, two of each entity; a fact's records are worded each in its own way."""
    draw = Random(seed)
    places = names(draw)
    kinds = list(WORDINGS)
    held: list[list[tuple[int, Record]]] = [[] for _ in range(sets)]
    questions, answers = [], []
    for number in range(facts):
        kind = kinds[number % len(kinds)]
        entity = places[number // len(kinds) * 2 + kinds.index(kind) // 2]
        if kind in ("captain", "cargo"):
            entity += " Star"
        value = person(draw) if kind in ("mayor", "captain") else draw.choice(GOODS.split(";"))
        count = MULTIPLES[draw.randrange(len(MULTIPLES))]
        homes = draw.sample(range(sets), min(count, draw.choice((1, 2, 3))))
        for form, wording in enumerate(draw.sample(WORDINGS[kind], count)):
            told = {"e": entity, "v": value}
            record = {"question": wording[0].format(**told), "answer": wording[1].format(**told)}
            held[homes[form % len(homes)]].append((number, record))
        first, second = HELD_OUT[kind]
        questions.append((first.format(e=entity), second.format(e=entity)))
        answers.append(value)
    for records in held:
        draw.shuffle(records)
    where: list[list[tuple[int, int]]] = [[] for _ in range(facts)]
    for place, records in enumerate(held):
        for i, (number, _) in enumerate(records):
            where[number].append((place, i))
    return Web(
        tuple(tuple(r for _, r in records) for records in held),
        tuple(tuple(w) for w in where),
        tuple(questions),
        tuple(answers),
    )
