"""The attribution index of an adapter: built when its model is registered, opened when it is served."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tallystick.domain.attribution import IndexFacts
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import Hash
from tallystick.domain.trees import entry_tree
from tallystick.errors import IntegrityMismatch, IntegrityViolation, NotFound, Unavailable
from tallystick.pipeline.models.card import INDEX_FILE
from tallystick.pipeline.models.weight_format import WeightFormat
from tallystick.pipeline.registration.content_id import entries_of
from tallystick.pipeline.training.records import last_exchange

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Learnt:
    """An adapter on disk with what it was trained on; `form` is what it was trained over."""

    base: Path
    adapter: Path
    embedder: Path | None
    training: tuple[Dataset, ...]
    threads: int = 2
    form: WeightFormat = field(default_factory=WeightFormat)

    @property
    def manifest(self) -> Hash:
        return Hash(entry_tree(entries_of(self.training)).root.hash)

    @property
    def file(self) -> Path:
        """Of the index, beside the adapter: a folder's digest is over its files."""
        return self.adapter.with_name(f"{self.adapter.name}.{self.manifest.hex()[:16]}.index")


def open_engine(base: Path, adapter: Path, form: WeightFormat, *, threads: int = 2) -> tuple[Any, Any]:
    """The engine over a base in the very numbers of training, with an adapter of any kind, and the chat format."""
    from tallystick.pipeline.inference.engine import Engine
    from tallystick.pipeline.models.adapter import TUNED
    from tallystick.pipeline.models.loading import load_as, with_adapter

    model, chat = load_as(base, form, threads=threads, chat_needed=False)
    return Engine(with_adapter(model, adapter, TUNED), chat), chat


def make_index(learnt: Learnt, progress: Progress = lambda done, total: None) -> IndexFacts:
    """For the model's card. A sound file that is there already is taken as it is, and no model is loaded."""
    from tallystick.pipeline.attribution.indexing.index import stored_facts
    from tallystick.pipeline.inference.embedder import Embedder

    try:
        return stored_facts(learnt.file)
    except (NotFound, IntegrityMismatch):
        engine, chat = open_engine(learnt.base, learnt.adapter, learnt.form, threads=learnt.threads)
        facts: IndexFacts = _built(learnt, Embedder(learnt.embedder), engine, chat, progress).facts
        return facts


def fetch_index(learnt: Learnt, run: Mapping[str, Any], get_file: Callable[[Hash, Path], None]) -> None:
    """Bring the file that a card's `run` names to where `committed_index` looks for it, unless one is there or nobody
    has it."""
    told = run.get(INDEX_FILE)
    if told and not learnt.file.exists():
        with suppress(NotFound, Unavailable):
            get_file(Hash(bytes.fromhex(str(told).removeprefix("0x"))), learnt.file)


def committed_index(
    learnt: Learnt, committed: IndexFacts, encoder: Any, engine: Any, chat: Any, progress: Progress
) -> Any:
    """The index that the card commits to. A file that is missing or damaged is built again; `IntegrityViolation` where
    that gives another root."""
    from tallystick.pipeline.attribution.indexing.index import open_over

    try:
        index = open_over(learnt.file, learnt.training)
        if index.facts == committed:
            return index
    except (NotFound, IntegrityMismatch):
        pass
    index = _built(learnt, encoder, engine, chat, progress)
    if index.facts != committed:
        raise IntegrityViolation(
            f"The attribution index of {learnt.adapter} is not the one that its model's card commits to.",
            f"Bring {learnt.file.name} back from a copy, or serve with {committed.threads} threads as when it was built.",
        )
    return index


def leading_of(training: Sequence[Dataset], encoder: Any) -> list[tuple[Any, dict[str, str]]]:
    """Records that follow no earlier one, in chain order: members of clusters with the records' bodies."""
    from tallystick.pipeline.attribution.clusters.cluster import all_texts, cluster, in_order

    members = cluster(training, encoder.embed(all_texts(training)))
    bodies = [r.body for d in in_order(training) for r in d.records]
    return [(m, b) for place, (m, b) in enumerate(zip(members, bodies, strict=True)) if m.leads(place)]


def _built(learnt: Learnt, encoder: Any, engine: Any, chat: Any, progress: Progress) -> Any:
    from tallystick.pipeline.attribution.indexing.build import Order, build_index
    from tallystick.pipeline.models.adapter import adapter_digest

    leading = leading_of(learnt.training, encoder)
    order = Order(
        members=[m for m, _ in leading],
        pairs=[example_of(b, chat) for _, b in leading],
        scorer=engine,
        adapter=Hash(adapter_digest(learnt.adapter)),
        manifest=learnt.manifest,
        threads=learnt.threads,
    )
    _take_earlier(learnt.file)
    return build_index(learnt.file, order, progress)


def _take_earlier(file: Path) -> None:
    """Begin with what was indexed of this adapter under another manifest."""
    adapter = file.name.split(".")[0]
    found: Sequence[Path] = sorted(file.parent.glob(f"{adapter}.*.index"), key=lambda p: p.stat().st_mtime)
    if found and not file.exists():
        part = file.with_suffix(".part")
        shutil.copyfile(found[-1], part)
        part.replace(file)


def example_of(body: dict[str, str], chat: Any) -> tuple[list[int], list[int]]:
    """Token ids of a record's prompt and answer, as the model learnt it."""
    exchange = last_exchange(body)
    return exchange.prompt_ids(chat), chat.answer_ids(exchange.answer)
