"""The published baselines beside the shipped channel: the same adapters, records, answers and retrainings."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import numpy as np

from bench.attributed.datamodel import scores, seen, split
from bench.attributed.laboratory import Laboratory
from bench.attributed.planted import QUESTIONS, opened
from bench.attributed.published.baselines import NAMES, Baselines
from bench.attributed.published.gradients import Example, Matrix
from bench.attributed.retrained.retraining import CODE, TEST_SEEDS, Retrainings
from bench.attributed.retrained.served import engine_of
from bench.harness import Figure, Impossible

OWN = ("scripts/bench/attributed/compared.py", "scripts/bench/attributed/published")
Table = dict[str, list[list[float]]]


def figures(lab: Laboratory) -> Iterator[Figure | Impossible]:
    yield from _planted(lab)
    if not lab.is_smoke:
        yield from _datamodel(lab)


def _planted(lab: Laboratory) -> Iterator[Figure]:
    work = opened(lab)
    right = [at for at in work.asked if work.is_learnt(at)][:QUESTIONS] if work else []
    if work is None or not right:
        return
    sizes = [len(records) for records in work.corpus.sets]
    starts = np.cumsum([0, *sizes])
    owner = np.repeat(np.arange(len(sizes)), sizes)
    truth = np.array([starts[s] + i for s, i in right])
    asked = [(work.question(at), work.after[at], at[0]) for at in right]
    told = {"part": "baselines on planted facts", "adapter": work.adapter.name, "answers": len(asked)}
    found: Table = lab.journal(*OWN, *CODE).once(
        told, lambda: _scored(*work._served[:2], work.corpus.sets, asked)
    )
    how = f"{len(asked)} answers right after tuning and wrong before, {sum(sizes)} records; Wilson's interval"
    for name, rows in found.items():
        best = _first(np.array(rows))
        yield _share(f"planted_top1_{name}", owner[best] == owner[truth], how)
        yield _share(f"planted_record_top1_{name}", best == truth, how)


def _datamodel(lab: Laboratory) -> Iterator[Figure]:
    work = Retrainings(lab)
    asked, _ = split(work)
    key = {"part": "baselines on the web", "answers": [work.answers[q] for q in asked]}
    found: Table = lab.journal(*OWN, *CODE).once(key, lambda: _web(work, asked))
    test = [seen(work, ["test"], asked, seed) for seed in TEST_SEEDS]
    truth, chosen = np.mean([t.values for t in test], axis=0), test[0].members
    how = f"{len(asked)} held-out questions, the subsets and seeds of linear_datamodelling_score"
    for name, rows in found.items():
        values = scores(chosen, truth, list(np.array(rows)))
        told = tuple(float(v) for v in values)
        yield Figure(f"lds_{name}", told, "mean over questions", how, _spread(told), float(values.mean()))


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """95 % bootstrap of the mean."""
    draw, count = Random(20261121), len(values)
    means = sorted(sum(draw.choices(values, k=count)) / count for _ in range(2000))
    return means[50], means[1949]


def _web(work: Retrainings, asked: Sequence[int]) -> Table:
    folder = work.lab.file.parent / "attributed" / f"webbed-{work.journal.code}"
    engine, chat = engine_of(work.lab.base, work.served_adapter(folder))
    questions = work.questions()
    return _scored(engine, chat, work.web.sets, [(questions[q], work.answers[q], 0) for q in asked])


def _scored(
    engine: Any, chat: Any, sets: Sequence[Sequence[dict[str, str]]], asked: Sequence[tuple[str, str, int]]
) -> Table:
    """Every baseline's scores, by query and record."""
    from tallystick.pipeline.inference.embedder import Embedder

    held = [(r["question"], r["answer"], place) for place, records in enumerate(sets) for r in records]
    queries, records = ([_example(chat, *row) for row in rows] for rows in (asked, held))
    made = Baselines(engine, engine._model, Embedder())
    return {name: _compact(made.scores(name, queries, records)) for name in NAMES}


def _compact(rows: Matrix) -> list[list[float]]:
    """Six figures of each score: raw influence spans many orders of magnitude."""
    return [[float(f"{value:.6g}") for value in row] for row in rows]


def _example(chat: Any, question: str, answer: str, dataset: int) -> Example:
    prompt = chat.prompt_ids([{"role": "user", "content": question}])
    return Example(question, answer, tuple(prompt), tuple(chat.answer_ids(answer)), dataset)


def _first(rows: Matrix) -> Any:
    """The best record of each row; among equals one by chance, so that order is no advantage."""
    noise = np.random.default_rng(20261121).random(rows.shape)
    return np.where(rows == rows.max(1, keepdims=True), noise, -1.0).argmax(1)


def _share(name: str, held: Any, how: str) -> Figure:
    """The part that holds, with Wilson's 95 % interval."""
    count, z = len(held), 1.959964
    part = float(np.mean(held))
    middle = (part + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * (part * (1 - part) / count + z**2 / (4 * count**2)) ** 0.5 / (1 + z**2 / count)
    return Figure(
        name, tuple(float(h) for h in held), "of answers", how, (middle - half, middle + half), part
    )
