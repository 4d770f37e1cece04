"""An audit's side of the index: a committed row against the same row, made again by the auditor's own model."""

import numpy as np
import torch

from tallystick.domain.attribution import IndexFacts
from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.attribution.indexing.grid import Agreement, Grid, Rows
from tallystick.pipeline.attribution.indexing.row_maker import RowMaker, compared, features_of
from tallystick.pipeline.attribution.indexing.rows import OpenedRow, RowForm, check_row
from tallystick.pipeline.attribution.indexing.sections import digest_of


def row_agreement(
    facts: IndexFacts, centre: Rows, opened: OpenedRow, gradient: torch.Tensor, hidden: torch.Tensor
) -> Agreement:
    """How the row that was opened differs from the row of these features of its record.

    A row does not say under which of the card's manifests its data set was indexed; the nearest counts. `centre` is what
    the operator shows of its file. `IntegrityMismatch` for a row or a centre that the card does not commit to.
    """
    if not check_row(facts, opened):
        raise IntegrityMismatch("The row does not stand under the root that the model's card commits to.")
    if digest_of(np.ascontiguousarray(centre, np.float32)) != facts.centre:
        raise IntegrityMismatch("The centre is not the one that the model's card commits to.")
    form = RowForm(Grid(*facts.gradient), Grid(*facts.hidden))
    told = np.frombuffer(opened.data, dtype=form.dtype)[0]
    named = (int(told["dataset"]), int(told["record"]), int(told["cluster"]))
    found = []
    for manifest in facts.manifests:
        maker = RowMaker.of(form, manifest, facts.manifests[0], centre, facts.parts)
        row = maker.row(features_of(gradient, hidden, maker.sketcher), *named)
        found.append(compared(form, row.tobytes(), opened.data))
    return min(found, key=lambda a: (a.moved, a.largest))
