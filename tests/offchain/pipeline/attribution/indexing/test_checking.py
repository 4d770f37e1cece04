"""An auditor with its own model: agrees with an honest row, catches another, and takes no word for the rest."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from support.attribution.indexed_records import MadeUp, indexed
from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.attribution.indexing.checking import row_agreement
from tallystick.pipeline.attribution.indexing.index import TrainingIndex


@pytest.fixture
def index(tmp_path: Path) -> TrainingIndex:
    """Of two data sets under one manifest and a third under the next."""
    indexed(tmp_path / "i", MadeUp(), alice=20, ines=20)
    return indexed(tmp_path / "i", MadeUp(), "a larger manifest", alice=20, ines=20, omar=20)


def features(index: TrainingIndex, place: int, noise: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
    member = index.members[place]
    return MadeUp(noise).features([member.order, 7], [member.record_index, 3])


def test_honest_rows_agree_whichever_manifest_seeded_them(index: TrainingIndex) -> None:
    for place in range(60):
        found = row_agreement(index.facts, index.centre, index.opened(place), *features(index, place, 6e-6))
        assert found.is_honest


def test_row_of_another_record_does_not_agree(index: TrainingIndex) -> None:
    for place in range(0, 60, 7):
        found = row_agreement(
            index.facts, index.centre, index.opened(place), *features(index, (place + 1) % 60)
        )
        assert not found.is_honest


def test_row_and_centre_that_nobody_committed_to_are_refused(index: TrainingIndex) -> None:
    opened, own = index.opened(3), features(index, 3)

    with pytest.raises(IntegrityMismatch, match="row does not stand"):
        row_agreement(index.facts, index.centre, replace(opened, place=4), *own)
    with pytest.raises(IntegrityMismatch, match="centre is not"):
        row_agreement(index.facts, index.centre + np.float32(1e-3), opened, *own)
