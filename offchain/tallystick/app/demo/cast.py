"""Who contributes what to the demo: the packaged data sets, or the user's own files cut to a time budget."""

import json
from dataclasses import dataclass
from pathlib import Path

from tallystick import demo_data
from tallystick.app.datasets.files import first_fields, read_distinct
from tallystick.app.demo.stage import OWNERS
from tallystick.app.models.material import seal_step
from tallystick.app.models.sealing import SealedQuestion
from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.read import Contribution, read

COPY_OF = ("mallory", "alice")
ROWS_PER_MINUTE = 60
BUDGET_MINUTES = 4
SERVED = 24
# On fewer sealed questions even a gain of 1 on each leaves the gate's bound below its margin.
LEAST_SEALED = 5


@dataclass(frozen=True, slots=True)
class ServedQuestion:
    """A question to pay for, and who should earn by it; `owner` is None where nobody is known to."""

    question: str
    owner: str | None
    channel: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Contributions by person, in order of registration; `copier` is the person whose set is a copy."""

    contributions: tuple[tuple[str, Contribution], ...]
    sealed: tuple[SealedQuestion, ...]
    served: tuple[ServedQuestion, ...]
    copier: str | None
    note: str


def packaged() -> Cast:
    """The project's own data: three training sets, two document sets, one reworded copy."""
    found = [(name, read(demo_data.path(name))[0]) for name in OWNERS]
    lines = demo_data.path("questions").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    sealed = [SealedQuestion(r["question"], r["answer"]) for r in rows if r["split"] == "seal"]
    served = [
        ServedQuestion(r["question"], r["dataset"], r["channel"]) for r in rows if r["split"] == "serve"
    ]
    return Cast(tuple(found), tuple(sealed), tuple(served), COPY_OF[0], "the packaged data sets")


def own(path: Path) -> Cast:
    """The user's files: one contributor a file, or one an owner. Rows beyond the budget are left out, and said so."""
    contributions, repeated = _read(path)
    if len(contributions) > len(OWNERS):
        raise InvalidInput(
            f"{path} has {len(contributions)} contributors; the demo has keys for {len(OWNERS)}.",
            "Give fewer files or owners.",
        )
    budget = ROWS_PER_MINUTE * BUDGET_MINUTES // len(contributions)
    total = sum(len(c.bodies) for c in contributions)
    cut = [Contribution(c.name, _spread(c.bodies, budget)) for c in contributions]
    kept, sealed = zip(*(_seal(c) for c in cut), strict=True)
    if 0 < sum(map(len, sealed)) < LEAST_SEALED:
        raise InvalidInput(
            f"{path} asks too few different questions: {sum(map(len, sealed))} can be sealed, and on fewer than"
            f" {LEAST_SEALED} no gain passes the gate.",
            f"Give rows with {3 * LEAST_SEALED} different questions or more; a hundred decide better.",
        )
    named = tuple(zip(OWNERS, kept, strict=False))
    used = sum(len(c.bodies) for c in kept)
    note = f"{used} of {total} rows, {sum(map(len, sealed))} of them sealed for judging"
    if repeated:
        note += f", {repeated} repeated rows left out"
    if used + sum(map(len, sealed)) < total:
        note += f" (time budget: {BUDGET_MINUTES} minutes of training, about {ROWS_PER_MINUTE} rows a minute)"
    return Cast(named, tuple(q for s in sealed for q in s), _own_questions(named), None, note)


def _read(path: Path) -> tuple[tuple[Contribution, ...], int]:
    """A demo of somebody's data keeps the first of records that stand twice, and says how many it left out."""
    try:
        return read_distinct(path)
    except InvalidInput:
        mapping = _two_columns(path)
        if mapping is None:
            raise
        return read_distinct(path, mapping)


def _spread(bodies: tuple[dict[str, str], ...], most: int) -> tuple[dict[str, str], ...]:
    """At most so many, evenly over the file."""
    step = max(-(-len(bodies) // most), 1)
    return bodies[::step]


def _two_columns(path: Path) -> dict[str, str] | None:
    """A table of two columns, owner apart, is taken as question and answer."""
    if path.is_dir():
        return None
    names = [n for n in first_fields(path) if n != "owner"]
    known = {"question", "answer", "text", "title"} & set(names)
    return {"question": names[0], "answer": names[1]} if len(names) == 2 and not known else None


def _seal(contribution: Contribution) -> tuple[Contribution, tuple[SealedQuestion, ...]]:
    """Questions are set aside before training, with every row that shares them."""
    asked = list(dict.fromkeys(b["question"] for b in contribution.bodies if "question" in b))
    step = seal_step(len(asked))
    away = set(asked[step - 1 :: step])
    kept = tuple(b for b in contribution.bodies if b.get("question") not in away)
    first = {b["question"]: b["answer"] for b in reversed(contribution.bodies) if b.get("question") in away}
    sealed = tuple(SealedQuestion(q, a) for q, a in sorted(first.items()))
    return Contribution(contribution.name, kept), sealed


def _own_questions(named: tuple[tuple[str, Contribution], ...]) -> tuple[ServedQuestion, ...]:
    """Questions of the user's own records, spread over contributors; documents are asked for by title or start."""
    found: list[ServedQuestion] = []
    share = -(-SERVED // len(named))
    for owner, contribution in named:
        bodies = contribution.bodies
        for body in bodies[:: max(len(bodies) // share, 1)][:share]:
            if "question" in body:
                found.append(ServedQuestion(body["question"], owner, "training"))
            else:
                subject = body.get("title") or " ".join(body["text"].split()[:12])
                found.append(ServedQuestion(f"What is known about this: {subject}?", owner, "retrieval"))
    return tuple(found)
