"""The index's file: what it holds, what its root proves, what is kept of an earlier one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from support.attribution.indexed_records import FORM, MadeUp, indexed, order_of, records
from support.factories import asset_of, named
from tallystick.domain.attribution import IndexFacts
from tallystick.errors import IntegrityMismatch, InvalidInput, NotFound
from tallystick.pipeline.attribution.indexing import build
from tallystick.pipeline.attribution.indexing.build import build_index
from tallystick.pipeline.attribution.indexing.index import open_index
from tallystick.pipeline.attribution.indexing.row_maker import compared
from tallystick.pipeline.attribution.indexing.rows import check_row


def test_record_when_asked_with_its_own_features_is_the_nearest(tmp_path: Path) -> None:
    scorer = MadeUp()
    index = indexed(tmp_path / "i", scorer, alice=30, ines=30)

    for place in (0, 29, 30, 59):
        member = index.members[place]
        by_gradient, by_hidden = index.similarities(
            *scorer.features([member.order, 7], [member.record_index, 3])
        )
        assert by_gradient.argmax() == by_hidden.argmax() == place
        assert by_gradient[place] > 0.9 and by_hidden[place] > 0.98


def test_similarities_of_a_shortlist_are_those_of_all(tmp_path: Path) -> None:
    index = indexed(tmp_path / "i", MadeUp(), alice=30, ines=30)
    asked = MadeUp().features([9], [9])
    chosen = np.array([41, 3, 59])

    for few, every in zip(index.similarities(*asked, chosen), index.similarities(*asked), strict=True):
        assert np.allclose(few, every[chosen], atol=1e-6)


def test_index_when_reopened_is_the_same_without_a_model(tmp_path: Path) -> None:
    made = indexed(tmp_path / "i", MadeUp(), alice=5, ines=4)

    found = open_index(tmp_path / "i", records(alice=5, ines=4))

    assert found.facts == made.facts
    assert IndexFacts.from_dict(found.facts.as_dict()) == found.facts
    assert found.facts.rows == 9
    assert found.facts.row_bytes == FORM.size == 14 + 64 + 32


def test_spans_are_mapped_from_their_files_and_made_anew_where_one_is_damaged(tmp_path: Path) -> None:
    made = indexed(tmp_path / "i", MadeUp(), alice=5, ines=4)
    (file,) = (tmp_path / "i.spans").iterdir()
    raw, members = file.read_bytes(), records(alice=5, ines=4)
    assert made.size > (tmp_path / "i").stat().st_size

    for damaged in (raw, b"", raw[:-8] + bytes(8), raw[:40]):
        file.unlink()  # cutting off a mapped file ends the process that has it
        file.write_bytes(damaged)
        assert open_index(tmp_path / "i", members).spans.digest == made.spans.digest
    file.unlink()
    assert open_index(tmp_path / "i", members).spans.digest == made.spans.digest


def test_row_with_its_path_stands_under_the_root_and_no_other_does(tmp_path: Path) -> None:
    index = indexed(tmp_path / "i", MadeUp(), alice=5, ines=4)
    facts, opened = index.facts, index.opened(6)

    assert check_row(facts, opened)
    assert opened.dataset_id == asset_of("ines")
    for wrong in (
        replace(opened, place=5),
        replace(opened, dataset_id=asset_of("alice")),
        replace(opened, data=opened.data[:-1] + b"\x00"),
        replace(opened, data=opened.data + b"\x00"),
        replace(opened, path=index.opened(5).path),
    ):
        assert not check_row(facts, wrong)
    assert not check_row(replace(facts, rows=8), opened)
    with pytest.raises(InvalidInput, match="no row 9"):
        index.opened(9)


def test_row_of_another_node_agrees_and_an_edited_one_does_not(tmp_path: Path) -> None:
    ours = indexed(tmp_path / "a", MadeUp(), alice=40)
    theirs = indexed(tmp_path / "b", MadeUp(noise=6e-6), alice=40)
    other = indexed(tmp_path / "c", MadeUp(noise=0.5), alice=40)

    assert all(compared(FORM, ours.row(i), theirs.row(i)).is_honest for i in range(40))
    assert not any(compared(FORM, ours.row(i), other.row(i)).is_honest for i in range(40))
    assert not compared(FORM, ours.row(0), ours.row(1)).is_honest


@pytest.mark.parametrize("device", ["cpu", *(["cuda"] if torch.cuda.is_available() else [])])
def test_index_made_on_another_device_agrees(tmp_path: Path, device: str) -> None:
    ours = indexed(tmp_path / "a", MadeUp(), alice=20)

    theirs = build_index(tmp_path / "b", order_of(records(alice=20), MadeUp(), device=device))

    assert all(compared(FORM, ours.row(i), theirs.row(i)).is_honest for i in range(20))


def test_data_set_that_joins_later_costs_its_own_records_only(tmp_path: Path) -> None:
    first = indexed(tmp_path / "i", MadeUp(), alice=6, ines=5)
    held = [first.row(i) for i in range(11)]
    later = MadeUp()

    grown = indexed(tmp_path / "i", later, "a larger manifest", alice=6, ines=5, omar=4)

    assert len(later.asked) == 4
    assert [grown.row(i) for i in range(11)] == held
    assert grown.facts.manifests == (named("a manifest"), named("a larger manifest"))
    for place in (2, 13):
        member = grown.members[place]
        asked = MadeUp().features([member.order, 7], [member.record_index, 3])
        assert [s.argmax() for s in grown.similarities(*asked)] == [place, place]


def test_data_set_that_leaves_and_a_leader_that_changes_cost_nothing(tmp_path: Path) -> None:
    indexed(tmp_path / "i", MadeUp(), alice=6, ines=5)
    left = [replace(m, leader=m.leader + 40) for m in records(alice=6, ines=5) if m.order == 1]
    scorer = MadeUp()

    index = build_index(tmp_path / "i", order_of(left, scorer))

    assert not scorer.asked
    assert index.rows["cluster"].tolist() == [m.leader for m in left]


def test_index_of_another_adapter_is_made_anew(tmp_path: Path) -> None:
    indexed(tmp_path / "i", MadeUp(), alice=6)
    scorer = MadeUp()

    build_index(tmp_path / "i", order_of(records(alice=6), scorer, adapter=named("another")))

    assert len(scorer.asked) == 6


@pytest.mark.slow
def test_build_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "SAVED_EVERY_S", -1.0)
    monkeypatch.setattr(build, "CENTRE_OF", 4)
    whole = indexed(tmp_path / "whole", MadeUp(), alice=9, ines=9)
    with pytest.raises(KeyboardInterrupt):
        indexed(tmp_path / "i", MadeUp(fails_at=12), alice=9, ines=9)
    with pytest.raises(IntegrityMismatch, match="other records"):
        open_index(tmp_path / "i", records(alice=9, ines=9))
    again = MadeUp()

    resumed = indexed(tmp_path / "i", again, alice=9, ines=9)

    assert len(again.asked) < 10
    assert resumed.facts == whole.facts


def test_file_when_damaged_cut_off_or_foreign_is_told_and_made_again(tmp_path: Path) -> None:
    path, members = tmp_path / "i", records(alice=9)
    whole = indexed(path, MadeUp(), alice=9).facts
    sound = path.read_bytes()
    with pytest.raises(NotFound, match="no index at"):
        open_index(tmp_path / "none", members)

    for broken, told in (
        (b"", "no index of this format"),
        (b"PK\x03\x04" + sound[4:], "no index of this format"),
        (sound[:60] + b"!" + sound[61:], "header of"),
        (sound[: len(sound) // 2], "cut off"),
    ):
        path.write_bytes(broken)
        with pytest.raises(IntegrityMismatch, match=told) as found:
            open_index(path, members)
        assert "built again" in found.value.hint

    path.write_bytes(sound[:-200] + bytes([sound[-200] ^ 1]) + sound[-199:])
    opened = open_index(path, members)
    with pytest.raises(IntegrityMismatch, match="damaged"):
        opened.stored.check()

    assert indexed(path, MadeUp(), alice=9).facts == whole


def test_write_that_fails_leaves_the_file_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = indexed(tmp_path / "i", MadeUp(), alice=6).facts
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("the disk is full")))

    with pytest.raises(OSError, match="disk is full"):
        indexed(tmp_path / "i", MadeUp(), alice=6, ines=2)

    assert open_index(tmp_path / "i", records(alice=6)).facts == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["i", "i.spans"]


def test_index_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no records"):
        build_index(tmp_path / "i", order_of([], MadeUp()))
