"""Questions about made-up places, each with passages of which one holds the answer; endless by seed."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tallystick.domain.ids import AssetId

Encode = Callable[[Sequence[dict[str, str]], Sequence[str]], list[int]]
_FIRST = ("Tarn", "Quill", "Brae", "Osk", "Velm", "Hath", "Corr", "Dun", "Ister", "Lorn")
_LAST = ("mere", "wick", "holm", "ford", "stead", "haven", "combe", "ness", "by", "thorpe")
_WORKS = ("aqueduct", "observatory", "tannery", "signal tower", "ropewalk", "granary", "foundry")
_PEOPLE = ("Ada Renn", "Bors Tyler", "Cleo Marsh", "Dorn Hale", "Edda Frost", "Finn Orchard", "Greta Lowe")
_OTHER = (
    "Its market opens on the second Tuesday of each month and sells wool, salt and lamp oil",
    "The lane behind it floods in spring, so that carts take the ridge road until the end of May",
    "A small museum keeps the old ledgers and lends them to schools for a week at a time",
    "Visitors pay two coins at the gate and may stay until the evening bell has rung twice",
)


@dataclass(frozen=True, slots=True)
class ScenePassage:
    order: int
    text: str
    title: str = ""
    record_index: int = 0

    @property
    def dataset_id(self) -> AssetId:
        return AssetId((self.order + 1).to_bytes(32))


@dataclass(frozen=True, slots=True)
class Scene:
    """`passages` stand in commit order; the one at `place` holds the answer."""

    question: str
    passages: tuple[ScenePassage, ...]
    place: int

    @property
    def messages(self) -> list[dict[str, str]]:
        return [{"role": "user", "content": self.question}]


def scene(seed: int, *, passages: int = 4, sentences: int = 2) -> Scene:
    """One seed, one scene; the telling passage takes every place in turn."""
    draw = random.Random(seed)
    towns = draw.sample([a + b for a in _FIRST for b in _LAST], passages)
    place = seed % passages
    told = tuple(ScenePassage(order, _passage(draw, town, sentences)) for order, town in enumerate(towns))
    work = told[place].text.split(" of ", 1)[0].removeprefix("The ")
    return Scene(f"Who built the {work} of {towns[place]}, and in which year?", told, place)


def _passage(draw: random.Random, town: str, sentences: int) -> str:
    fact = f"The {draw.choice(_WORKS)} of {town} was built by {draw.choice(_PEOPLE)} in {draw.randint(1640, 1930)}"
    return ". ".join([fact, *draw.sample(_OTHER, sentences - 1)]) + "."


def of_length(made: Scene, encode: Encode, tokens: int) -> Scene:
    """The scene with words added to its last passage, or taken from its end, until the prompt has `tokens` ids or one
    word's fewer."""
    passages, filler = list(made.passages), " ".join(_OTHER).split()
    kept, last = passages[:-1], passages[-1]

    def length(words: Sequence[str]) -> int:
        texts = [*(p.text for p in kept), " ".join(words)]
        return len(encode(made.messages, texts))

    words = last.text.split()
    while length(words) < tokens:
        words.append(filler[len(words) % len(filler)])
    while length(words) > tokens:
        words.pop()
    return Scene(made.question, (*kept, ScenePassage(last.order, " ".join(words))), made.place)
