"""What a retraining may learn from: answers whose consumer consents, through data care, quarantined with reasons."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tallystick.commitments.canonical import canonical_json
from tallystick.domain.answers.opened import BARE
from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, NotFound
from tallystick.pipeline.datasets.care.inspection import inspect, partition
from tallystick.pipeline.datasets.care.rules import Rules
from tallystick.ports import Feedback, Ledger

Body = Mapping[str, str]
_RULES = Rules(required=("question", "answer"))


@dataclass(frozen=True, slots=True)
class Material:
    """`receipts[i]` is where `records[i]` came from; `digest` is the SHA-256 of the file, in hex."""

    records: tuple[Body, ...]
    receipts: tuple[Hash, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Collected:
    """`reasons` counts kinds of faults over the quarantined records."""

    material: Material
    offered: int
    without_consent: int
    quarantined: int
    reasons: Mapping[str, int]


def collect(ledger: Ledger, release: str, held_out: Sequence[Body], folder: Path) -> Collected:
    """Good answers and corrections with consent. `folder` gets both parts; `held_out` must not leak into training."""
    said = ledger.feedback.of_release(release)
    usable = [(f, body) for f in said if f.may_train and (body := _body(ledger, f)) is not None]
    bodies = [body for _, body in usable]
    report = inspect(bodies, _RULES, held_out)
    parts = partition(report, bodies)
    folder.mkdir(parents=True, exist_ok=True)
    aside = [
        {
            "receipt": usable[s.index][0].receipt.hex(),
            "reasons": [f"{r.kind.value}: {r.message}" for r in s.reasons],
        }
        for s in parts.quarantined
    ]
    _write(folder / "quarantine.jsonl", aside)
    kept = [{"receipt": usable[i][0].receipt.hex(), **bodies[i]} for i, _ in parts.kept]
    _write(folder / "material.jsonl", kept)
    reasons = Counter(r.kind.value for s in parts.quarantined for r in s.reasons)
    return Collected(
        read_material(folder),
        len(said),
        sum(not f.may_train for f in said),
        len(parts.quarantined),
        dict(sorted(reasons.items())),
    )


def read_material(folder: Path, digest: str | None = None) -> Material:
    """IntegrityMismatch where the file is not the one with this digest."""
    try:
        raw = (folder / "material.jsonl").read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"{folder} has no material.", "Propose the retraining anew.") from error
    found = hashlib.sha256(raw).hexdigest()
    if digest is not None and found != digest:
        raise IntegrityMismatch(f"The material in {folder} was changed.", "Propose the retraining anew.")
    rows = [json.loads(line) for line in raw.decode().splitlines()]
    receipts = tuple(Hash(bytes.fromhex(row.pop("receipt"))) for row in rows)
    return Material(tuple(rows), receipts, found)


def withdrawn(ledger: Ledger, release: str, material: Material) -> int:
    """Records whose consumer has taken the consent back since."""
    consenting = {f.receipt for f in ledger.feedback.of_release(release) if f.may_train}
    return sum(receipt not in consenting for receipt in material.receipts)


def _body(ledger: Ledger, feedback: Feedback) -> Body | None:
    """What was asked with its good answer, or with the correction; nothing for a bad answer without one."""
    opening = ledger.receipts.opening(feedback.receipt)
    answer = opening.answer if feedback.is_good else feedback.correction
    if answer is None:
        return None
    last = json.loads(opening.messages_json)[-1]
    if last["role"] == BARE:
        return {"prompt": str(last["content"]), "completion": answer}
    return {"question": str(last["content"]), "answer": answer}


def _write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.writelines(canonical_json(dict(row)) + b"\n" for row in rows)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
