"""The index as it is used: rows mapped from its file, compared with an answer's features."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.attribution import IndexFacts
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.lexical import Bm25
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.attribution.clusters.cluster import Member
from tallystick.pipeline.attribution.indexing.grid import Grid, Rows
from tallystick.pipeline.attribution.indexing.matrices import Parts
from tallystick.pipeline.attribution.indexing.row_maker import RowMaker
from tallystick.pipeline.attribution.indexing.rows import OpenedRow, RowForm, row_tree
from tallystick.pipeline.attribution.indexing.sections import Sections, digest_of, open_sections
from tallystick.pipeline.attribution.spans.index import SpanIndex

FORMAT = "tallystick-index-1"
_BLOCK = 4096
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tables:
    """What the file's header says: data sets in chain order, and under which manifest each was indexed.

    `spans` are the digests of the span index' files, which stand in the folder beside.
    """

    form: RowForm
    features_of: Hash
    layers: str
    threads: int
    manifests: tuple[Hash, ...]
    datasets: tuple[AssetId, ...]
    indexed_under: tuple[int, ...]
    spans: tuple[bytes, ...] = ()
    parts: Parts = ()

    def facts(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "gradient": [self.form.gradient.width, self.form.gradient.bits],
            "hidden": [self.form.hidden.width, self.form.hidden.bits],
            "features_of": self.features_of.hex(),
            "layers": self.layers,
            "threads": self.threads,
            "manifests": [m.hex() for m in self.manifests],
            "datasets": [d.hex() for d in self.datasets],
            "indexed_under": list(self.indexed_under),
            "spans": [s.hex() for s in self.spans],
            "parts": [list(part) for part in self.parts],
        }

    @classmethod
    def read(cls, stored: Sections) -> "Tables":
        told = stored.facts
        try:
            if told["format"] != FORMAT:
                raise ValueError(f"its format is {told['format']!r}")
            made = cls(
                RowForm(Grid(*told["gradient"]), Grid(*told["hidden"])),
                Hash(bytes.fromhex(told["features_of"])),
                str(told["layers"]),
                int(told["threads"]),
                tuple(Hash(bytes.fromhex(m)) for m in told["manifests"]),
                tuple(AssetId(bytes.fromhex(d)) for d in told["datasets"]),
                tuple(int(n) for n in told["indexed_under"]),
                tuple(bytes.fromhex(s) for s in told["spans"]),
                tuple((int(a), int(b)) for a, b in told["parts"]),
            )
            if stored.arrays["rows"].dtype != made.form.dtype:
                raise ValueError("its rows have another form")
            if not np.isfinite(stored.arrays["centre"]).all():
                raise ValueError("its centre is not finite")
            if stored.arrays["rows"]["dataset"].max(initial=0) >= max(len(made.datasets), 1):
                raise ValueError("a row is of a data set that it does not name")
            return made
        except (ValueError, KeyError, TypeError, InvalidInput) as error:
            raise IntegrityMismatch(
                f"{stored.path} is no index: {error}.",
                "Remove the file: it is built again when the model is served.",
            ) from error


class TrainingIndex:
    """Features of the leaders among the manifest's records, in chain order. Rows are read when they are asked for."""

    def __init__(self, stored: Sections, tables: Tables, members: Sequence[Member]) -> None:
        self.members = tuple(members)
        self.bm25 = Bm25([m.text for m in members])
        self.spans = _spans(stored.path, tables, members)
        self.stored, self.tables = stored, tables
        self.rows: NDArray[Any] = stored.arrays["rows"]
        self.centre: Rows = np.asarray(stored.arrays["centre"], np.float32)

    @cached_property
    def facts(self) -> IndexFacts:
        """What a card commits to; reads every row."""
        return _facts(self.tables, self._tree, self.centre, len(self.rows))

    @property
    def size(self) -> int:
        """Bytes on disk beyond the records' texts."""
        spans = sum(len(s.raw) - s.size for s in self.spans.segments)
        return self.stored.path.stat().st_size + spans

    def row(self, place: int) -> bytes:
        return bytes(self.rows[self._within(place)].tobytes())

    def opened(self, place: int) -> OpenedRow:
        """A row with its path, for an audit."""
        row = self.rows[self._within(place)]
        return OpenedRow(
            place, self.tables.datasets[int(row["dataset"])], self.row(place), self._tree.path(place)
        )

    def similarities(
        self, gradient: torch.Tensor, hidden: torch.Tensor, places: NDArray[np.intp] | None = None
    ) -> tuple[Scores, Scores]:
        """Cosines of an answer's gradient and of its hidden state with each row's, or with those at `places`."""
        chosen = np.arange(len(self.rows)) if places is None else places
        sketches = np.stack([maker.sketcher.sketch(gradient) for maker in self.makers])
        state = self.makers[0].turned(np.asarray(hidden.detach().float().cpu().numpy(), np.float32))
        by_gradient, by_hidden = np.zeros(len(chosen), np.float32), np.zeros(len(chosen), np.float32)
        under = np.asarray(self.tables.indexed_under)
        for start in range(0, len(chosen), _BLOCK):
            rows, part = self.rows[chosen[start : start + _BLOCK]], slice(start, start + _BLOCK)
            which = sketches[under[rows["dataset"]]]
            by_gradient[part] = (self.tables.form.gradient.rows(rows["gradient"]) * which).sum(1)
            by_hidden[part] = self.tables.form.hidden.rows(rows["hidden"]) @ state
        return by_gradient, by_hidden

    @cached_property
    def makers(self) -> tuple[RowMaker, ...]:
        """One for each manifest that data sets were indexed under."""
        tables = self.tables
        return tuple(
            RowMaker.of(tables.form, manifest, tables.manifests[0], self.centre, tables.parts)
            for manifest in tables.manifests
        )

    @cached_property
    def _tree(self) -> SumTree:
        return row_tree(self.rows, self.tables.datasets)

    def _within(self, place: int) -> int:
        if not 0 <= place < len(self.rows):
            raise InvalidInput(f"The index has {len(self.rows)} rows; there is no row {place}.")
        return place


