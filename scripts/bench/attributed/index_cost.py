"""What the attribution index costs a record, and how much of the full features' accuracy it keeps at which size."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from bench.attributed.laboratory import Laboratory
from bench.attributed.planted import NO_ADAPTER, QUESTIONS, Planted, opened
from bench.attributed.published.gradients import Example, gather
from bench.attributed.published.index_frontier import (
    Scored,
    World,
    full_scores,
    hits,
    kept_scores,
    rank_correlations,
)
from bench.attributed.retrained.retraining import CODE
from bench.harness import Figure, Impossible
from tallystick.pipeline.attribution.indexing.build import FORM
from tallystick.pipeline.attribution.indexing.grid import Grid
from tallystick.pipeline.attribution.indexing.rows import RowForm

RESAMPLES, SEED = 2000, 20261121
# Bits a number and numbers a row, from a tenth of the shipped sizes to twice and more.
SKETCHES = ((64, 2), (128, 8), (128, 2), (256, 4), (512, 2), (1024, 1), (512, 8), (2048, 2))
STATES = ((64, 8), (144, 8), (288, 8), (576, 1), (576, 2), (576, 4), (576, 8))
FORMS = (
    *(RowForm(Grid(*sketch), FORM.hidden) for sketch in SKETCHES),
    *(RowForm(FORM.gradient, Grid(*state)) for state in STATES if Grid(*state) != FORM.hidden),
)
OWN = (
    "offchain/tallystick/pipeline/attribution/indexing",
    "scripts/bench/attributed/index_cost.py",
    *(f"scripts/bench/attributed/published/{name}.py" for name in ("gradients", "index_frontier")),
)


def figures(lab: Laboratory) -> Iterator[Figure | Impossible]:
    work = opened(lab)
    if work is None:
        yield Impossible("index_kept_accuracy", "", NO_ADAPTER)
        return
    right = [at for at in work.asked if work.is_learnt(at)][:QUESTIONS]
    if not right:
        yield Impossible("index_accuracy_kept", "of accuracy", "the adapter answers no question rightly")
        return
    told = {"part": "index", "records": len(work.corpus.sets[0]), "answers": len(right)}
    found = lab.journal(*OWN, *CODE).once(told, lambda: measured(work, right))
    yield from _costs(found)
    yield from _accuracy(found)


def _costs(found: dict[str, Any]) -> Iterator[Figure]:
    how = f"{found['records']} records of {found['words']:.1f} words, 1 thread, processor time"
    told = f"row of {found['row']} bytes, spans, header and centre, beyond the text; {how}"
    yield Figure("index_bytes_per_record", (found["bytes"],), "B", told)
    yield Figure("index_seconds_per_record", tuple(found["seconds"]), "s", how)


def _accuracy(found: dict[str, Any]) -> Iterator[Figure]:
    count = found["answers"]
    for form in found["forms"]:
        name = f"index_kept_g{form['gradient'][0]}x{form['gradient'][1]}_h{form['hidden'][0]}x{form['hidden'][1]}"
        low, middle, high = _kept(found["full"], form["together"])
        shown = (
            f"{form['row']} B a row; alone, gradient {_parts(form['gradient_hits'])} of {_parts(found['full_gradient'])}"
            f", rank correlation {form['gradient_rank']:.3f}; hidden state {_parts(form['hidden_hits'])} of"
            f" {_parts(found['full_hidden'])}, {form['hidden_rank']:.4f} (data set and record first)"
        )
        if form["shipped"]:
            name, shown = "index_accuracy_kept", f"{count} learnt answers, paired bootstrap; {shown}"
        yield Figure(name, (middle,), "of accuracy", shown, (low, high), middle)


def _parts(flags: Sequence[Sequence[bool]]) -> str:
    return " / ".join(f"{np.mean(f):.3f}" for f in flags)


def _kept(full: Sequence[Sequence[bool]], ours: Sequence[Sequence[bool]]) -> tuple[float, float, float]:
    """The smaller of the two ratios of accuracy, data set first and record first, with its 95 % interval."""
    draw, whole, kept = Random(SEED), np.array(full, float), np.array(ours, float)

    def ratio(chosen: Sequence[int]) -> float:
        return float((kept[:, chosen].mean(1) / np.maximum(whole[:, chosen].mean(1), 1e-9)).min())

    every = range(whole.shape[1])
    drawn = sorted(ratio(draw.choices(every, k=len(every))) for _ in range(RESAMPLES))
    return drawn[int(0.025 * RESAMPLES)], ratio(every), drawn[int(0.975 * RESAMPLES) - 1]


def measured(work: Planted, right: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Features once; then every form by the shipped code."""
    engine, chat, _ = work._served
    rows = [(s, r["question"], r["answer"]) for s, rs in enumerate(work.corpus.sets) for r in rs]
    starts = np.cumsum([0, *(len(rs) for rs in work.corpus.sets)])
    held = [_example(chat, q, a, s) for s, q, a in rows]
    asked = [_example(chat, work.question(at), work.after[at], at[0]) for at in right]
    with tempfile.TemporaryDirectory() as folder:
        place, seconds = Path(folder), list[float]()
        clock = [time.process_time()]

        def tick(done: int, total: int) -> None:
            seconds.append(time.process_time() - clock[0])
            clock[0] = time.process_time()

        records = gather(engine, held, place / "records.npy", tick)
        answers = gather(engine, asked, place / "answers.npy")
        truth = np.array([starts[s] + i for s, i in right])
        texts = tuple(e.text for e in held)
        world = World(records, answers, texts, np.array([e.dataset for e in held]), truth)
        return {**_sizes(world, place), **_frontier(world, place), "seconds": seconds}


def _sizes(world: World, folder: Path) -> dict[str, Any]:
    from tallystick.pipeline.attribution.indexing.index import open_index

    kept_scores(world, FORM, folder / "index")
    index = open_index(folder / "index", world.members())
    count = len(world.texts)
    return {
        "records": count,
        "words": float(np.mean([len(t.split()) for t in world.texts])),
        "row": index.tables.form.size,
        "bytes": index.size / count,
    }


def _frontier(world: World, folder: Path) -> dict[str, Any]:
    full = full_scores(world)
    return {
        "answers": len(world.truth),
        "full": _flags(full.together, world),
        "full_gradient": _flags(full.gradient, world),
        "full_hidden": _flags(full.hidden, world),
        "forms": [_compared(world, full, form, folder) for form in FORMS],
    }


def _compared(world: World, full: Scored, form: RowForm, folder: Path) -> dict[str, Any]:
    ours = kept_scores(world, form, folder / "other")
    return {
        "gradient": [form.gradient.width, form.gradient.bits],
        "hidden": [form.hidden.width, form.hidden.bits],
        "row": form.size,
        "shipped": form == FORM,
        "together": _flags(ours.together, world),
        "gradient_hits": _flags(ours.gradient, world),
        "hidden_hits": _flags(ours.hidden, world),
        "gradient_rank": float(rank_correlations(ours.gradient, full.gradient).mean()),
        "hidden_rank": float(rank_correlations(ours.hidden, full.hidden).mean()),
    }


def _flags(scores: Any, world: World) -> list[list[bool]]:
    return [[bool(f) for f in found] for found in hits(scores, world)]


def _example(chat: Any, question: str, answer: str, dataset: int) -> Example:
    prompt = chat.prompt_ids([{"role": "user", "content": question}])
    return Example(question, answer, tuple(prompt), tuple(chat.answer_ids(answer)), dataset)
