"""A trainer, a gate and releases that do what a test says, and count how often they were asked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support.ledger_records import BOB, NORA, hash_of
from tallystick.app.monitoring.feedback import take_feedback
from tallystick.app.monitoring.retraining.loop import Candidate, Judged, Loop
from tallystick.app.monitoring.retraining.material import Body, Material
from tallystick.domain.answers.opened import OutputRecord
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.usage import Receipt
from tallystick.errors import Conflict
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports import Feedback, NewEntry, Opening, StoredReceipt

YEARS = [
    f"The {noun} of {town} was built in {year}."
    for year, (noun, town) in enumerate(
        [
            (n, t)
            for n in ("mill", "bell", "lock", "quay")
            for t in ("Ravelsund", "Orm", "Tarn", "Vik", "Hale")
        ],
        1700,
    )
]


@dataclass
class Shelf:
    """What serves, kept in a file as a workbook keeps it."""

    path: Path
    refuses: str = ""

    def serving(self) -> str:
        return self.path.read_text() if self.path.exists() else "first"

    def promote(self, candidate: str) -> str:
        if self.refuses:
            raise Conflict(self.refuses)
        self.path.write_text(candidate)
        return candidate

    def roll_back(self, release: str, why: str) -> None:
        self.path.write_text(release)


@dataclass
class Parts:
    """`trained` counts the calls for each key."""

    passes: bool = True
    fails: Exception | None = None
    sealed: Sequence[Body] = ()
    curve: tuple[tuple[float, float], ...] = ((30.0, 0.4), (60.0, 0.6), (90.0, 0.7))
    trained: dict[str, int] = field(default_factory=dict)
    learnt: list[Material] = field(default_factory=list)

    def held_out(self, release: str) -> Sequence[Body]:
        return self.sealed

    def train(self, key: str, release: str, material: Material) -> Candidate:
        self.trained[key] = self.trained.get(key, 0) + 1
        self.learnt.append(material)
        if self.fails:
            raise self.fails
        return Candidate(key, hash_of(key).hex(), self.curve[-1][1], 0.55, self.curve)

    def judge(self, candidate: str, serving: str) -> Judged:
        return Judged(self.passes, "lower bound 0.01 above -0.02" if self.passes else "lower bound -0.3", {})


def loop_of(ledger: SqliteLedger, folder: Path, parts: Parts, *, by_loop: bool = True) -> Loop:
    return Loop(ledger, parts, parts, Shelf(folder / "serving"), folder, lambda: 100, by_loop)


def serve_and_hear(
    ledger: SqliteLedger, count: int, *, may_train: bool = True, release: str = "first"
) -> list[Hash]:
    """Answers with openings, each called bad and corrected by bob."""
    heard = []
    for number in range(count):
        receipt = stored(number)
        question = YEARS[number].replace("was built in", "was built when, in").rsplit(" ", 1)[0] + "?"
        asked = json.dumps([{"role": "user", "content": question}])
        opening = Opening(b"s" * 32, asked, OutputRecord("In 1999.", (4, 5)), "{}")
        ledger.receipts.store(receipt, opening)
        ledger.traffic.note(release, [NewEntry("answer", receipt.digest, 5, "{}")])
        correction = YEARS[number] if may_train else None
        take_feedback(ledger, Feedback(receipt.digest, False, may_train, correction, 6))
        heard.append(receipt.digest)
    return heard


def stored(number: int) -> StoredReceipt:
    receipt = Receipt(
        terms_id=hash_of("terms"),
        consumer=BOB,
        operator=NORA,
        lane=number,
        previous=0,
        cumulative=100,
        tokens_in=10,
        tokens_out=20,
        query_commit=hash_of("query"),
        output_commit=hash_of("output"),
        lines_hash=hash_of("lines"),
        agent_id=AssetId(bytes(32)),
        served_at=1_700_000_000,
        previous_head=Hash(bytes(32)),
    )
    return StoredReceipt(hash_of("served", number), hash_of("head", number), receipt, b"encoded%d" % number)
