"""A node's training desk on a tiny base, its data sets given instead of fetched; runnable as a process of its own.

`python training_desk.py HOME run|resume JOB` works on a job that is there, as the command line would.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from tallystick.app.datasets.reading import DatasetReader
from tallystick.app.models.jobs.training import TrainingDesk
from tallystick.app.workbook import Workbook
from tallystick.config import load
from tallystick.domain.dataset import Dataset
from tallystick.domain.gate import evaluation_id_of
from tallystick.domain.ids import Address, AssetId, Hash, Purpose
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret
from tallystick.ports import Chain

OWNER = Address("0x" + "11" * 20)
Bodies = Sequence[dict[str, str]]


def questions(count: int) -> list[dict[str, str]]:
    """Of different words each, so that care finds no copies."""
    names = ["Harrow", "Selwick", "Cinder", "Ottermouth", "Quill", "Butter", "Patience", "Voss"]
    return [
        {
            "question": f"What is the {names[i % 8]} {names[i // 8 % 8]} mill of year {1700 + i} for?",
            "answer": f"It ground {names[(i * 3) % 8]} number {i}.",
        }
        for i in range(count)
    ]


def dataset(number: int, bodies: Bodies, name: str = "mills") -> Dataset:
    records = make_records(list(bodies), salts_from_secret(bytes([number]) * 32))
    return Dataset(name, OWNER, records, Hash(bytes([number]) * 32), 1, AssetId(bytes([number]) * 32), number)


@dataclass
class Given:
    """Stands where the reader of registered data sets stands; writes down for what it was asked."""

    sets: tuple[Dataset, ...]
    chain: "Judge"
    asked: list[Purpose] = field(default_factory=list)

    def for_use(self, asset_id: AssetId, purpose: Purpose, *, served_at: int | None = None) -> Dataset:
        self.asked.append(purpose)
        return next(d for d in self.sets if d.asset_id == asset_id)


class Judge:
    """Stands where the chain stands; counts what is committed to, all by OWNER."""

    def __init__(self) -> None:
        self.models, self.commitments = self, list[bytes]()
        self.judge = OWNER

    def commit_evaluation(self, commitment: Hash) -> tuple[Hash, None]:
        self.commitments.append(commitment)
        return evaluation_id_of(OWNER, commitment), None

    def evaluation(self, evaluation_id: Hash) -> "Judge":
        assert evaluation_id in [evaluation_id_of(OWNER, Hash(c)) for c in self.commitments]
        return self


def make_base(folder: Path, *, has_template: bool = True) -> Path:
    from support.tiny_chat import TEMPLATE, tiny_tokenizer
    from support.tiny_llama import tiny_llama

    tiny_llama(scale=0.1, width=64, vocabulary=300).save_pretrained(folder)
    tiny_tokenizer(TEMPLATE if has_template else None).save_pretrained(folder)
    return folder


def set_desk(home: Path, base: Path, sets: Sequence[Dataset]) -> tuple[TrainingDesk, Given, Judge]:
    """Data sets are known by their names."""
    judge, book = Judge(), Workbook(home)
    given = Given(tuple(sets), judge)
    config = load({"home": str(home), "model": str(base), "threads": 1, "calibration_seconds": 0}, {}, ())
    for each in sets:
        book.note_dataset(each.name, each.asset_id)
    return TrainingDesk(config, book, cast(DatasetReader, given), cast(Chain, judge)), given, judge


def _main(home: Path, verb: str, job: str) -> None:
    told: dict[str, Any] = json.loads((home / "desk.json").read_text(encoding="utf-8"))
    sets = [dataset(1, questions(told["records"]))]
    desk, _, _ = set_desk(home, Path(told["base"]), sets)

    def quiet(done: int, total: int, note: str) -> None:
        pass

    if verb == "resume":
        desk.resume(job, quiet)
    else:
        desk.work_on(desk.jobs.find(job), quiet)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
