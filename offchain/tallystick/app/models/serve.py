"""Puts a kitchen together: engine, retrieval over registered documents, attribution over the training manifest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.app.answer import Kitchen
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId

INDEX_SEED = 20_261_121
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Menu:
    """What is served: where the model is, which data sets it uses, and who its ancestors are."""

    base: Path
    adapter: Path
    embedder: Path | None
    training: tuple[Dataset, ...]
    retrieval: tuple[Dataset, ...]
    lineage: tuple[tuple[AssetId, int], ...]
    threads: int = 2


def open_kitchen(menu: Menu, progress: Progress = lambda done, total: None) -> Kitchen:
    """Loads the model with its adapter, indexes documents and training records. Takes a minute on a CPU."""
    from tallystick.pipeline.attribution.attribute import Attributor
    from tallystick.pipeline.inference.embedder import Embedder
    from tallystick.pipeline.inference.engine import Engine
    from tallystick.pipeline.inference.retrieval import Library
    from tallystick.pipeline.models.loading import load_base, with_adapter

    base, chat = load_base(menu.base, threads=menu.threads)
    engine = Engine(with_adapter(base, menu.adapter), chat)
    encoder = Embedder(menu.embedder)
    library = Library(_passages(menu.retrieval, encoder), encoder)
    index = _training_index(menu.training, encoder, engine, chat, progress)
    return Kitchen(engine, library.search, Attributor(engine, index, menu.lineage).attribute)


def _passages(datasets: Sequence[Dataset], encoder: Any) -> list[Any]:
    from tallystick.pipeline.attribution.clusters import all_texts, cluster, in_order
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
    from tallystick.pipeline.attribution.clusters import all_texts, cluster, in_order
    from tallystick.pipeline.attribution.index import build_index

    members = cluster(datasets, encoder.embed(all_texts(datasets)))
    bodies = [r.body for d in in_order(datasets) for r in d.records]
    leading = [(m, b) for place, (m, b) in enumerate(zip(members, bodies, strict=True)) if m.leads(place)]
    return build_index(
        [m for m, _ in leading],
        [(b["question"], b["answer"]) for _, b in leading],
        engine,
        chat,
        seed=INDEX_SEED,
        progress=progress,
    )
