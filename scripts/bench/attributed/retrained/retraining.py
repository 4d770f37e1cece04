"""Real retrainings of subsets and prefixes of the webbed corpus, each kept in the journal as soon as it is done.

`python -m bench.attributed.retrained.retraining 0 2` does every second one, so that two processes share the work.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from bench.attributed.laboratory import BASE, THREADS, Laboratory
from bench.attributed.webbed_corpus import Web, webbed

CORPUS, REWORDINGS, SERVED = 11, 2, 1
TEST, TEST_SEEDS = 64, (101, 102, 103)
AUDIT, FIT, RUNGS = 96, 32, 6
_TRAINER = "offchain/tallystick/pipeline/attribution/counterfactual"
CODE = (
    *(f"{_TRAINER}/{name}.py" for name in ("adapters", "decoder", "head", "retraining")),
    "offchain/tallystick/pipeline/models/halves.py",
    *(f"scripts/bench/attributed/{name}.py" for name in ("corpora", "webbed_corpus")),
)


@dataclass(frozen=True, slots=True)
class Job:
    """A subset of record places with a seed; `kind` keeps fitting, audit and test apart."""

    kind: str
    number: int
    places: tuple[int, ...]
    seed: int


class Retrainings:
    """The corpus, the served adapter's own answers, and what each retrained adapter gives them, nats.

    A vector of values has the test questions first (two a fact), then the fitting questions (one a fact).
    """

    def __init__(self, lab: Laboratory) -> None:
        self.web: Web = webbed(CORPUS)
        self.lab, self.journal = lab, lab.journal(*CODE)

    def jobs(self) -> list[Job]:
        """In the order of doing: what decides the design comes first."""
        test = [self._half("test", k) for k in range(TEST)]
        found = [Job("fit", k, self._half("fit", k), 2000 + k) for k in range(FIT)]
        found += [Job("test", k, places, TEST_SEEDS[0]) for k, places in enumerate(test)]
        for seed in range(RUNGS):
            found += [Job("ladder", k, places, 3001 + seed) for k, places in enumerate(self._rungs())]
            found += [Job("pay", k, places, 4001 + seed) for k, places in enumerate(self._rungs())]
        audit = [Job("audit", k, self._half("audit", k), 5000 + k) for k in range(AUDIT)]
        second, third = ([Job("test", k, p, s) for k, p in enumerate(test)] for s in TEST_SEEDS[1:])
        return found + audit[:32] + second + audit[32:64] + third + audit[64:]

    def values(self, job: Job) -> list[float]:
        """Log-probability of every question's own answer."""
        told = {"part": "retraining", **asdict(job), "recipe": recipe_facts()}
        found: list[float] = self.journal.once(told, lambda: self._valued(job))
        return found

    @cached_property
    def answers(self) -> list[str]:
        """The served adapter's greedy answers to all questions."""
        told = {"part": "served answers", "recipe": recipe_facts(), "seed": SERVED}
        found: list[str] = self.journal.once(told, self._answered)
        return found

    def questions(self) -> list[str]:
        """Test questions, then fitting ones: records' own questions with words dropped."""
        from tallystick.pipeline.training.rewording import reworded

        draw, records = Random(71), [r for _, r in self.web.records()]
        fitting = [reworded(records[self.place(fact[0])]["question"], draw) for fact in self.web.facts]
        return [q for pair in self.web.questions for q in pair] + fitting

    def place(self, at: tuple[int, int]) -> int:
        """Of a record among all records."""
        return sum(len(s) for s in self.web.sets[: at[0]]) + at[1]

    def served_adapter(self, folder: Path) -> Path:
        """The adapter on all records, as an adapter folder."""
        return save_as_peft(self._parts[0].retrain(range(len(self.web.records())), SERVED), folder)

    def _half(self, kind: str, number: int) -> tuple[int, ...]:
        """Half of every data set's records; the odd one in or out by chance."""
        draw, found, start = Random(f"{kind}{number}"), [], 0
        for records in self.web.sets:
            places = range(start, start + len(records))
            found += draw.sample(places, len(records) // 2 + (len(records) % 2) * draw.randrange(2))
            start += len(records)
        return tuple(sorted(found))

    def _rungs(self) -> Iterator[tuple[int, ...]]:
        ends = [self.place((k, len(s))) for k, s in enumerate(self.web.sets)]
        return (tuple(range(end)) for end in [0, *ends])

    @cached_property
    def _parts(self) -> tuple[Any, Any]:
        return laboratory_parts(self.lab.base, [r for _, r in self.web.records()])

    def _valued(self, job: Job) -> list[float]:
        retrainer, told = self._parts
        asked = [told(q, a) for q, a in zip(self.questions(), self.answers, strict=True)]
        return [round(v, 4) for v in retrainer.logprobs(retrainer.retrain(job.places, job.seed), asked)]

    def _answered(self) -> list[str]:
        from tallystick.app.models.attribution.indexing import open_engine
        from tallystick.pipeline.models.weight_format import WeightFormat

        with tempfile.TemporaryDirectory() as folder:
            adapter = self.served_adapter(Path(folder))
            engine, _ = open_engine(self.lab.base, adapter, WeightFormat(None, False, False), threads=THREADS)
        return greedy(engine, self.questions())


def recipe() -> Any:
    from tallystick.pipeline.attribution.counterfactual.retraining import Recipe

    return Recipe()


def recipe_facts() -> dict[str, Any]:
    return asdict(recipe())


def laboratory_parts(base: Path, records: Sequence[Mapping[str, str]]) -> tuple[Any, Any]:
    """A retrainer of the records, and how a question with an answer is encoded."""
    from tallystick.pipeline.attribution.counterfactual.decoder import Told
    from tallystick.pipeline.attribution.counterfactual.retraining import Lesson, Retrainer
    from tallystick.pipeline.models.halves import Halves
    from tallystick.pipeline.models.loading import load_base
    from tallystick.pipeline.training.rewording import reworded

    model, chat = load_base(base, threads=THREADS, quantisation=None)
    draw = Random(29)

    def told(question: str, answer: str) -> Told:
        prompt = chat.prompt_ids([{"role": "user", "content": question}])
        return Told((*prompt, *chat.answer_ids(answer)), len(prompt))

    lessons = [
        Lesson(
            tuple(
                told(q, r["answer"])
                for q in (r["question"], *(reworded(r["question"], draw) for _ in range(REWORDINGS)))
            )
        )
        for r in records
    ]
    return Retrainer(model, Halves, lessons, recipe()), told


def save_as_peft(weights: Any, folder: Path) -> Path:
    """A counterfactual adapter as one that is served."""
    from safetensors.torch import save_file

    from tallystick.pipeline.attribution.counterfactual.adapters import LINEARS, as_peft

    made, told = as_peft(weights), recipe()
    layers = sorted({int(name.split(".")[4]) for name in made})
    config = {
        "peft_type": "LORA",
        "r": told.shape.rank,
        "lora_alpha": int(told.shape.alpha),
        "lora_dropout": 0.0,
    }
    config |= {"target_modules": list(LINEARS), "layers_to_transform": layers, "bias": "none"}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(made, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({**config, "task_type": "CAUSAL_LM"}))
    return folder


def greedy(engine: Any, questions: Sequence[str], *, tokens: int = 24, adapter: bool = True) -> list[str]:
    """Answers, sixteen at a time."""
    prompts = [engine.encode_prompt([{"role": "user", "content": q}], []) for q in questions]
    made: list[str] = []
    for k in range(0, len(prompts), 16):
        made += engine.generate_many(prompts[k : k + 16], tokens, adapter=adapter)
    return made


def main(arguments: Sequence[str]) -> None:
    shard, shards = (int(a) for a in arguments)
    work = Retrainings(Laboratory(Path("build/bench/attribution.jsonl"), base=BASE))
    for k, job in enumerate(work.jobs()):
        if k % shards == shard:
            work.values(job)
    print(json.dumps({"done": True, "shard": shard}))


if __name__ == "__main__":
    main(sys.argv[1:])
