"""Answers that the real model gave on the fast path, audited to L3 by the shipped code under other threads and shapes.

The adapter's weights are drawn by seed, and the index's rows are those of its records: what agrees, and what it costs,
does not ask for training.
"""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import torch

from bench.attributed.auditing.shelves import Shelves
from bench.attributed.laboratory import THREADS
from bench.attributed.scoring.clocked import spent
from bench.attributed.scoring.model import adapted
from bench.attributed.scoring.shapes import Batched
from tallystick.app.auditing.answers import Case, audit_answer
from tallystick.app.auditing.index_rows import IndexRows
from tallystick.app.auditing.rescoring import Quoted, Rescoring
from tallystick.domain.answers.levels import AnswerAudit, Level
from tallystick.domain.answers.opened import OutputRecord, PassageRef
from tallystick.domain.answers.opening import OpenedAnswer, Shown
from tallystick.domain.ids import Hash, Pot
from tallystick.domain.usage import Share
from tallystick.pipeline.receipts.receipt import Usage

TOKENS, EDIT_PPM = 32, 20_000
CONFIGURATIONS = ("reference", "threads", "padded")


@dataclass(slots=True)
class Remembering:
    """Scores by `rows`, the rest by the reference; what was asked before is not computed again."""

    reference: Any
    rows: Any
    known: dict[str, Any] = field(default_factory=dict)

    def encode_prompt(self, messages: Any, context: Sequence[str]) -> list[int]:
        ids: list[int] = self.reference.encode_prompt(messages, context)
        return ids

    def logprob(self, prompts: Any, answer: Any, *, adapter: bool = True) -> list[float]:
        key = str((prompts, list(answer), adapter))
        found: list[float] = self._once(key, lambda: self.rows.logprob(prompts, answer, adapter=adapter))
        return found

    def features(self, prompt: Any, answer: Any) -> Any:
        return self._once(
            str(("features", prompt, list(answer))), lambda: self.reference.features(prompt, answer)
        )

    def logits(self, hidden: Any) -> Any:
        return self.reference.logits(hidden)

    def hidden(self, prompt: Any, answer: Any) -> Any:
        return self._once(
            str(("hidden", prompt, list(answer))), lambda: self.reference.hidden(prompt, answer)
        )

    def _once(self, key: str, score: Any) -> Any:
        if key not in self.known:
            self.known[key] = score()
        return self.known[key]


@dataclass(frozen=True, slots=True)
class Office:
    """nora's engine and vera's reference over the same weights, and a market whose documents are quoted."""

    shelves: Shelves
    engine: Any
    reference: Any
    chat: Any
    index: Any
    pairs: Sequence[Any]


@cache
def office(base: Path) -> Office:
    from tallystick.pipeline.attribution.reference.scorer import ReferenceScorer
    from tallystick.pipeline.inference.engine import Engine

    model, chat = adapted(base, threads=THREADS)
    engine = Engine(model, chat)
    shelves = Shelves("rescored", sets=4, records=12)
    return Office(
        shelves, engine, ReferenceScorer(model, engine.encode_prompt), chat, *indexed(shelves, engine, chat)
    )


def measured(made: Office, seed: int) -> dict[str, Any]:
    """One answer: what each configuration found, the edits that were missed, and CPU seconds by level."""
    made.shelves.draw.seed(f"answer {seed}")
    answer, generation, attribution = _served(made)
    found, edits = [], {"tried": 0, "missed": 0}
    for name in CONFIGURATIONS:
        torch.set_num_threads(THREADS + 1 if name == "threads" else THREADS)
        rows = Batched(made.reference) if name == "padded" else made.reference
        # The reference proper is asked anew each time: its seconds are what an audit costs.
        scorer = made.reference if name == "reference" else Remembering(made.reference, rows)
        found.append({"configuration": name, **_told(_audit(made, answer, scorer))})
        if name == "threads":
            edits = _edits(made, answer, scorer)
    torch.set_num_threads(THREADS)
    return {
        "generation": generation.cpu,
        "attribution": attribution.cpu,
        "checks": found,
        "edits": edits,
        "training_paid": sum(s.ppm for s in answer.shown.shares if s.pot is Pot.TRAINING),
    }


