"""Planted facts: is the record that taught an answer found, and does nobody earn from what no record taught?

The training channel is the shipped one with its default blend, which was fitted on another corpus.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from random import Random
from typing import Any

from bench.attributed.corpora import UNRELATED, planted
from bench.attributed.laboratory import Laboratory
from bench.attributed.retrained.retraining import CODE, greedy, laboratory_parts, recipe_facts, save_as_peft
from bench.attributed.retrained.served import channel_of, engine_of
from bench.harness import Figure, Impossible

CORPUS, SERVED, RECORDS, QUESTIONS = 23, 1, 60, 240
CHANNEL = (
    *("offchain/tallystick/pipeline/attribution", "offchain/tallystick/pipeline/inference"),
    *("offchain/tallystick/domain/lexical.py", "scripts/bench/attributed/planted.py"),
)
Found = dict[str, Any]


def figures(lab: Laboratory) -> Iterator[Figure | Impossible]:
    work = Planted(lab, 6 if lab.is_smoke else RECORDS)
    yield from _figures(work)


def _figures(work: "Planted") -> Iterator[Figure | Impossible]:
    right = [q for q in work.asked if work.is_learnt(q)][:QUESTIONS]
    others = [q for q in work.asked if not work.is_learnt(q)][: QUESTIONS // 3]
    if not right:
        reason = "the adapter answers no question rightly"
        yield from (Impossible(name, "", reason) for name in ("planted_top1", "planted_record_top1"))
        return
    found = {q: work.attributed(work.question(q), work.after[q]) for q in (*right, *others)}
    learnt = len([q for q in work.asked if work.is_learnt(q)])
    how = (
        f"{len(work.corpus.sets)} data sets x {len(work.corpus.sets[0])} records, {len(work.asked)} questions"
        f" worded anew, {learnt} right after tuning and wrong before; Wilson's interval"
    )
    yield _part("planted_top1", [found[q].get("set") == q[0] for q in right], how)
    yield _part("planted_record_top1", [found[q].get("record") == list(q) for q in right], how)
    share = len(right) / learnt
    weighed = [*right, *others[: max(1, int(len(others) * share))]]
    told = f"answers right or wrong as they come, {len(weighed)} of them; {how}"
    yield _part("planted_record_top1_any_answer", [found[q].get("record") == list(q) for q in weighed], told)
    unpaid = [not work.attributed(q, a)["paid"] for q, a in zip(UNRELATED, work.unrelated, strict=True)]
    yield _part(
        "abstention_unrelated",
        unpaid,
        f"{len(UNRELATED)} questions that no record has to do with; Wilson's interval",
    )


class Planted:
    """The corpus, an adapter on all of it, its answers, and what the training channel says of them."""

    def __init__(self, lab: Laboratory, records: int) -> None:
        self.lab, self.corpus = lab, planted(CORPUS, records)
        self.asked = sorted(self.corpus.facts)
        Random(5).shuffle(self.asked)
        self._trained = lab.journal(*CODE)

    def question(self, at: tuple[int, int]) -> str:
        return self.corpus.facts[at].held_out((at[0] + at[1]) % 2)

    def is_learnt(self, at: tuple[int, int]) -> bool:
        """Right after tuning and wrong before."""
        return self._says(at, self.after) and not self._says(at, self.before)

    def _says(self, at: tuple[int, int], answers: dict[tuple[int, int], str]) -> bool:
        return self.corpus.facts[at].value.casefold() in answers[at].casefold()

    @cached_property
    def after(self) -> dict[tuple[int, int], str]:
        return self._answers(self.asked, adapter=True)

    @cached_property
    def before(self) -> dict[tuple[int, int], str]:
        """The untuned model's answers, where the tuned one is right."""
        return self._answers([at for at in self.asked if self._says(at, self.after)], adapter=False)

    @cached_property
    def unrelated(self) -> list[str]:
        found: list[str] = self._trained.once(
            {"part": "planted unrelated", **self._facts}, lambda: greedy(self._served[0], UNRELATED)
        )
        return found

    def attributed(self, question: str, answer: str) -> Found:
        """Data set and record of the largest increment, and whether anybody is paid."""
        told = {"part": "planted", "question": question, "answer": answer, **self._facts}
        found: Found = self.lab.journal(*CHANNEL, *CODE).once(
            told, lambda: self._attributed(question, answer)
        )
        return found

    def _attributed(self, question: str, answer: str) -> Found:
        _, chat, channel = self._served
        gained = channel.gained(
            [{"role": "user", "content": question}], answer, chat.answer_ids(answer), question
        )
        if not gained.increments:
            return {"paid": False}
        top = max(gained.increments, key=lambda i: i.gain).claim
        return {"paid": True, "set": top.order, "record": [top.order, top.record_index]}

    def _answers(self, at: Sequence[tuple[int, int]], *, adapter: bool) -> dict[tuple[int, int], str]:
        questions = [self.question(a) for a in at]
        when = "after" if adapter else "before"
        told = {"part": f"planted answers {when}", **self._facts}
        made = self._trained.once(told, lambda: greedy(self._served[0], questions, adapter=adapter))
        return dict(zip(at, made, strict=True))

    @property
    def _facts(self) -> dict[str, Any]:
        return {
            "corpus": CORPUS,
            "records": len(self.corpus.sets[0]),
            "recipe": recipe_facts(),
            "seed": SERVED,
        }

    @cached_property
    def _served(self) -> tuple[Any, Any, Any]:
        name = f"planted-{len(self.corpus.sets[0])}-{self._trained.code}"
        adapter = self.lab.file.parent / "attributed" / name
        if not (adapter / "adapter_config.json").exists():
            every = [r for records in self.corpus.sets for r in records]
            save_as_peft(
                laboratory_parts(self.lab.base, every)[0].retrain(range(len(every)), SERVED), adapter
            )
        engine, chat = engine_of(self.lab.base, adapter)
        return engine, chat, channel_of(self.corpus.sets, engine, chat, adapter.with_suffix(".index"))


def _part(name: str, held: Sequence[bool], how: str) -> Figure:
    """The part that holds, with Wilson's 95 % interval."""
    count, z = len(held), 1.959964
    part = sum(held) / count
    middle = (part + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * (part * (1 - part) / count + z**2 / (4 * count**2)) ** 0.5 / (1 + z**2 / count)
    values = tuple(float(h) for h in held)
    return Figure(name, values, "of answers", how, (middle - half, middle + half), part)
