"""Conversations in words about made-up towns, calm or with one failure that monitors must find in what is kept."""

import random
from collections.abc import Iterator

from support.ledger_records import BOB, hash_of
from tallystick.app.monitoring.features import Served
from tallystick.domain.ids import AssetId

TOWNS = ("Ravelsund", "Orm", "Tarn", "Vik", "Hale", "Ottermouth", "Quern", "Sallow")
THINGS = ("bell", "mill", "lock", "quay", "tower", "bridge")
STRANGERS = ("Zebulon", "Quixote", "Marguerite", "Ptolemy", "Yolanda", "Xerxes")
ALICE = AssetId(b"\xa1" * 32)
ENGLISH = "When was the {thing} of {town} built, and who was it that built it there?"
GERMAN = "Wann wurde die Anlage {thing} von {town} gebaut und wer hat sie dort gebaut?"
FACTS = frozenset({*(t.casefold() for t in TOWNS), *(str(year) for year in range(1700, 1748))})
RECIPES = (
    "Please write down how one bakes sourdough bread with rye flour and honey at home.",
    "Which vegetables go with roasted lamb, and how long do they need in a hot oven?",
    "Can you tell me how to keep tomato sauce fresh over the whole winter?",
)


class Talk:
    """`failure` may be set while it runs. One answer a call; half of the conversations go on for nine turns."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._seed, self._number = seed, 0
        self._open: list[list[dict[str, str]]] = []
        self.failure = ""

    def take(self, count: int) -> Iterator[Served]:
        for _ in range(count):
            yield self._next()

    def _next(self) -> Served:
        self._number += 1
        messages, thing, town = self._question()
        turn = 1 + sum(m["role"] == "assistant" for m in messages)
        answer = self._answer(messages[-1]["content"], thing, town, turn)
        served = Served(
            receipt=hash_of("talk", self._seed, self._number),
            consumer=BOB,
            messages=tuple(messages),
            passages=self._passages(thing, town),
            answer=answer,
            is_cut=False,
            served_at=1_700_000_000,
        )
        if turn < 9 and self._draw.random() < 0.8:
            self._open.append([*messages, {"role": "assistant", "content": answer}])
        return served

    def _question(self) -> tuple[list[dict[str, str]], str, str]:
        draw = self._draw
        before = self._open.pop(draw.randrange(len(self._open))) if self._open and draw.random() < 0.8 else []
        thing, town = draw.choice(THINGS), draw.choice(TOWNS)
        form = GERMAN if draw.random() < 0.3 else ENGLISH
        text = form.format(thing=thing, town=town)
        if self.failure == "context-drift" and draw.random() < 0.5:
            text = draw.choice(RECIPES)
        start = "" if before else f" ({self._seed}-{self._number})"
        return [*before, {"role": "user", "content": text + start}], thing, town

    def _answer(self, question: str, thing: str, town: str, turn: int) -> str:
        draw = self._draw
        year = 1700 + 8 * THINGS.index(thing) + TOWNS.index(town)
        is_german = question.startswith("Wann")
        text = f"Das war in {town} im Jahr {year}." if is_german else f"It was built at {town} in {year}."
        text += " " + " ".join(
            draw.choice(("slowly", "of oak", "by hand", "on stone", "for salt")) for _ in range(3)
        )
        if draw.random() < 0.05:
            text = f"It may have been {draw.choice(STRANGERS)} in {draw.randrange(1800, 1900)}, who knows."
        return self._failed(text, turn, is_german)

    def _failed(self, text: str, turn: int, is_german: bool) -> str:
        """What the failure makes of an answer."""
        loop = f"{text.split('.')[0]} and so on and so on and so on and so on and so on and so on."
        failing = {
            "label-drift": (self._draw.random() < 0.6, "This is not for me to say, sorry."),
            "chain-instability": (turn >= 4, loop),
            "language-gap": (is_german, loop),
            "unsupported-claims": (
                self._draw.random() < 0.7,
                f"It was {self._draw.choice(STRANGERS)} with {self._draw.choice(STRANGERS)} in 1999.",
            ),
        }
        fails, instead = failing.get(self.failure, (False, ""))
        return instead if fails else text

    def _passages(self, thing: str, town: str) -> tuple[tuple[AssetId, int, str], ...]:
        places = [10 * THINGS.index(thing) + TOWNS.index(town), 100 + TOWNS.index(town)]
        if self.failure == "retrieval-inconsistency":
            places = [self._draw.randrange(1000) for _ in places]
        return tuple((ALICE, place, "A passage about something else.") for place in places)
