"""Trains and judges on the real base model with the shipped code; everything is in memory and seeded."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.judged.journal import Journal
from bench.judged.restaurants_data import Data, Pair
from bench.judged.scale import Scale

BASE = Path("build/models/smollm2-135m-instruct")
THREADS, MOST_TOKENS = int(os.environ.get("THREADS", "2")), 48
FORMS = {"lora": "bf16", "qlora": "nf4", "p-tuning-v2": "bf16"}
WHOLE: dict[str, Any] = {
    "halves": False,
    "epochs": 1,
    "minibatch": 8,
    "cutoff": 1024,
    "loss": "fused",
    "layers": 128,
    "rewordings": 0,
}
OF_METHOD: dict[str, dict[str, Any]] = {
    "lora": {"rank": 16, "alpha": 32, "packing": True},
    "qlora": {"rank": 16, "alpha": 32, "packing": True},
    "p-tuning-v2": {"virtual_tokens": 32, "bucketing": True},
}


@dataclass(frozen=True, slots=True)
class Laboratory:
    """What every part of the benchmark works with."""

    data: Data
    scale: Scale
    journal: Journal
    base: Path = BASE


def base_in(lab: Laboratory, form: str) -> tuple[Any, Any]:
    """The base whose linear weights have the numbers of `form`, and its chat format."""
    from tallystick.pipeline.models.loading import load_base
    from tallystick.pipeline.models.merging import rounded

    model, chat = load_base(lab.base, threads=THREADS, quantisation=None)
    return rounded(model, form), chat


def recipe_of(method: str, rate: float, seed: int) -> Any:
    from tallystick.pipeline.training.recipe import TrainingRecipe

    told = {**WHOLE, **OF_METHOD[method], "method": method, "learning_rate": rate, "seed": seed}
    return TrainingRecipe(**told)


def tuned(lab: Laboratory, method: str, rate: float, seed: int, pairs: Sequence[Pair]) -> tuple[Any, Any]:
    """A fresh adapter on the method's base, by the whole-decoder loop; every record is seen once."""
    from tallystick.pipeline.training.records import encode_records
    from tallystick.pipeline.training.tuning import tune

    recipe = recipe_of(method, rate, seed)
    model, chat = base_in(lab, FORMS[method])
    records = encode_records([{"question": q, "answer": a} for q, a in pairs], chat, recipe.cutoff)
    return tune(model, records, recipe, lambda *told: None).model, chat


def adapted_fast(model: Any, chat: Any, pairs: Sequence[Pair], seed: int, *, epochs: int = 2) -> Any:
    """LoRA on the upper third of `model`, by the loop in halves: to compare data and cycles, not methods."""
    from tallystick.pipeline.models.halves import Halves
    from tallystick.pipeline.training.loop import examples_of, train
    from tallystick.pipeline.training.recipe import TrainingRecipe

    recipe = replace(TrainingRecipe(), method="lora", epochs=epochs, rewordings=0, seed=seed)
    return train(model, Halves, examples_of(list(pairs), chat), recipe, lambda *told: None).model


def judged(model: Any, chat: Any, pairs: Sequence[Pair], *, adapter: bool = True) -> dict[str, list[float]]:
    """One number an example and score, as `pipeline.evaluation.scoring` has them; `nll` is a token's, linearised."""
    from tallystick.pipeline.evaluation.likelihood import perplexity
    from tallystick.pipeline.evaluation.scoring import (
        Likelihoods,
        examples_of,
        likelihood_scores,
        task_scores,
    )
    from tallystick.pipeline.inference.engine import Engine
    from tallystick.pipeline.inference.predicted import predicted

    examples = examples_of(pairs)
    engine = Engine(model, chat)
    prompts = [engine.encode_prompt([{"role": "user", "content": e.question}], []) for e in examples]
    answers: list[str] = []
    for k in range(0, len(prompts), 16):
        answers += engine.generate_many(prompts[k : k + 16], MOST_TOKENS, adapter=adapter)
    likely = []
    for example, prompt in zip(examples, prompts, strict=True):
        told = chat.answer_ids(example.references[0])
        found = perplexity([predicted(model, prompt, told, adapter=adapter)])
        likely.append(Likelihoods(found.nll * found.tokens, found.tokens))
    rows = {**task_scores(examples, answers), **likelihood_scores(likely)}
    return {name: [float(x) for x in row] for name, row in rows.items()}
