"""The index of a real engine over a tiny base: agreed between thread counts, made once, opened by its commitment."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from support.attribution.tiny_adapter import make_adapter
from support.training_desk import dataset, make_base, questions
from tallystick.app.models.attribution import indexing
from tallystick.app.models.attribution.indexing import Learnt, committed_index, fetch_index, make_index
from tallystick.domain.attribution import IndexFacts
from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityViolation, NotFound
from tallystick.pipeline.attribution.indexing.index import open_over, stored_facts
from tallystick.pipeline.attribution.indexing.row_maker import compared
from tallystick.pipeline.models.adapter import adapter_digest
from tallystick.pipeline.models.card import INDEX_FILE
from tallystick.pipeline.models.weight_format import WeightFormat

FORM = WeightFormat(None, False, False)


class Letters:
    """An encoder for which no two texts are near."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def embed(self, texts: list[str]) -> np.ndarray:
        return np.eye(max(len(texts), 1), dtype=np.float32)[: len(texts)]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Learnt:
    monkeypatch.setattr("tallystick.pipeline.inference.embedder.Embedder", Letters)
    base = make_base(tmp_path / "base")
    rows = questions(14)
    sets = (dataset(1, rows[:8]), dataset(2, rows[8:]))
    return Learnt(base, make_adapter(base, tmp_path / "adapter"), None, sets, 1, FORM)


def opened(learnt: Learnt, facts: IndexFacts) -> Any:
    engine, chat = indexing.open_engine(learnt.base, learnt.adapter, FORM, threads=learnt.threads)
    return committed_index(learnt, facts, Letters(), engine, chat, lambda done, total: None)


@pytest.mark.slow
def test_index_of_another_thread_count_agrees_row_by_row(learnt: Learnt) -> None:
    make_index(learnt)
    ours = open_over(learnt.file, learnt.training)
    rows = [ours.row(i) for i in range(14)]
    again = make_index(learnt)
    learnt.file.unlink()
    make_index(replace(learnt, threads=2))
    theirs = open_over(learnt.file, learnt.training)

    assert again == ours.facts and again.features_of == adapter_digest(learnt.adapter)
    assert all(compared(ours.tables.form, rows[i], theirs.row(i)).is_honest for i in range(14))
    assert theirs.facts.threads == 2
    assert ours.facts.layers == "lora_B of v_proj and o_proj" and len(ours.facts.parts) == 2


def test_index_that_is_there_costs_no_model(learnt: Learnt, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_index(learnt)
    monkeypatch.setattr(indexing, "open_engine", lambda *_, **__: pytest.fail("the model was loaded"))

    assert make_index(learnt) == made == stored_facts(learnt.file)
    assert made.rows == 14 and made.manifests == (learnt.manifest,)


@pytest.mark.slow
def test_index_when_lost_or_damaged_is_built_again_to_the_same_root(learnt: Learnt) -> None:
    facts = make_index(learnt)
    sound = learnt.file.read_bytes()

    for broken in (None, b"something else", sound[:-90] + bytes(90), sound[:-900]):
        learnt.file.unlink()
        if broken is not None:
            learnt.file.write_bytes(broken)
        assert opened(learnt, facts).facts == facts
        assert learnt.file.read_bytes() == sound


@pytest.mark.slow
def test_index_that_is_not_the_committed_one_is_not_served(learnt: Learnt) -> None:
    facts = make_index(learnt)
    edited = open_over(learnt.file, learnt.training)

    with pytest.raises(IntegrityViolation, match="not the one that its model's card commits to") as found:
        opened(learnt, replace(facts, root=Hash(bytes(32))))

    assert "copy" in found.value.hint
    assert edited.facts == facts


def test_index_when_it_was_pinned_is_taken_as_its_operator_made_it(
    learnt: Learnt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another number of threads would make another root: rows are compared by an audit, roots never match."""
    facts = make_index(replace(learnt, threads=2))
    pinned = learnt.file.read_bytes()
    learnt.file.unlink()
    monkeypatch.setattr(indexing, "_built", lambda *_: pytest.fail("it was built"))

    def get_file(digest: Hash, target: Path) -> None:
        assert digest == bytes(31) + b"\7"
        target.write_bytes(pinned)

    fetch_index(learnt, {INDEX_FILE: f"0x{7:064x}"}, get_file)

    assert opened(learnt, facts).facts == facts


def test_index_when_nobody_has_the_pinned_file_is_left_to_be_built(learnt: Learnt) -> None:
    def get_file(digest: Hash, target: Path) -> None:
        raise NotFound("Nobody has it.")

    fetch_index(learnt, {INDEX_FILE: f"0x{7:064x}"}, get_file)
    fetch_index(learnt, {}, get_file)

    assert not learnt.file.exists()


@pytest.mark.slow
def test_index_of_more_data_begins_with_what_was_indexed(learnt: Learnt) -> None:
    whole = make_index(learnt)
    more = replace(learnt, training=(*learnt.training, dataset(3, questions(18)[14:])))

    grown = make_index(more)

    assert grown.rows == 18 and grown.manifests == (learnt.manifest, more.manifest)
    assert stored_facts(learnt.file) == whole
    first, second = open_over(learnt.file, learnt.training), open_over(more.file, more.training)
    assert [second.row(i) for i in range(14)] == [first.row(i) for i in range(14)]
