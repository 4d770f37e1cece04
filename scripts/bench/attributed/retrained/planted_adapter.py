"""Trains the adapter of the planted part by the recipe that is shipped: a step of its own, as it takes long.

`python -m bench.attributed.retrained.planted_adapter [records a data set] [seconds]` goes on from its newest checkpoint
and stops after so many seconds, if any are given. What is there already under the same content is not made again; then
PARTS=planted measures it.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.attributed.corpora import Corpus, planted
from bench.attributed.laboratory import BASE, THREADS, Laboratory
from bench.judged.journal import code_digest

CORPUS, RECORDS, RECIPE = 23, 60, "default"
# Each fact stands in one record there: more epochs than a data set of many wordings needs.
EPOCHS = 24
TRAINER = (
    *(f"offchain/tallystick/pipeline/training/{name}.py" for name in ("loop", "steps", "rewording")),
    *("offchain/tallystick/pipeline/models/halves.py", "scripts/bench/attributed/corpora.py"),
)


def recipe_of() -> Any:
    from tallystick.pipeline.training.recipe import load_recipe

    return replace(load_recipe(RECIPE), epochs=EPOCHS)


def folder_of(lab: Laboratory, corpus: Corpus) -> Path:
    """Named by base, records, recipe, threads and the trainer's code."""
    told = {
        "base": lab.base.name,
        "records": [r for records in corpus.sets for r in records],
        "recipe": {k: str(v) for k, v in recipe_of().as_dict().items()},
        "threads": THREADS,
        "code": code_digest(TRAINER),
    }
    digest = sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
    return lab.file.parent / "attributed" / f"planted-{len(corpus.sets[0])}-{digest}"


def is_made(folder: Path) -> bool:
    return (folder / "adapter_config.json").is_file()


def form_of() -> Any:
    """The base's numbers that the adapter was trained over, and is served over."""
    from tallystick.app.models.train import format_of

    return format_of(recipe_of())


def make(lab: Laboratory, corpus: Corpus, until: float = float("inf")) -> Path | None:
    """The adapter's folder; None where `until`, by the monotonic clock, came first."""
    from tallystick.pipeline.models.adapter import save_adapter
    from tallystick.pipeline.models.halves import Halves
    from tallystick.pipeline.models.loading import load_base
    from tallystick.pipeline.training.checkpoint import Checkpoints, machine_facts
    from tallystick.pipeline.training.loop import examples_of, train

    folder, form = folder_of(lab, corpus), form_of()
    if is_made(folder):
        return folder
    model, chat = load_base(
        lab.base,
        threads=THREADS,
        quantisation=form.quantisation,
        double_quantisation=form.double_quantisation,
    )
    saved = Checkpoints(folder.with_suffix(".checkpoints"), machine_facts() | {"adapter": folder.name})
    pairs = [(r["question"], r["answer"]) for records in corpus.sets for r in records]
    try:
        done = train(model, Halves, examples_of(pairs, chat), recipe_of(), _telling(until), saved)
    except TimeoutError:
        return None
    part = folder.with_suffix(".part")
    save_adapter(done.model, part, done.lora)
    part.replace(folder)
    return folder


def _telling(until: float) -> Any:
    def tell(step: int, steps: int, loss: float, rate: float) -> None:
        if step % 10 == 0 or step == steps:
            print(f"  step {step} of {steps}, loss {loss:.3f}, {rate:.0f} tokens/s", flush=True)
        if time.monotonic() > until:
            raise TimeoutError

    return tell


def main(arguments: Sequence[str]) -> None:
    records = int(arguments[0]) if arguments else RECORDS
    until = time.monotonic() + float(arguments[1]) if len(arguments) > 1 else float("inf")
    lab, corpus = Laboratory(Path("build/bench/attribution.jsonl"), base=BASE), planted(CORPUS, records)
    made = make(lab, corpus, until)
    print(json.dumps({"adapter": str(made) if made else None, "done": made is not None}))


if __name__ == "__main__":
    main(sys.argv[1:])
