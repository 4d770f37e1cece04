"""Planted facts: is the record that taught an answer found, and does nobody earn from what no record taught?

The training channel is the shipped one with its default blend, which was fitted on another corpus.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from bench.attributed.corpora import UNRELATED, planted
from bench.attributed.laboratory import Laboratory
from bench.attributed.retrained.planted_adapter import CORPUS, RECORDS, folder_of, form_of, is_made, make
from bench.attributed.retrained.retraining import greedy
from bench.attributed.retrained.served import channel_of, engine_of
from bench.harness import Figure, Impossible

QUESTIONS, SMOKE_RECORDS = 240, 2
NO_ADAPTER = "no adapter yet: `python -m bench.attributed.retrained.planted_adapter`"
CHANNEL = (
    *("offchain/tallystick/pipeline/attribution", "offchain/tallystick/pipeline/inference"),
    *("offchain/tallystick/domain/lexical.py", "scripts/bench/attributed/planted.py"),
)
Found = dict[str, Any]


def figures(lab: Laboratory) -> Iterator[Figure | Impossible]:
    work = opened(lab)
    if work is not None:
        yield from _figures(work)
        return
    names = ("planted_top1", "planted_record_top1", "planted_record_top1_any_answer", "abstention_unrelated")
    yield from (Impossible(name, "", NO_ADAPTER) for name in names)


def opened(lab: Laboratory) -> "Planted | None":
    """With the adapter that its own step made, None before; for a smoke run a small one is made here."""
    work = Planted(lab, SMOKE_RECORDS if lab.is_smoke else RECORDS)
    if lab.is_smoke:
        make(lab, work.corpus)
    return work if is_made(work.adapter) else None


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
        self._trained = lab.journal(*CHANNEL)

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
        found: Found = self._trained.once(told, lambda: self._attributed(question, answer))
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
    def adapter(self) -> Path:
        return folder_of(self.lab, self.corpus)

    @property
    def _facts(self) -> dict[str, Any]:
        return {"corpus": CORPUS, "records": len(self.corpus.sets[0]), "adapter": self.adapter.name}

    @cached_property
    def _served(self) -> tuple[Any, Any, Any]:
        engine, chat = engine_of(self.lab.base, self.adapter, form_of())
        file = self.adapter.with_suffix(".index")
        return engine, chat, channel_of(self.corpus.sets, engine, chat, file)


def _part(name: str, held: Sequence[bool], how: str) -> Figure:
    """The part that holds, with Wilson's 95 % interval."""
    count, z = len(held), 1.959964
    part = sum(held) / count
    middle = (part + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * (part * (1 - part) / count + z**2 / (4 * count**2)) ** 0.5 / (1 + z**2 / count)
    values = tuple(float(h) for h in held)
    return Figure(name, values, "of answers", how, (middle - half, middle + half), part)
