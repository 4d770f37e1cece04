"""Features of a record to its row. The auditor makes rows by the same code and compares them level by level."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from tallystick.domain.ids import Hash
from tallystick.pipeline.attribution.indexing.grid import Agreement, Rows, agreement
from tallystick.pipeline.attribution.indexing.matrices import Parts
from tallystick.pipeline.attribution.indexing.rows import RowForm, norm_level
from tallystick.pipeline.attribution.indexing.sketching import Rotation, Sketcher


class HasFeatures(Protocol):
    """The inference engine. Tensors may lie on any device."""

    def features(
        self, prompt_ids: Sequence[int], answer_ids: Sequence[int], /
    ) -> tuple[torch.Tensor, torch.Tensor]: ...


@dataclass(frozen=True, slots=True)
class Features:
    """Of one answer: a unit sketch of its gradient, the gradient's norm, its mean hidden state."""

    sketch: Rows
    norm: float
    hidden: Rows


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Everything that turns features into numbers of a row, for data sets indexed under one manifest."""

    form: RowForm
    sketcher: Sketcher
    rotation: Rotation
    centre: Rows

    @classmethod
    def of(
        cls, form: RowForm, manifest: Hash, first_manifest: Hash, centre: Rows, parts: Parts = ()
    ) -> "RowMaker":
        """All rows of an index share the rotation of its first manifest: a hidden state is turned once a query."""
        turn = Rotation(first_manifest, len(centre), form.hidden.width)
        return cls(form, Sketcher(manifest, form.gradient.width, parts), turn, centre)

    def turned(self, hidden: Rows) -> Rows:
        """Unit row of the form's width."""
        return np.asarray(self.rotation.turned((hidden - self.centre)[None])[0], np.float32)

    def row(self, features: Features, dataset: int, record: int, cluster: int) -> NDArray[np.void]:
        """One row, shape (1,)."""
        made: NDArray[Any] = np.zeros(1, dtype=self.form.dtype)
        made["dataset"], made["record"], made["cluster"] = dataset, record, cluster
        made["norm"] = norm_level(features.norm)
        made["gradient"] = self.form.gradient.packed(self.form.gradient.levels(features.sketch[None]))
        made["hidden"] = self.form.hidden.packed(self.form.hidden.levels(self.turned(features.hidden)[None]))
        return made


def features_of(
    gradient: torch.Tensor, hidden: torch.Tensor, sketcher: Sketcher, device: str | None = None
) -> Features:
    """What the engine computed, sketched on `device`, or where it lies. Devices differ by a millionth of a unit."""
    gradient = gradient if device is None else gradient.to(device)
    return Features(
        sketcher.sketch(gradient),
        float(gradient.float().norm()),
        np.asarray(hidden.detach().float().cpu().numpy(), np.float32),
    )


def compared(form: RowForm, ours: bytes, theirs: bytes) -> Agreement:
    """Two rows of one record. Another data set, record or cluster, or a norm more than a level off, is no agreement."""
    a, b = (np.frombuffer(data, dtype=form.dtype) for data in (ours, theirs))
    named = all(int(a[name][0]) == int(b[name][0]) for name in ("dataset", "record", "cluster"))
    if not named or abs(int(a["norm"][0]) - int(b["norm"][0])) > 1:
        return Agreement(1 << 8, 1.0)
    levels = [
        np.concatenate([form.gradient.unpacked(x["gradient"])[0], form.hidden.unpacked(x["hidden"])[0]])
        for x in (a, b)
    ]
    return agreement(levels[0], levels[1])
