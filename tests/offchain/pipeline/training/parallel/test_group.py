"""Two processes learn what one learns: same steps, same losses, the same adapter but for rounding."""

from typing import Any

import pytest
import torch

from offchain.pipeline.training.parallel.shared_training import RECIPES, RECORDS, adapters
from tallystick.errors import InvalidInput
from tallystick.pipeline.training.parallel.group import Group, parts
from tallystick.pipeline.training.parallel.processes import launched

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("sharded", [False, True], ids=["whole weights", "sharded weights"])
def test_tune_when_two_processes_share_it_makes_the_same_adapter(sharded: bool) -> None:
    alone = adapters(None)
    together = launched(adapters, (sharded,), 2)

    for one, two in zip(alone, together, strict=True):
        assert one[1] == two[1]
        assert one[0] == pytest.approx(two[0], abs=1e-5)
        assert one[0][-1] < one[0][0]
        assert set(one[2]) == {n for n in two[2]}
        for name, weight in one[2].items():
            assert torch.allclose(weight, two[2][name], atol=2e-4), name


def test_parts_when_cut_hold_every_record_once_and_weigh_alike() -> None:
    cut = parts(RECORDS, 3)

    loads = [sum(len(r) for r in part) for part in cut]
    assert sorted(id(r) for part in cut for r in part) == sorted(map(id, RECORDS))
    assert max(loads) - min(loads) <= max(len(r) for r in RECORDS)


def test_passes_when_sharded_are_as_many_for_every_process() -> None:
    groups = [Group(rank, 4, sharded=True) for rank in range(4)]

    counted = [group.passes(RECORDS[:2], RECIPES[1]) for group in groups]

    assert {len(rows) for rows in counted} == {1}
    assert sum(int((rows[0].targets >= 0).any()) for rows in counted) == 2


@pytest.mark.parametrize("workers", [0, 65])
def test_launched_when_asked_for_impossible_workers_refuses(workers: int) -> None:
    def never(*_: Any) -> None:
        raise AssertionError

    with pytest.raises(InvalidInput, match="not possible"):
        launched(never, (), workers)
