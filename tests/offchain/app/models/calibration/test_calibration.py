"""A calibration of a real engine over a tiny base: made within its time, opened by its digest, never another."""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from support.attribution.tiny_adapter import make_adapter
from support.training_desk import dataset, make_base, questions
from tallystick.app.models.attribution.indexing import Learnt, make_index, open_engine
from tallystick.app.models.calibration import making
from tallystick.app.models.calibration.making import calibrated_run, make_calibration
from tallystick.app.models.calibration.opening import fetch_calibration, open_calibration
from tallystick.app.models.calibration.stored import FILE, LADDER, CalibrationFacts, folder_of, read_stored
from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, IntegrityViolation
from tallystick.pipeline.attribution.training.channel import Calibration
from tallystick.pipeline.models.weight_format import WeightFormat

pytestmark = pytest.mark.slow

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
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Learnt:
    monkeypatch.setattr("tallystick.pipeline.inference.embedder.Embedder", Letters)
    monkeypatch.setattr(making, "QUESTIONS", making.QUESTIONS[:2])
    monkeypatch.setattr(making, "ASKED", 3)
    monkeypatch.setattr(making, "MOST_ANSWER", 4)
    monkeypatch.setattr(making, "LEAST_FITS", 4)
    monkeypatch.setattr(making, "MOST_FITS", 4)
    base = make_base(tmp_path / "base")
    rows = questions(6)
    made = Learnt(
        base,
        make_adapter(base, tmp_path / "adapter"),
        None,
        (dataset(1, rows[:3]), dataset(2, rows[3:])),
        1,
        FORM,
    )
    make_index(made)
    return made


def opened(learnt: Learnt, told: dict[str, Any] | None) -> Any:
    engine, _ = open_engine(learnt.base, learnt.adapter, FORM, threads=1)
    return open_calibration(learnt, told, engine), engine


class Pins(dict[Hash, bytes]):
    """A content store of files by their digest."""

    def add_file(self, path: Path) -> Hash:
        digest = Hash(hashlib.sha256(path.read_bytes()).digest())
        self[digest] = path.read_bytes()
        return digest

    def get_file(self, digest: Hash, target: Path) -> None:
        target.write_bytes(self[digest])


def test_calibration_when_made_is_opened_by_its_digest_and_answers(learnt: Learnt) -> None:
    pins = Pins()
    run = calibrated_run({"seed": 1}, learnt, 600, pins.add_file)
    facts, digest = read_stored(learnt)
    calibration, engine = opened(learnt, run["calibration"])

    assert run["seed"] == 1 and run["calibration"]["digest"] == f"0x{digest.hex()}"
    assert CalibrationFacts.decoded(facts.encoded()) == facts
    assert facts.seen["retrainings"] >= making.LEAST_FITS and facts.ladder is not None
    prompt = engine.encode_prompt([{"role": "user", "content": "Who?"}], [])
    assert calibration.ladder.rungs.values(prompt, prompt[:3]).shape == (making.SEEDS, 3)
    assert [len(b.datasets) for b in calibration.ladder.blocks] == [1, 1]
    assert calibrated_run({"seed": 1}, learnt, 600, pins.add_file) == run
    shutil.rmtree(folder_of(learnt))
    fetch_calibration(learnt, run["calibration"], pins.get_file)
    assert read_stored(learnt) == (facts, digest)


def test_calibration_when_there_is_no_time_is_none_and_the_default_stands(learnt: Learnt) -> None:
    assert calibrated_run({"seed": 1}, learnt, 0, Pins().add_file) == {"seed": 1}
    assert make_calibration(learnt, 1e-3, lambda done, total: None) is None
    assert opened(learnt, None)[0] == Calibration()
    assert not (folder_of(learnt) / FILE).exists()


def test_calibration_when_missing_or_changed_is_not_served(learnt: Learnt) -> None:
    digest = calibrated_run({}, learnt, 600, Pins().add_file)["calibration"]
    folder = folder_of(learnt)
    with pytest.raises(IntegrityViolation, match="not the one"):
        opened(learnt, {**digest, "digest": "0x" + "00" * 32})
    with pytest.raises(IntegrityMismatch, match="no calibration"):
        CalibrationFacts.decoded(b"{}")
    whole = (folder / LADDER).read_bytes()
    (folder / LADDER).write_bytes(whole[:-2] + b"\x01\x02")
    with pytest.raises(IntegrityViolation, match="not the ladder"):
        opened(learnt, digest)
    (folder / FILE).unlink()
    with pytest.raises(IntegrityViolation, match="cannot be read"):
        opened(learnt, digest)


def test_calibration_when_its_ladder_has_no_honest_deviation_is_not_served(learnt: Learnt) -> None:
    """Its operator committed to it: digest and all are in order."""
    calibrated_run({}, learnt, 600, Pins().add_file)
    facts, _ = read_stored(learnt)
    assert facts.ladder is not None

    for deviation in ("nan", "inf", "-1.0"):
        false = replace(facts, ladder=replace(facts.ladder, deviation=deviation))
        (folder_of(learnt) / FILE).write_bytes(false.encoded())
        with pytest.raises(IntegrityViolation, match="deviation"):
            opened(learnt, {"digest": f"0x{read_stored(learnt)[1].hex()}"})


def test_calibration_when_of_another_manifest_is_refused(learnt: Learnt) -> None:
    calibrated_run({}, learnt, 600, Pins().add_file)
    other = replace(learnt, training=learnt.training[:1])
    folder_of(learnt).rename(folder_of(other))
    with pytest.raises(IntegrityMismatch, match="another adapter or manifest"):
        read_stored(other)
