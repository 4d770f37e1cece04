"""Rows of an operator's index, made again by an auditor: honest ones are believed, others are found."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from support.attribution.indexed_records import MadeUp, indexed, order_of, records
from support.factories import asset_of
from tallystick.app.auditing.index_rows import DRAWN, LEAST_STATES, NEAR, IndexRows
from tallystick.domain.answers.levels import BY_AUDIT_GAME
from tallystick.pipeline.attribution.clusters.cluster import Member
from tallystick.pipeline.attribution.indexing import build
from tallystick.pipeline.attribution.indexing.build import build_index
from tallystick.pipeline.attribution.indexing.index import TrainingIndex

COUNTS = {"alice": 30, "ines": 30}
ALICE = asset_of("alice")


class Lying(MadeUp):
    """Another record's features for alice's record 7."""

    def features(
        self, prompt_ids: Sequence[int], answer_ids: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        told = [99, 3] if (list(prompt_ids), answer_ids[0]) == ([0, 7], 7) else answer_ids
        return super().features(prompt_ids, told)


def audited(
    index: TrainingIndex, leading: Sequence[Member] | None = None, noise: float = 6e-6, seed: int = 1
) -> IndexRows:
    def features(place: int) -> tuple[torch.Tensor, torch.Tensor]:
        member = index.members[place]
        return MadeUp(noise).features([member.order, 7], [member.record_index, 3])

    told = [(m.dataset_id, m.record_index, m.leader) for m in leading or index.members]
    return IndexRows(index, told, features, Random(seed))


def over(rows: IndexRows, answers: int, named: Sequence[tuple[bytes, int]] = ()) -> list[str]:
    return [f.what for _ in range(answers) for f in rows.faults(list(named), "nothing")]  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(20))
def test_index_when_it_is_honest_is_never_doubted(tmp_path: Path, seed: int) -> None:
    index = indexed(tmp_path / "i", MadeUp(), **COUNTS)
    rows = audited(index, seed=seed)

    assert over(rows, 20) == []
    assert rows.count == 60


def test_index_when_it_grew_under_another_manifest_is_not_doubted(tmp_path: Path) -> None:
    indexed(tmp_path / "i", MadeUp(), alice=30)
    rows = audited(indexed(tmp_path / "i", MadeUp(), "a larger manifest", alice=30, omar=60))

    assert over(rows, 30) == []


def test_row_when_its_record_is_named_is_made_again_at_once(tmp_path: Path) -> None:
    rows = audited(indexed(tmp_path / "i", Lying(), **COUNTS), seed=3)
    (fault,) = rows.faults([(ALICE, 7)], "nothing")

    assert fault.what == "index row" and fault.remedy == BY_AUDIT_GAME
    assert fault.said == f"record 7 of 0x{ALICE.hex()}" and "levels" in fault.found


def test_row_when_its_words_are_near_the_answer_is_made_again_at_once(tmp_path: Path) -> None:
    rows = audited(indexed(tmp_path / "i", Lying(), **COUNTS), seed=3)

    assert [f.what for f in rows.faults([], "What has alice of 7?")] == ["index row"]


def test_rows_when_nobody_draws_are_the_same_for_all_who_look(tmp_path: Path) -> None:
    index = indexed(tmp_path / "i", MadeUp(), **COUNTS)
    first, other = (replace(audited(index), draw=None) for _ in range(2))

    first.faults([(ALICE, 7)], "What has ines of 3?")  # what came before changes nothing
    for rows in (first, other):
        rows.faults([(ALICE, 9)], "What has alice of 11?")

    assert set(other._made) < set(first._made) and other.count <= 1 + NEAR
    assert rows.faults([], "nothing") == ()


def test_row_when_nothing_leads_to_it_is_drawn_sooner_or_later(tmp_path: Path) -> None:
    rows = audited(indexed(tmp_path / "i", Lying(), **COUNTS))

    assert over(rows, -(-60 // DRAWN)).count("index row") == 1


@pytest.mark.parametrize(
    "changed",
    [
        lambda members: members[:-1],
        lambda members: [*members[:-1], replace(members[-1], leader=0)],
        lambda members: [*members, replace(members[-1], record_index=77)],
    ],
    ids=["left out", "in another cluster", "a copy that has a row"],
)
def test_records_when_the_index_has_others_than_lead_are_a_fault(
    tmp_path: Path, changed: Callable[[list[Member]], list[Member]]
) -> None:
    members = changed(records(**COUNTS))
    index = build_index(tmp_path / "i", order_of(members, MadeUp()))
    (fault,) = audited(index, records(**COUNTS)).faults([], "nothing")

    assert fault.what == "index records" and "record" in fault.found


def test_centre_when_it_lies_elsewhere_is_found_once_enough_rows_were_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = build._Builder._sampled
    monkeypatch.setattr(build._Builder, "_sampled", lambda self: true(self) + np.float32(1.5))
    rows = audited(indexed(tmp_path / "i", MadeUp(), **COUNTS))
    enough = LEAST_STATES // DRAWN

    assert over(rows, enough - 1) == []
    assert over(rows, 1) == ["index centre"]
