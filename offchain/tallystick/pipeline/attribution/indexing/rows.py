"""A row: what is kept of one leading record, in fixed-size bytes; and its place under the index's root."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tallystick.commitments import leaves, sum_tree
from tallystick.commitments.sum_tree import Path, SumTree
from tallystick.domain.attribution import IndexFacts
from tallystick.domain.ids import AssetId
from tallystick.pipeline.attribution.indexing.grid import Grid

_OCTAVE = 8


@dataclass(frozen=True, slots=True)
class RowForm:
    """Little-endian: the data set's place in the index's table, the record, its cluster, the gradient's norm, then
    sketch and hidden state on their grids. A cluster is named by its leader's place among all records in chain order.
    """

    gradient: Grid
    hidden: Grid

    @property
    def dtype(self) -> "np.dtype[np.void]":
        head: list[Any] = [("dataset", "<u4"), ("record", "<u4"), ("cluster", "<u4"), ("norm", "<i2")]
        body = [("gradient", "u1", (self.gradient.size,)), ("hidden", "u1", (self.hidden.size,))]
        return np.dtype([*head, *body])

    @property
    def size(self) -> int:
        """Bytes a row."""
        return self.dtype.itemsize

    def fitted(self, wide: int) -> "RowForm":
        """This form for hidden states of `wide` numbers, of which a row cannot hold more."""
        each = 8 // self.hidden.bits
        width = min(self.hidden.width, wide // each * each)
        return RowForm(self.gradient, Grid(width, self.hidden.bits))


def norm_level(norm: float) -> int:
    """A norm on a grid of eighths of octaves; zero is the lowest level."""
    return int(np.clip(np.round(_OCTAVE * np.log2(norm)), -32_767, 32_767)) if norm > 0 else -32_768


@dataclass(frozen=True, slots=True)
class OpenedRow:
    """What an audit gets: a row's bytes, the data set that it speaks of, and its Merkle path."""

    place: int
    dataset_id: AssetId
    data: bytes
    path: Path


def row_tree(rows: NDArray[Any], datasets: Sequence[AssetId]) -> SumTree:
    """The tree over all rows, each of value 1; `datasets` is the index's table."""
    return SumTree((leaves.index_row(datasets[int(row["dataset"])], row.tobytes()), 1) for row in rows)


def check_row(facts: IndexFacts, opened: OpenedRow) -> bool:
    """Whether the row stands at its place under the root that the model's card commits to."""
    root = sum_tree.Root(facts.root, facts.rows, facts.rows)
    leaf = leaves.index_row(opened.dataset_id, opened.data)
    fits = len(opened.data) == facts.row_bytes
    return fits and sum_tree.verify(root, opened.place, leaf, 1, opened.path)