def spans_folder(path: Path) -> Path:
    return path.with_suffix(".spans")


def _spans(path: Path, tables: Tables, members: Sequence[Member]) -> SpanIndex:
    """From its files; anew out of the texts where one is missing or damaged, as no model is needed for it."""
    try:
        found = SpanIndex.open(spans_folder(path), tables.spans)
    except (OSError, IntegrityMismatch):
        found = SpanIndex(())
    if found.count == len(members):
        return found
    return SpanIndex.of([m.text for m in members], [m.order for m in members])


def _facts(tables: Tables, tree: SumTree, centre: Rows, rows: int) -> IndexFacts:
    form = tables.form
    return IndexFacts(
        root=Hash(tree.root.hash),
        rows=rows,
        row_bytes=form.size,
        features_of=tables.features_of,
        manifests=tables.manifests,
        layers=tables.layers,
        gradient=(form.gradient.width, form.gradient.bits),
        hidden=(form.hidden.width, form.hidden.bits),
        centre=Hash(digest_of(centre)),
        threads=tables.threads,
        parts=tables.parts,
    )


def stored_facts(path: Path) -> IndexFacts:
    """What a card would commit to of the file at `path`, every byte of which is checked."""
    stored = open_sections(path)
    tables = Tables.read(stored)
    stored.check()
    rows, centre = stored.arrays["rows"], np.asarray(stored.arrays["centre"], np.float32)
    return _facts(tables, row_tree(rows, tables.datasets), centre, len(rows))


def open_index(path: Path, members: Sequence[Member]) -> TrainingIndex:
    """The index of exactly these leading records, unread. `NotFound`, or `IntegrityMismatch` for a file that is damaged
    or of other records."""
    stored = open_sections(path)
    tables = Tables.read(stored)
    rows = stored.arrays["rows"]
    place_of = {dataset: place for place, dataset in enumerate(tables.datasets)}
    wanted = [(place_of.get(m.dataset_id, -1), m.record_index, m.leader) for m in members]
    held = list(zip(*(rows[name].tolist() for name in ("dataset", "record", "cluster")), strict=True))
    if held != wanted:
        raise _foreign(path)
    return TrainingIndex(stored, tables, members)


def open_over(path: Path, datasets: Sequence[Dataset]) -> TrainingIndex:
    """The index over data sets whose leading records the file itself names. Errors as `open_index` has them."""
    stored = open_sections(path)
    tables, rows = Tables.read(stored), stored.arrays["rows"]
    records = {(d.asset_id, r.index): (d, r) for d in datasets for r in d.records}
    members = []
    for row in rows:
        found = records.get((tables.datasets[int(row["dataset"])], int(row["record"])))
        if found is None or found[0].order is None:
            raise _foreign(path)
        dataset, record = found
        leader = int(row["cluster"])
        members.append(Member(dataset.asset_id, found[0].order, record.index, record.text, leader))
    return TrainingIndex(stored, tables, members)


def _foreign(path: Path) -> IntegrityMismatch:
    return IntegrityMismatch(
        f"{path} is the index of other records.",
        "Remove the file: it is built again when the model is served.",
    )
