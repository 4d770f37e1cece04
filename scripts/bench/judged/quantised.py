"""What each form of the weights costs, before and after tuning, with and without passages."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.harness import Figure
from bench.judged.laboratory import THREADS, Laboratory, tuned
from bench.judged.restaurants_data import by_list

SEED, RATE = 7, 2e-3


def figures(lab: Laboratory) -> Iterator[Figure]:
    how = f"{lab.scale.cells} lists; weights alone are rounded, all compute in fp32; KL and agreement against fp32"
    for c in cells(lab):
        where = f"{c['form']}_{'tuned' if c['tuned'] else 'untuned'}_{c['context']}"
        yield Figure(f"quantised_perplexity_{where}", (c["perplexity"],), "a token", how)
        yield Figure(f"quantised_kl_{where}", (c["kl"],), "nats a token", how)
        yield Figure(f"quantised_top1_{where}", (c["top1"],), "of tokens", how)
        yield Figure(f"quantised_rouge_2_{where}", (c["rouge_2"],), "F", how)


def cells(lab: Laboratory) -> list[dict[str, Any]]:
    told = {"part": "quantisation", "rate": RATE, "seed": SEED, "scale": lab.scale.name}
    found: list[dict[str, Any]] = lab.journal.once(told, lambda: _measured(lab))
    return found


def _measured(lab: Laboratory) -> list[dict[str, Any]]:
    from tallystick.app.models.quantising import cells_of
    from tallystick.app.models.voices import Side
    from tallystick.domain.ids import ZERO_HASH
    from tallystick.pipeline.evaluation.scoring import examples_of
    from tallystick.pipeline.evaluation.studies.quantisation import contexts
    from tallystick.pipeline.models.adapter import save_adapter
    from tallystick.pipeline.models.weight_format import WeightFormat

    with TemporaryDirectory() as place:
        folder = Path(place) / "adapter"
        pairs = lab.data.train[: lab.scale.train]
        model, _ = tuned(lab, "lora", RATE, SEED, pairs)
        save_adapter(model, folder, _arguments(model))
        examples = examples_of(by_list(lab.data.test, lab.scale.cells))
        passages = contexts(examples, [f"{q} {a}" for q, a in pairs])
        side = Side("lora", lab.base, folder, ZERO_HASH, WeightFormat(None))
        made = cells_of(side, examples, passages, THREADS, lambda done, total: None)
    return [asdict(c) for c in made]


def _arguments(model: Any) -> dict[str, Any]:
    """The adapter's own configuration, as `save_adapter` writes it."""
    told = model.peft_config["default"]
    return {
        "r": told.r,
        "lora_alpha": told.lora_alpha,
        "lora_dropout": 0.0,
        "target_modules": sorted(told.target_modules),
        "layers_to_transform": told.layers_to_transform,
        "bias": "none",
        "task_type": "CAUSAL_LM",
    }
