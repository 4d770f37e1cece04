"""From data sets to a judged adapter on disk: train, score before and after on sealed questions, describe the run."""

import hashlib
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tallystick.app.models.capacity.parallel import (
    SharedTraining,
    Stopped,
    check_crew,
    shares,
    train_in_workers,
)
from tallystick.app.models.capacity.planning import require_room
from tallystick.app.models.jobs.curve import Curve, learning_curve, steps_on_the_way
from tallystick.app.models.jobs.job import Crew
from tallystick.app.models.jobs.watch import Progress, Watch, counting, retold
from tallystick.app.models.sealing import Score, SealedQuestion, judge
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import Hash
from tallystick.errors import InvalidInput
from tallystick.pipeline.models.weight_format import WeightFormat
from tallystick.pipeline.training.method_fields import LORA
from tallystick.pipeline.training.recipe import TrainingRecipe, load_recipe
from tallystick.pipeline.training.records import last_exchange

Bodies = Sequence[dict[str, str]]
ALONE = Crew()
_TOOLS = ("torch", "transformers", "peft", "bitsandbytes")


@dataclass(frozen=True, slots=True)
class TrainedAdapter:
    """An adapter on disk. `interval` is the 95 % interval of the gain in ROUGE-L, `bound` what the gate goes by.

    `curve` has (seconds of training, ROUGE-L) at the points where it was scored; the last is the end.
    """

    folder: Path
    digest: Hash
    base_digest: Hash
    run: dict[str, Any]
    questions: int
    before: Score
    after: Score
    interval: tuple[float, float]
    bound: float
    seconds: float
    curve: Curve


def training_bodies(datasets: Sequence[Dataset]) -> list[dict[str, str]]:
    """What is learnt of each record, each distinct one once: a copy teaches nothing."""
    found = {r.canonical: r.body for d in datasets if not d.is_retrieval for r in d.records}
    return list(found.values())


def train_adapter(
    base: Path,
    folder: Path,
    datasets: Sequence[Dataset],
    sealed: Sequence[SealedQuestion],
    *,
    recipe: str = "default",
    threads: int = 2,
    progress: Progress = lambda done, total, note: None,
    watch: Watch | None = None,
    crew: Crew = ALONE,
    points: int = 1,
) -> TrainedAdapter:
    """Any recipe on the data sets' records; the adapter appears in `folder` as safetensors."""
    from tallystick.pipeline.models.foundation import digest_of

    watch = watch or Watch(progress)
    bodies, resolved = training_bodies(datasets), load_recipe(recipe)
    check_before_start(base, bodies, resolved)
    check_crew(crew, resolved)
    require_room(base, bodies, resolved, crew=crew)
    form, base_digest = format_of(resolved), Hash(digest_of(base))
    facts = {
        "recipe": _digest(_texts(resolved.as_dict())),
        "data": _digest(bodies),
        "base": base_digest.hex(),
    }
    looks = steps_on_the_way(resolved, len(bodies), points) if watch.checkpoints else frozenset()
    job = SharedTraining(
        base, folder, tuple(bodies), resolved, form, threads, crew.sharded, watch.run, facts, looks
    )
    how = _alone(job, watch) if crew.is_one_process else _together(job, crew, watch)
    trained, digest, engine, chat = how
    before, after, interval, bound = judge(engine, sealed, lambda q: q.exchange.prompt_ids(chat))
    curve = learning_curve(job, watch.checkpoints, sealed, watch.event) if watch.checkpoints else ()
    run = _run_facts(trained, resolved, form, chat, len(bodies), facts["data"], threads)
    return TrainedAdapter(
        folder,
        digest,
        base_digest,
        run,
        len(sealed),
        before,
        after,
        interval,
        bound,
        round(trained.seconds, 2),
        (*curve, (round(trained.seconds, 2), after.rouge_l)),
    )


def _alone(job: SharedTraining, watch: Watch) -> tuple[Any, Hash, Any, Any]:
    """How it went, the adapter's digest, an engine with it and the chat format."""
    from tallystick.pipeline.models.adapter import save_adapter
    from tallystick.pipeline.models.loading import load_base
    from tallystick.pipeline.training.allocator import give_back_memory

    give_back_memory()
    watch.stage("loading the base")
    model, chat = load_base(
        job.base,
        threads=job.threads,
        quantisation=job.form.quantisation,
        double_quantisation=job.form.double_quantisation,
        chat_needed=job.recipe.in_halves,
    )
    watch.stage("training")
    trained = _tuned(model, chat, job, watch)
    digest = Hash(save_adapter(trained.model, job.folder, trained.lora))
    watch.stage("judging")
    engine = _engine_of(trained.model, chat, job.base, job.folder, job.form, job.recipe, job.threads)
    return trained, digest, engine, chat


