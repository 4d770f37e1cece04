"""Adapting again and again: adapters merged and rounded to NF4 each cycle, against adapters stacked on one base."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bench.harness import Figure
from bench.judged.laboratory import Laboratory, adapted_fast, base_in, judged
from bench.judged.restaurants_data import Data, Pair, by_list

SEED = 7
Kind = tuple[str, str]


def figures(lab: Laboratory) -> Iterator[Figure]:
    from tallystick.pipeline.evaluation.studies.drift import ARMS, curve

    for arm in ARMS:
        found = curve(points(lab, arm))
        how = (
            f"{found.cycles} adaptations, each on restaurants of another food and area; divergence from the base on"
            f" general text; one seed ({SEED})"
        )
        yield Figure(f"drift_kl_a_cycle_{arm}", (found.kl_a_cycle,), "nats a token", how)
        yield Figure(f"drift_perplexity_{arm}", (found.perplexity_ratio,), "times the base's", how)
        yield Figure(f"forgetting_{arm}", (found.forgetting,), "ROUGE-2 F", how)


def points(lab: Laboratory, arm: str) -> list[Any]:
    from tallystick.pipeline.evaluation.studies.drift import DriftPoint

    told = {"part": "cycles", "arm": arm, "cycles": lab.scale.cycles, "scale": lab.scale.name}
    rows = lab.journal.once(told, lambda: _measured(lab, arm))
    return [DriftPoint(arm, r["cycle"], r["kl"], r["perplexity"], tuple(r["tasks"])) for r in rows]


def _measured(lab: Laboratory, arm: str) -> list[dict[str, Any]]:
    from tallystick.pipeline.models.merging import merge, rounded

    reference, chat = base_in(lab, "nf4")
    model, _ = base_in(lab, "nf4")
    rows = [_row(0, *_general(reference, model, chat), [])]
    kinds = tasks(lab.data)
    for cycle in range(1, lab.scale.cycles + 1):
        pairs = _of(lab.data.train, kinds[(cycle - 1) % len(kinds)])[: lab.scale.noise_train]
        # Merging in fp32 is what a stack of adapters over one base computes; rounding it is the other arm.
        model = merge(adapted_fast(model, chat, pairs, SEED + cycle))
        if arm == "requantised":
            rounded(model, "nf4")
        tests = [
            by_list(_of(lab.data.test, kinds[k % len(kinds)]), max(2, lab.scale.judged // 4))
            for k in range(cycle)
        ]
        scores = [_mean(judged(model, chat, each)["rouge_2"]) for each in tests]
        rows.append(_row(cycle, *_general(reference, model, chat), scores))
    return rows


def tasks(data: Data) -> list[Kind]:
    """Kinds of restaurant that have records to learn and to be tested by, the most frequent first."""
    tested = {kind_of(pair) for pair in data.test}
    counts = Counter(kind_of(pair) for pair in data.train)
    return sorted((kind for kind in counts if kind in tested), key=lambda kind: (-counts[kind], kind))


def kind_of(pair: Pair) -> Kind:
    """Its food and its area, "" for what is not told."""
    food, area = (re.search(rf"{name}\[(.*?)\]", pair[0]) for name in ("food", "area"))
    return food[1] if food else "", area[1] if area else ""


def _of(pairs: tuple[Pair, ...], kind: Kind) -> tuple[Pair, ...]:
    return tuple(pair for pair in pairs if kind_of(pair) == kind)


def _general(reference: Any, model: Any, chat: Any) -> tuple[float, float]:
    """KL from the base and perplexity, on general text."""
    from tallystick.pipeline.evaluation.likelihood import divergence, perplexity
    from tallystick.pipeline.evaluation.studies.anchor import ANCHOR
    from tallystick.pipeline.inference.predicted import predicted

    triples = []
    for text in ANCHOR:
        ids = [*chat.begin_ids(), *chat.text_ids(text)]
        first, targets = predicted(reference, ids[:1], ids[1:])
        triples.append((first, predicted(model, ids[:1], ids[1:])[0], targets))
    return divergence(triples).mean_kl, perplexity((ours, told) for _, ours, told in triples).perplexity


def _row(cycle: int, kl: float, perplexity: float, tasks: list[float]) -> dict[str, Any]:
    return {"cycle": cycle, "kl": kl, "perplexity": perplexity, "tasks": tasks}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