def _served(made: Office) -> tuple[OpenedAnswer, Any, Any]:
    from tallystick.domain.attribution import passage_text
    from tallystick.pipeline.attribution.attribute import Attributor
    from tallystick.pipeline.attribution.reference.fingerprint import fingerprint

    shelves, engine, lineage = made.shelves, made.engine, _lineage(made)
    drawn = shelves.answer()
    while len(drawn.output.passages) < 2:
        drawn = shelves.answer()
    passages = _quoted(shelves, drawn.output.passages)
    prompt = engine.encode_prompt(drawn.messages, [passage_text(p) for p in passages])
    engine.forget()
    pieces, generation = spent(lambda: list(engine.generate(prompt, TOKENS)))
    ids, text = tuple(t.token_id for t in pieces), "".join(t.text for t in pieces)
    attributor = Attributor(engine, made.index, lineage)
    found, attribution = spent(lambda: attributor.attribute(drawn.messages, passages, ids, text))
    mark = fingerprint(engine.trace(prompt, ids).hidden)
    output = OutputRecord(text, ids, drawn.output.passages, mark)
    shown = Shown(found.shares, found.evidence, found.gains)
    return _sold(shelves, drawn, output, shown, len(prompt)), generation, attribution


def _audit(made: Office, answer: OpenedAnswer, scorer: Any) -> AnswerAudit:
    from tallystick.pipeline.attribution.attribute import Attributor

    lineage, members = _lineage(made), made.index.members
    leading = [(m.dataset_id, m.record_index, m.leader) for m in members]
    rows = IndexRows(made.index, leading, lambda place: scorer.features(*made.pairs[place]), Random(0))
    reference: Any = SimpleNamespace(
        scorer=scorer,
        chat=made.chat,
        lineage=lineage,
        attributor=Attributor(scorer, made.index, lineage),
        rows=rows,
        asking=lambda answer, passages: lambda passage: (),
    )
    chain, files = made.shelves.chain, made.shelves.files
    deeper = Rescoring(chain, files, lambda terms: reference)  # type: ignore[arg-type]
    case = Case(answer.signed, answer, None)
    return audit_answer(chain, files, case, Level.L3, deeper, clock=time.process_time)  # type: ignore[arg-type]


def _told(report: AnswerAudit) -> dict[str, Any]:
    return {
        "holds": report.holds and report.reached is Level.L3,
        "why": "; ".join(
            [*(str(f) for c in report.levels for f in c.faults), *(c.why for c in report.levels if c.why)]
        ),
        "seconds": [c.seconds for c in report.levels],
        "largest": [c.largest for c in report.levels],
    }


def _edits(made: Office, answer: OpenedAnswer, scorer: Any) -> dict[str, int]:
    """Shares moved by 2 % of a pot, signed over, one pot at a time and either way where there is room."""
    tried = missed = 0
    for share in answer.shown.shares:
        held = sum(s.ppm for s in answer.shown.shares if s.pot is share.pot)
        for by in (-EDIT_PPM, EDIT_PPM):
            if share.ppm + by < 1 or held + by > 1_000_000 or (share.pot is Pot.LINEAGE and by > 0):
                continue
            shares = tuple(
                Share(s.asset_id, s.pot, s.ppm + by) if s == share else s for s in answer.shown.shares
            )
            false = _sold(
                made.shelves,
                answer,
                answer.output,
                replace(answer.shown, shares=shares),
                answer.signed.receipt.tokens_in,
            )
            tried += 1
            missed += _audit(made, false, scorer).holds
    return {"tried": tried, "missed": missed}


def _sold(
    shelves: Shelves, asked: OpenedAnswer, output: OutputRecord, shown: Shown, tokens_in: int
) -> OpenedAnswer:
    usage = Usage(asked.messages, output, tokens_in, asked.salt, 1_800_000_000)
    return replace(shelves.market.sell(shelves.terms, usage, shown.shares), shown=shown)


def _quoted(shelves: Shelves, passages: Sequence[PassageRef]) -> tuple[Quoted, ...]:
    sets = {d.asset_id: (n, d) for n, d in enumerate(shelves.texts)}
    found = []
    for p in passages:
        order, dataset = sets[p.dataset_id]
        body = dataset.records[p.record_index].body
        found.append(Quoted(p.dataset_id, order, p.record_index, body["title"], body["text"]))
    return tuple(found)


def _lineage(made: Office) -> Any:
    return tuple(made.shelves.market.facts.parts[made.shelves.terms.model_id].items())


def indexed(shelves: Shelves, engine: Any, chat: Any) -> tuple[Any, list[Any]]:
    """The index as the shipped code builds it, and each record's token ids of prompt and answer."""
    from tallystick.app.models.attribution.indexing import example_of
    from tallystick.pipeline.attribution.clusters.cluster import Member
    from tallystick.pipeline.attribution.indexing.build import Order, build_index

    members, pairs = list[Any](), list[Any]()
    for order, dataset in enumerate(shelves.lessons):
        for record in dataset.records:
            members.append(Member(dataset.asset_id, order, record.index, record.text, len(members)))
            pairs.append(example_of(record.body, chat))
    folder = Path(tempfile.mkdtemp(prefix="tallystick-audits-"))
    nobody = Hash(bytes(32))
    return build_index(folder / "index", Order(members, pairs, engine, nobody, nobody)), pairs