def _together(job: SharedTraining, crew: Crew, watch: Watch) -> tuple[Any, Hash, Any, Any]:
    """As `_alone`. Workers write steps and checkpoints into the run directory themselves."""
    from tallystick.app.models.attribution.indexing import open_engine

    watch.stage(f"training by {crew.workers} workers")
    try:
        with retold(watch):
            trained = train_in_workers(replace(job, threads=shares(job.threads, crew.workers)), crew)
    except Stopped:
        watch.stage("stopping")  # which sees the request
        raise
    watch.stage("judging")
    return trained, Hash(trained.digest), *open_engine(job.base, job.folder, job.form, threads=job.threads)


def _run_facts(
    trained: Any,
    recipe: TrainingRecipe,
    form: WeightFormat,
    chat: Any,
    examples: int,
    data: str,
    threads: int,
) -> dict[str, Any]:
    """What the card says of the run: what decided the adapter, and how the loss went."""
    return {
        "recipe": _texts(recipe.as_dict()),
        "quantisation": form.as_dict(),
        "chat_template": chat.has_template,
        "examples": examples,
        "data": data,
        "tokens": trained.tokens,
        "first_loss": f"{trained.losses[0]:.4f}",
        "last_loss": f"{trained.losses[-1]:.4f}",
        "threads": threads,
        "python": platform.python_version(),
        "tools": {name: version(name) for name in _TOOLS},
    }


def check_before_start(base: Path, bodies: Bodies, recipe: TrainingRecipe) -> None:
    """The one place where a training is refused before anything is loaded: data, base and plan against the recipe."""
    from tallystick.pipeline.models.foundation import check_model_folder

    if not bodies:
        raise InvalidInput(
            "These data sets hold no questions to train on.", "Add a set with question and answer."
        )
    check_model_folder(base)
    for body in bodies if recipe.in_halves else ():
        if not last_exchange(body).is_one_question:
            raise InvalidInput(
                "A record has a system prompt, several turns or no chat format, and this recipe trains in halves.",
                "Take a recipe over the whole decoder: `--recipe qlora-nf4`.",
            )


def format_of(recipe: TrainingRecipe) -> WeightFormat:
    """The base's numbers under a recipe."""
    is_rounded = recipe.precision == "bf16" and not recipe.in_halves
    if recipe.method != "qlora":
        return WeightFormat(None, False, is_rounded)
    double = recipe.double_quantisation and recipe.quantisation != "int8"
    return WeightFormat(recipe.quantisation, double, is_rounded)


def _tuned(model: Any, chat: Any, job: SharedTraining, watch: Watch) -> Any:
    """What the recipe's loop made, from the newest checkpoint on."""
    from tallystick.pipeline.models.halves import Halves
    from tallystick.pipeline.training.checkpoint import Checkpoints, machine_facts
    from tallystick.pipeline.training.loop import examples_of, train
    from tallystick.pipeline.training.records import encode_records
    from tallystick.pipeline.training.tuning import tune

    recipe, bodies = job.recipe, job.bodies
    every = machine_facts() | job.facts
    watch.facts(every)
    saved = None
    if watch.checkpoints:
        saved = Checkpoints(watch.checkpoints, every, tell=watch.event, points=job.points)
    counted = counting(watch)
    if not recipe.in_halves:
        return tune(model, encode_records(bodies, chat, recipe.cutoff), recipe, counted, saved)
    exchanges = [last_exchange(body) for body in bodies]
    pairs = dict.fromkeys((e.messages[0]["content"], e.answer) for e in exchanges)
    return train(model, Halves, examples_of(list(pairs), chat), recipe, counted, saved)


def _engine_of(
    tuned: Any, chat: Any, base: Path, folder: Path, form: WeightFormat, recipe: TrainingRecipe, threads: int
) -> Any:
    """Judged is what is served: the model in memory where it has those numbers, else the adapter from disk."""
    from tallystick.app.models.attribution.indexing import open_engine
    from tallystick.pipeline.inference.engine import Engine

    if recipe.method in LORA and not form.is_rounded:
        return Engine(tuned, chat)
    return open_engine(base, folder, form, threads=threads)[0]


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical_json(value)).hexdigest()


def _texts(given: dict[str, Any]) -> dict[str, Any]:
    """Floats as text: a card is canonical JSON, and a rate is a name there, not a number to add."""
    return {k: str(v) if isinstance(v, float) else v for k, v in given.items()}
