"""Builds an index: features of every leading record, once. What an earlier file holds of the same adapter is kept."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tallystick.domain.ids import AssetId, Hash
from tallystick.errors import IntegrityMismatch, InvalidInput, NotFound
from tallystick.pipeline.attribution.clusters.cluster import Member
from tallystick.pipeline.attribution.indexing.grid import Grid, Rows
from tallystick.pipeline.attribution.indexing.index import Tables, TrainingIndex, open_index, spans_folder
from tallystick.pipeline.attribution.indexing.matrices import chosen_parts, matrices_of
from tallystick.pipeline.attribution.indexing.row_maker import Features, HasFeatures, RowMaker, features_of
from tallystick.pipeline.attribution.indexing.rows import RowForm
from tallystick.pipeline.attribution.indexing.sections import open_sections, write_sections
from tallystick.pipeline.attribution.indexing.sketching import Sketcher
from tallystick.pipeline.attribution.spans.index import SpanIndex

FORM = RowForm(Grid(512, 2), Grid(576, 2))
CENTRE_OF = 512
SAVED_EVERY_S = 60.0
Progress = Callable[[int, int], None]
Pair = tuple[Sequence[int], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be indexed: leading records in chain order, and the token ids of each one's prompt and answer.

    `adapter` is the digest of the adapter that `scorer` has on; `manifest` the root of its training manifest, which
    seeds the sketches of every data set that no earlier file holds. Sketches are computed on `device`; None: where the
    engine leaves gradients.
    """

    members: Sequence[Member]
    pairs: Sequence[Pair]
    scorer: HasFeatures
    adapter: Hash
    manifest: Hash
    form: RowForm = FORM
    threads: int = 1
    device: str | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """Rows of an earlier file, by data set and record."""

    tables: Tables
    centre: Rows
    rows: NDArray[Any]
    places: dict[tuple[AssetId, int], int]


def build_index(path: Path, order: Order, progress: Progress = lambda done, total: None) -> TrainingIndex:
    """Index the records into the file at `path`, which may hold some already; a build that was stopped goes on."""
    if len(order.members) != len(order.pairs) or not order.members:
        raise InvalidInput("There are no records to index.", "Give a manifest with leading records.")
    builder = _Builder(path, order, _known(path, order), progress)
    builder.run()
    return open_index(path, order.members)


def _known(path: Path, order: Order) -> _Known | None:
    """What can be kept; nothing of a damaged file, or of another adapter's."""
    try:
        stored = open_sections(path)
        tables = Tables.read(stored)
        stored.check()
    except (NotFound, IntegrityMismatch):
        return None
    centre = np.array(stored.arrays["centre"], np.float32)
    if tables.features_of != order.adapter or tables.form != order.form.fitted(len(centre)):
        return None
    rows = np.array(stored.arrays["rows"])
    places = {(tables.datasets[int(r["dataset"])], int(r["record"])): i for i, r in enumerate(rows)}
    if tables.parts != chosen_parts(matrices_of(order.scorer))[1]:
        return None
    return _Known(tables, centre, rows, places)


class _Builder:
    def __init__(self, path: Path, order: Order, known: _Known | None, progress: Progress) -> None:
        self._path, self._order, self._known, self._progress = path, order, known, progress
        self._ready: dict[int, Features] = {}
        self._done, self._saved = 0, time.monotonic()
        self._centre = known.centre if known else self._sampled()
        self._tables = _planned(order, known, len(self._centre))
        form, manifests = self._tables.form, self._tables.manifests
        parts = self._tables.parts
        self._makers = [RowMaker.of(form, m, manifests[0], self._centre, parts) for m in manifests]

    def run(self) -> None:
        order, place_of = self._order, {d: i for i, d in enumerate(self._tables.datasets)}
        rows: NDArray[Any] = np.zeros(len(order.members), dtype=self._tables.form.dtype)
        for i, member in enumerate(order.members):
            if time.monotonic() - self._saved > SAVED_EVERY_S:
                self._save(rows[:i])
            rows[i : i + 1] = self._row(i, member, place_of[member.dataset_id])
        spans = SpanIndex.of([m.text for m in order.members], [m.order for m in order.members])
        self._tables = replace(self._tables, spans=spans.save(spans_folder(self._path)))
        self._save(rows)

    def _row(self, i: int, member: Member, dataset: int) -> NDArray[Any]:
        known = self._known
        held = known.places.get((member.dataset_id, member.record_index)) if known else None
        if known is None or held is None:
            maker = self._makers[self._tables.indexed_under[dataset]]
            features = self._ready.pop(i, None) or self._features(i, maker.sketcher)
            return maker.row(features, dataset, member.record_index, member.leader)
        self._count()
        kept: NDArray[Any] = known.rows[held : held + 1].copy()
        kept["dataset"], kept["cluster"] = dataset, member.leader
        return kept

    def _features(self, i: int, sketcher: Sketcher) -> Features:
        prompt, answer = self._order.pairs[i]
        made = features_of(*self._order.scorer.features(prompt, answer), sketcher, self._order.device)
        self._count()
        return made

    def _sampled(self) -> Rows:
        """The mean hidden state of at most CENTRE_OF records, evenly spaced; their features are used again."""
        count = len(self._order.members)
        _, parts = chosen_parts(matrices_of(self._order.scorer))
        sketcher = Sketcher(self._order.manifest, self._order.form.gradient.width, parts)
        for i in np.unique(np.linspace(0, count - 1, min(count, CENTRE_OF)).astype(int)):
            self._ready[int(i)] = self._features(int(i), sketcher)
        return np.asarray(np.mean([f.hidden for f in self._ready.values()], axis=0), np.float32)

    def _count(self) -> None:
        self._done += 1
        self._progress(self._done, len(self._order.members))

    def _save(self, rows: NDArray[Any]) -> None:
        write_sections(self._path, self._tables.facts(), {"rows": rows, "centre": self._centre})
        self._saved = time.monotonic()


def _planned(order: Order, known: _Known | None, wide: int) -> Tables:
    """A data set that was cut off goes on under the manifest that it began with."""
    datasets = tuple(dict.fromkeys(m.dataset_id for m in order.members))
    held = dict(zip(known.tables.datasets, known.tables.indexed_under, strict=True)) if known else {}
    manifests = known.tables.manifests if known else (order.manifest,)
    if order.manifest not in manifests and any(d not in held for d in datasets):
        manifests = (*manifests, order.manifest)
    newest = manifests.index(order.manifest) if order.manifest in manifests else -1
    under = tuple(held.get(d, newest) for d in datasets)
    told, parts = chosen_parts(matrices_of(order.scorer))
    form = order.form.fitted(wide)
    return Tables(form, order.adapter, told, order.threads, manifests, datasets, under, parts=parts)
