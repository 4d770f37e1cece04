"""Served traffic out of a seed, calm or with one failure from some answer on. Says nothing of how monitors work."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256

from tallystick.domain.ids import Hash
from tallystick.domain.traffic import PPM, Entry, FeedbackSample, ServedSample

AXES, TOPICS, QUESTIONS = 48, 5, 12
CHAIN_TURNS = 9


@dataclass(frozen=True, slots=True)
class World:
    """How traffic is made. Probabilities are per answer, losses and their rises are parts of 1."""

    new_topic: float = 0.0
    refusals: float = 0.03
    bad_feedback: float = 0.1
    lost_passage: float = 0.08
    chain_rise: float = 0.0
    language_rise: float = 0.0
    made_up_sparse: float = 0.12
    made_up: float = 0.05


CALM = World()
FAILURES: dict[str, World] = {
    "context-drift": replace(CALM, new_topic=0.5),
    "label-drift": replace(CALM, refusals=0.5),
    "retrieval-inconsistency": replace(CALM, lost_passage=0.6),
    "chain-instability": replace(CALM, chain_rise=0.4),
    "language-gap": replace(CALM, language_rise=0.35),
    "unsupported-claims": replace(CALM, made_up_sparse=0.85),
}


@dataclass
class Traffic:
    """An endless stream; `world` may be changed while it runs."""

    seed: int
    world: World = CALM
    _served: int = 0
    _chains: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)

    def take(self, count: int) -> list[Entry]:
        entries = iter(self)
        return [next(entries) for _ in range(count)]

    def __iter__(self) -> Iterator[Entry]:
        while True:
            sample = self._answer()
            yield sample
            if self._draw.random() < 0.15:
                is_bad = self._draw.random() < self.world.bad_feedback
                yield FeedbackSample(sample.receipt, "bad" if is_bad else "good")

    def _answer(self) -> ServedSample:
        draw, world = self._draw, self.world
        self._served += 1
        chain, turn = self._next_turn()
        is_new = draw.random() < world.new_topic
        topic = TOPICS if is_new else draw.randrange(TOPICS)
        question = (topic, draw.randrange(QUESTIONS))
        language = "de" if draw.random() < 0.25 else "en"
        prompt_words = draw.choice((5, 8, 10, 20, 40, 60))
        passages = self._passages(question) if question[1] % 3 else ()
        made_up = world.made_up_sparse if prompt_words < 12 and not passages else world.made_up
        facts = draw.randrange(5)
        return ServedSample(
            receipt=Hash(sha256(f"{self.seed} {self._served}".encode()).digest()),
            conversation=chain,
            turn=turn,
            language=language,
            features=self._features(question),
            passages=passages,
            label="refusal" if draw.random() < world.refusals else draw.choice(("name", "number", "plain")),
            score=PPM - self._loss(turn, language),
            prompt_words=prompt_words,
            facts=facts,
            unsupported=sum(draw.random() < made_up for _ in range(facts)),
        )

    def _next_turn(self) -> tuple[str, int]:
        """Half of the answers begin a chain, the others go on with one that is open."""
        if not self._chains or self._draw.random() < 0.2:
            self._chains.append((f"{self.seed}-{self._served}", 1))
            return self._chains[-1]
        place = self._draw.randrange(len(self._chains))
        name, turn = self._chains.pop(place)
        if turn + 1 < CHAIN_TURNS:
            self._chains.append((name, turn + 1))
        return name, turn + 1

    def _features(self, question: tuple[int, int]) -> bytes:
        noise = self._draw.random
        return bytes(max(-127, min(127, round(v + 17 * noise() - 8.5))) & 0xFF for v in _place(*question))

    def _passages(self, question: tuple[int, int]) -> tuple[str, ...]:
        found = [f"{question[0]}-{question[1]}-{i}" for i in range(3)]
        if self._draw.random() < self.world.lost_passage:
            found[self._draw.randrange(3)] = f"other-{self._draw.randrange(50)}"
            found[self._draw.randrange(3)] = f"other-{self._draw.randrange(50)}"
        return tuple(sorted(set(found)))

    def _loss(self, turn: int, language: str) -> int:
        mean = 0.15 + (self.world.chain_rise if turn >= 4 else 0.0)
        mean += self.world.language_rise if language != "en" else 0.0
        return max(0, min(PPM, round(PPM * self._draw.gauss(mean, 0.08))))


@cache
def _place(topic: int, number: int) -> tuple[float, ...]:
    """Topics and questions belong to the service and not to the day: the same for every seed."""
    draw, own = random.Random(70 + topic), random.Random(1000 * topic + number)
    return tuple(16 * draw.gauss(0, 1) + 24 * own.gauss(0, 1) for _ in range(AXES))
