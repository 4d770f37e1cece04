"""Puts a kitchen together: engine, retrieval over registered documents, attribution over the training manifest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tallystick.app.answer import Kitchen
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId
from tallystick.errors import InvalidInput
from tallystick.pipeline.models.weight_format import WeightFormat
from tallystick.pipeline.training.records import last_exchange

INDEX_SEED = 20_261_121
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Menu:
    """What is served: where the model is, which data sets it uses, and who its ancestors are.

    `form` is what the adapter was trained over.
    """

    base: Path
    adapter: Path
    embedder: Path | None
    training: tuple[Dataset, ...]
    retrieval: tuple[Dataset, ...]
    lineage: tuple[tuple[AssetId, int], ...]
    threads: int = 2
    form: WeightFormat = field(default_factory=WeightFormat)


def open_engine(base: Path, adapter: Path, form: WeightFormat, *, threads: int = 2) -> tuple[Any, Any]:
    """The engine over a base in the very numbers of training, with an adapter of any kind, and the chat format."""
    from tallystick.pipeline.inference.engine import Engine
    from tallystick.pipeline.models.adapter import TUNED
    from tallystick.pipeline.models.loading import load_as, with_adapter

    model, chat = load_as(base, form, threads=threads, chat_needed=False)
    return Engine(with_adapter(model, adapter, TUNED), chat), chat


def check_servable(adapter: Path, *, has_template: bool) -> None:
    """`InvalidInput` for what cannot be answered with and paid for; asked before anything of it is published."""
    from tallystick.pipeline.models.adapter import TUNED, check_adapter

    kind = check_adapter(adapter, TUNED).get("peft_type")
    if kind is not None:
        raise InvalidInput(
            f"An adapter of virtual tokens ({kind}) cannot be registered: what its records earn is weighed by LoRA"
            " gradients.",
            "Train with a LoRA method to serve; `tallystick model evaluate` judges this one.",
        )
    if not has_template:
        raise InvalidInput(
            "The base model has no chat template, so that nobody could ask it.",
            "Train an instruction-tuned base.",
        )


def open_kitchen(menu: Menu, progress: Progress = lambda done, total: None) -> Kitchen:
    """Loads the model with its adapter, indexes documents and training records. Takes a minute on a CPU."""
    from tallystick.pipeline.attribution.attribute import Attributor
    from tallystick.pipeline.inference.embedder import Embedder
    from tallystick.pipeline.inference.retrieval import Library

    engine, chat = open_engine(menu.base, menu.adapter, menu.form, threads=menu.threads)
    encoder = Embedder(menu.embedder)
    library = Library(_passages(menu.retrieval, encoder), encoder)
    index = _training_index(menu.training, encoder, engine, chat, progress)
    return Kitchen(engine, library.search, Attributor(engine, index, menu.lineage).attribute)


def _passages(datasets: Sequence[Dataset], encoder: Any) -> list[Any]:
    from tallystick.pipeline.attribution.clusters.cluster import all_texts, cluster, in_order
    from tallystick.pipeline.inference.retrieval import Passage

    members = cluster(datasets, encoder.embed(all_texts(datasets)))
    bodies = [r.body for d in in_order(datasets) for r in d.records]
    return [
        Passage(m.dataset_id, m.order, m.record_index, body.get("title", ""), body["text"])
        for place, (m, body) in enumerate(zip(members, bodies, strict=True))
        if m.leads(place)
    ]


def _training_index(
    datasets: Sequence[Dataset], encoder: Any, engine: Any, chat: Any, progress: Progress
) -> Any:
    from tallystick.pipeline.attribution.clusters.cluster import all_texts, cluster, in_order
    from tallystick.pipeline.attribution.index import build_index

    members = cluster(datasets, encoder.embed(all_texts(datasets)))
    bodies = [r.body for d in in_order(datasets) for r in d.records]
    leading = [(m, b) for place, (m, b) in enumerate(zip(members, bodies, strict=True)) if m.leads(place)]
    return build_index(
        [m for m, _ in leading],
        [_example(b, chat) for _, b in leading],
        engine,
        seed=INDEX_SEED,
        progress=progress,
    )


def _example(body: dict[str, str], chat: Any) -> tuple[list[int], list[int]]:
    exchange = last_exchange(body)
    return exchange.prompt_ids(chat), chat.answer_ids(exchange.answer)
