"""Puts a kitchen together: engine, retrieval over registered documents, attribution over the training manifest."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.app.answering.kitchen import Fingerprint, Kitchen
from tallystick.app.models.attribution.indexing import Learnt, committed_index
from tallystick.app.models.calibration.opening import open_calibration
from tallystick.app.models.serving.bases import Bases, TraceOf
from tallystick.config import default_serving
from tallystick.domain.attribution import IndexFacts
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId
from tallystick.errors import InvalidInput
from tallystick.pipeline.inference.retrieval.vectors import EmbeddedIndex, MakeIndex

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Menu:
    """What is served: where the model is, which data sets it uses, and who its ancestors are.

    `learnt` is the adapter with what it was trained on, `committed` what the model's card says of its index,
    `calibration` what it says of that, None where there is none. `barred` data sets may not earn any more.
    """

    learnt: Learnt
    committed: IndexFacts
    retrieval: tuple[Dataset, ...]
    lineage: tuple[tuple[AssetId, int], ...]
    calibration: Mapping[str, Any] | None = None
    barred: Callable[[], Collection[AssetId]] = tuple


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


def open_kitchen(
    menu: Menu,
    progress: Progress = lambda done, total: None,
    bases: Bases | None = None,
    make_index: MakeIndex = EmbeddedIndex,
) -> Kitchen:
    """Opens the model on a base that others may share, the index that its card commits to, and embeds documents."""
    from tallystick.pipeline.attribution.attribute import Attributor
    from tallystick.pipeline.inference.embedder import Embedder
    from tallystick.pipeline.inference.retrieval.library import Library

    learnt = menu.learnt
    opened = (bases or Bases(default_serving())).open(learnt)
    engine, chat = opened.engine, opened.chat
    encoder = Embedder(learnt.embedder)
    library = Library(passages_of(menu.retrieval, encoder), encoder, make_index)
    library.barred = menu.barred
    index = committed_index(learnt, menu.committed, encoder, engine, chat, progress)
    calibration = open_calibration(learnt, menu.calibration, engine)
    used = library.usefulness
    attributor = Attributor(engine, index, menu.lineage, calibration, library.asking)
    attribute = opened.recalling(attributor.attribute)
    mark = fingerprint_by(opened.trace) if opened.has_states else _no_fingerprint
    return Kitchen(
        opened.model,
        library.search,
        attribute,
        mark,
        lambda i: chat.decode([i]),
        encoder,
        used.learn,
        used.recall,
    )


def _no_fingerprint(prompt_ids: Sequence[int], token_ids: Sequence[int]) -> bytes:
    """Of an engine that gives no hidden states: one of our own would bind the answer to a model that did not make it."""
    return b""


def fingerprint_by(trace: TraceOf) -> Fingerprint:
    """Of what the engine kept of this very answer, else of one pass over it."""
    from tallystick.pipeline.attribution.reference.fingerprint import fingerprint

    return lambda prompt_ids, token_ids: fingerprint(trace(prompt_ids, token_ids).hidden)


def passages_of(datasets: Sequence[Dataset], encoder: Any) -> list[Any]:
    from tallystick.pipeline.attribution.clusters.cluster import all_texts, cluster, in_order
    from tallystick.pipeline.inference.retrieval.library import Passage

    members = cluster(datasets, encoder.embed(all_texts(datasets)))
    bodies = [r.body for d in in_order(datasets) for r in d.records]
    return [
        Passage(m.dataset_id, m.order, m.record_index, body.get("title", ""), body["text"])
        for place, (m, body) in enumerate(zip(members, bodies, strict=True))
        if m.leads(place)
    ]
