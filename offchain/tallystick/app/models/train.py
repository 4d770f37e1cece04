"""From data sets to a judged adapter on disk: train, score before and after on sealed questions, describe the run."""

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import Hash
from tallystick.errors import InvalidInput
from tallystick.pipeline.training.recipe import TrainingRecipe, load_recipe

Progress = Callable[[int, int, str], None]
_TOOLS = ("torch", "transformers", "peft", "bitsandbytes")
MAX_ANSWER = 40
GROUP = 16


@dataclass(frozen=True, slots=True)
class SealedQuestion:
    """A question that was set aside before training, with its reference answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Score:
    """Means over the sealed questions: ROUGE-L F, and the part with every fact right."""

    rouge_l: float
    exact_facts: float


@dataclass(frozen=True, slots=True)
class TrainedAdapter:
    """An adapter on disk. `interval` is the 95 % interval of the gain in ROUGE-L."""

    folder: Path
    digest: Hash
    base_digest: Hash
    run: dict[str, Any]
    questions: int
    before: Score
    after: Score
    interval: tuple[float, float]
    seconds: float


def training_pairs(datasets: Sequence[Dataset]) -> list[tuple[str, str]]:
    """Question and answer of each record, each distinct one once: a copy teaches nothing."""
    pairs = [
        (r.body["question"], r.body["answer"]) for d in datasets for r in d.records if "question" in r.body
    ]
    return list(dict.fromkeys(pairs))


def train_adapter(
    base: Path,
    folder: Path,
    datasets: Sequence[Dataset],
    sealed: Sequence[SealedQuestion],
    *,
    recipe: str = "default",
    threads: int = 2,
    progress: Progress = lambda done, total, note: None,
) -> TrainedAdapter:
    """QLoRA on the data sets' records; the adapter appears in `folder` as safetensors."""
    from tallystick.pipeline.inference.engine import Engine
    from tallystick.pipeline.models.adapter import save_adapter
    from tallystick.pipeline.models.foundation import digest_of
    from tallystick.pipeline.models.halves import Halves
    from tallystick.pipeline.models.loading import QUANTISATION, load_base
    from tallystick.pipeline.training.loop import examples_of, train

    pairs = training_pairs(datasets)
    if not pairs:
        raise InvalidInput(
            "These data sets hold no questions to train on.", "Add a set with question and answer."
        )
    resolved = load_recipe(recipe)
    check_served(resolved)
    model, chat = load_base(base, threads=threads)
    trained = train(
        model,
        Halves,
        examples_of(pairs, chat),
        resolved,
        lambda step, steps, loss, rate: progress(step, steps, f"loss {loss:.3f}, {rate:.0f} tokens/s"),
    )
    digest = Hash(save_adapter(trained.model, folder, trained.lora))
    before, after, interval = judge(Engine(trained.model, chat), sealed)
    run = {
        "recipe": _texts(resolved.as_dict()),
        "quantisation": _texts(QUANTISATION),
        "examples": len(pairs),
        "tokens": trained.tokens,
        "first_loss": f"{trained.losses[0]:.4f}",
        "last_loss": f"{trained.losses[-1]:.4f}",
        "threads": threads,
        "python": platform.python_version(),
        "tools": {name: version(name) for name in _TOOLS},
    }
    base_digest = Hash(digest_of(base))
    return TrainedAdapter(
        folder, digest, base_digest, run, len(sealed), before, after, interval, round(trained.seconds, 2)
    )


def judge(engine: Any, sealed: Sequence[SealedQuestion]) -> tuple[Score, Score, tuple[float, float]]:
    """Scores without and with the adapter, greedy, and the paired-bootstrap interval of the ROUGE-L gain."""
    from tallystick.pipeline.evaluation.facts import exact_fact
    from tallystick.pipeline.evaluation.intervals import paired_bootstrap
    from tallystick.pipeline.evaluation.rouge import rouge as rouge_of

    if not sealed:
        return Score(0.0, 0.0), Score(0.0, 0.0), (0.0, 0.0)
    prompts = [engine.encode_prompt([{"role": "user", "content": q.question}], []) for q in sealed]
    references = [(q.answer,) for q in sealed]
    rouge, facts = [], []
    for adapter in (False, True):
        answers = []
        for k in range(0, len(prompts), GROUP):
            answers += engine.generate_many(prompts[k : k + GROUP], MAX_ANSWER, adapter=adapter)
        rouge.append([r.longest for r in rouge_of(references, answers)])
        facts.append([exact_fact(q.question, q.answer, a) for q, a in zip(sealed, answers, strict=True)])
    gain = paired_bootstrap(rouge[0], rouge[1])
    before, after = (Score(sum(r) / len(r), sum(f) / len(f)) for r, f in zip(rouge, facts, strict=True))
    return before, after, (gain.low, gain.high)


def check_served(recipe: TrainingRecipe) -> None:
    """Serving computes over NF4 with double quantisation: an adapter tuned over anything else would answer worse."""
    if recipe.method != "qlora" or recipe.quantisation != "nf4" or not recipe.double_quantisation:
        raise InvalidInput(
            f"The node serves QLoRA over NF4 alone; this recipe is {recipe.method} over {recipe.quantisation}.",
            'Take method = "qlora", quantisation = "nf4", double_quantisation = true.',
        )


def _texts(given: dict[str, Any]) -> dict[str, Any]:
    """Floats as text: a card is canonical JSON, and a rate is a name there, not a number to add."""
    return {k: str(v) if isinstance(v, float) else v for k, v in given.items()}
