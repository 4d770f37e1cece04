"""Quality over the rate of spoilt training records, for each kind of noise."""

from collections.abc import Iterator
from typing import Any

from bench.harness import Figure
from bench.judged.laboratory import Laboratory, adapted_fast, base_in, judged
from bench.judged.restaurants_data import by_list

SEED = 7


def figures(lab: Laboratory) -> Iterator[Figure]:
    clean = curve(lab, "typos", 0.0)
    how = f"LoRA on the upper third, {lab.scale.noise_train} records twice, one seed ({SEED}); clean {clean:.4f}"
    for kind in kinds():
        for rate in lab.scale.noise:
            yield Figure(f"noise_{kind}_{rate:g}", (curve(lab, kind, rate),), "ROUGE-2 F", how)


def kinds() -> tuple[str, ...]:
    from tallystick.pipeline.evaluation.studies.noise import KINDS

    return tuple(KINDS)


def curve(lab: Laboratory, kind: str, rate: float) -> float:
    """ROUGE-2 after training on records spoilt at this rate; the clean point is shared by all kinds."""
    told = {"part": "noise", "kind": kind if rate else "clean", "rate": rate, "scale": lab.scale.name}

    def measure() -> Any:
        from tallystick.pipeline.evaluation.studies.noise import noised

        model, chat = base_in(lab, "bf16")
        pairs = noised(lab.data.train[: lab.scale.noise_train], kind, rate, SEED).pairs
        made = adapted_fast(model, chat, pairs, SEED)
        found = judged(made, chat, by_list(lab.data.test, max(4, lab.scale.judged // 2)))["rouge_2"]
        return sum(found) / len(found)

    return float(lab.journal.once(told, measure))
