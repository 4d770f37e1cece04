"""Sealed evaluation sets of this node: out of a file or a part of a data set, committed on-chain, kept from training.

What opens a set lies in `evaluations/` of the node's home, for its owner's eyes. Of a part of a data set only record
numbers are kept: the text of a private set is written nowhere.
"""

import json
import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tallystick.app.datasets.files import read
from tallystick.app.models.sealing import SealedQuestion, examples_from, questions_of
from tallystick.domain.dataset import Dataset, Record
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.lexical import normalised
from tallystick.errors import Conflict, IntegrityViolation, InvalidInput, NotFound
from tallystick.pipeline.datasets.canonical import make_records
from tallystick.pipeline.datasets.care.copies import check_leakage
from tallystick.pipeline.datasets.care.inspection import LEAKS
from tallystick.pipeline.datasets.care.rules import Rules
from tallystick.pipeline.evaluation.gate import GateRule, read_rule
from tallystick.pipeline.evaluation.sealed import SALT_SIZE, EvaluationSet, commit
from tallystick.pipeline.training.records import SHAPES, asked_in, last_exchange
from tallystick.ports import Chain

FEWEST, MOST = 20, 400
SLOTS = "slot_accuracy"


@dataclass(frozen=True, slots=True)
class KeptSet:
    """A committed set as it is kept. Either `bodies` are its records, or `parts` says which of which data sets."""

    name: str
    evaluation_id: Hash
    commitment: Hash
    rule: GateRule
    salt: bytes
    records: int
    bodies: tuple[dict[str, str], ...]
    parts: tuple[tuple[AssetId, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class CommittedSet:
    """What is shown of a set: nothing that opens it."""

    name: str
    evaluation_id: Hash
    commitment: Hash
    records: int
    score: str
    margin: float
    confidence: float


@dataclass(frozen=True, slots=True)
class EvaluationSets:
    """The sets under one home."""

    home: Path

    def commit_file(
        self, acting: Chain, name: str, file: Path, mapping: Mapping[str, str], rule: GateRule
    ) -> CommittedSet:
        """Every question of a file. The caller becomes its judge."""
        bodies = tuple(body for part in read(file, mapping) for body in part.bodies)
        return self._commit(acting, name, rule, records_of(bodies), bodies, ())

    def commit_part(
        self, acting: Chain, name: str, datasets: Sequence[Dataset], share: float, rule: GateRule
    ) -> CommittedSet:
        """A random `share` of the questions, FEWEST to MOST; answers to one question go together."""
        if len({d.asset_id for d in datasets}) < len(datasets):
            raise InvalidInput("A data set is named twice.", "Name each once.")
        picked = _picked(datasets, share)
        chosen = [d.records[i] for d in datasets for i in picked.get(d.asset_id, ())]
        records = records_of([record.body for record in chosen])
        return self._commit(acting, name, rule, records, (), tuple(picked.items()))

    def _commit(
        self,
        acting: Chain,
        name: str,
        rule: GateRule,
        records: tuple[Record, ...],
        bodies: tuple[dict[str, str], ...],
        parts: tuple[tuple[AssetId, tuple[int, ...]], ...],
    ) -> CommittedSet:
        if self._file(name).exists() and any(self.kept(name).evaluation_id):
            raise Conflict(f"There is an evaluation set {name!r} already.", "Choose another name.")
        if any(not asked_in(r.body) for r in records) or len(records) < FEWEST:
            raise InvalidInput(
                f"An evaluation set needs {FEWEST} or more different records with something to answer; here are"
                f" {len(records)}.",
                f"Give more, or map their columns with --map question=COLUMN. Shapes: {SHAPES}.",
            )
        if rule.score == SLOTS and any(e.slots is None for e in examples_from(_questions(records))):
            raise InvalidInput(
                "Some of these records ask for no list of attributes, so they have no slot accuracy.",
                "Choose another --score: a set's rule cannot be changed later.",
            )
        salt = secrets.token_bytes(SALT_SIZE)
        commitment = commit(EvaluationSet(records), rule.digest, salt)
        # What opens it is kept before the chain has it: a commitment that nobody can open is worth nothing.
        made = KeptSet(name, Hash(bytes(32)), commitment, rule, salt, len(records), bodies, parts)
        self._write(made)
        evaluation_id, _ = acting.models.commit_evaluation(commitment)
        self._write(replace(made, evaluation_id=evaluation_id))
        return shown(replace(made, evaluation_id=evaluation_id))

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(p.stem for p in (self.home / "evaluations").glob("*.json")))

    def kept(self, name: str) -> KeptSet:
        file = self._file(name)
        try:
            return _kept(name, json.loads(file.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise NotFound(
                f"This node knows no evaluation set {name!r}.",
                "Make one with `tallystick evaluation commit`, before training.",
            ) from error
        except (ValueError, KeyError, TypeError, InvalidInput) as error:
            raise IntegrityViolation(
                f"{file} is damaged: {error!r}. Without it nothing keeps the set out of a training.",
                "Restore it from a backup. Moved away, the set judges no more, and its records are learnt.",
            ) from error

    def withheld(self, datasets: Sequence[Dataset], names: Sequence[str]) -> dict[str, list[int]]:
        """Records by data set (hex) that the named sets keep out of training: theirs, copies, near-copies, and other
        answers to their questions. The same each time.
        """
        sets = [self.kept(name) for name in names]
        hidden = [dict(body) for one in sets for body in one.bodies]
        hidden += [dict(r.body) for d in datasets for r in d.records if r.index in _places(sets, d.asset_id)]
        asked = frozenset(a for body in hidden for a in asked_in(body))
        out: dict[str, list[int]] = {}
        for dataset in datasets if hidden else ():
            sealed = _places(sets, dataset.asset_id)
            rest = [r for r in dataset.records if r.index not in sealed]
            found = check_leakage([r.body for r in rest], hidden, Rules())
            leaking = {rest[f.index].index for f in found if f.kind in LEAKS}
            leaking |= {r.index for r in rest if asked_in(r.body) & asked}
            if sealed or leaking:
                out[dataset.asset_id.hex()] = sorted(sealed | leaking)
        return out

    def look(self, evaluation_id: Hash, model: Hash) -> int:
        """Which number in order the model is among those judged by a set; it is noted on its first look."""
        file = self.home / "evaluations" / "looks" / f"{evaluation_id.hex()}.txt"
        seen = file.read_text(encoding="ascii").split() if file.exists() else []
        if model.hex() not in seen:
            seen.append(model.hex())
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n".join(seen) + "\n", encoding="ascii")
        return seen.index(model.hex()) + 1

    def _file(self, name: str) -> Path:
        if not name or not all(c.isalnum() or c in "-_" for c in name):
            raise InvalidInput(f"{name!r} is no name: letters, digits, '-' and '_'.")
        return self.home / "evaluations" / f"{name}.json"

    def _write(self, made: KeptSet) -> None:
        body: dict[str, Any] = {
            "evaluation_id": made.evaluation_id.hex(),
            "commitment": made.commitment.hex(),
            "rule": made.rule.as_dict,
            "salt": made.salt.hex(),
            "records": made.records,
            "bodies": list(made.bodies),
            "parts": [[asset.hex(), list(places)] for asset, places in made.parts],
        }
        file = self._file(made.name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.parent.chmod(0o700)
        part = file.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
        part.replace(file)


def records_of(bodies: Sequence[Mapping[str, str]]) -> tuple[Record, ...]:
    """Each distinct one once, unsalted: the set's own salt hides them all."""
    distinct = list({json.dumps(b, sort_keys=True): dict(b) for b in bodies}.values())
    return make_records(distinct, lambda index, content: bytes(SALT_SIZE))


def _kept(name: str, body: Mapping[str, Any]) -> KeptSet:
    return KeptSet(
        name=name,
        evaluation_id=Hash(bytes.fromhex(body["evaluation_id"])),
        commitment=Hash(bytes.fromhex(body["commitment"])),
        rule=read_rule(body["rule"]),
        salt=bytes.fromhex(body["salt"]),
        records=int(body["records"]),
        bodies=tuple(body["bodies"]),
        parts=tuple((AssetId(bytes.fromhex(d)), tuple(places)) for d, places in body["parts"]),
    )


def shown(made: KeptSet) -> CommittedSet:
    rule = made.rule
    return CommittedSet(
        made.name,
        made.evaluation_id,
        made.commitment,
        made.records,
        rule.score,
        rule.margin,
        rule.confidence,
    )


def _places(sets: Sequence[KeptSet], asset_id: AssetId) -> frozenset[int]:
    return frozenset(i for one in sets for asset, places in one.parts if asset == asset_id for i in places)


def _questions(records: Sequence[Record]) -> tuple[SealedQuestion, ...]:
    return questions_of(r.body for r in records)


def _asked(body: Mapping[str, str]) -> str:
    """What records that go together have in common: a question by its words, a conversation by all its turns."""
    exchange = last_exchange(body)
    return normalised(exchange.messages[0]["content"]) if exchange.is_one_question else exchange.asked


def _picked(datasets: Sequence[Dataset], share: float) -> dict[AssetId, tuple[int, ...]]:
    """Places by data set. Drawn by the system's own randomness: whoever trains cannot foresee it."""
    if not 0 < share < 1:
        raise InvalidInput(f"A share of {share} cannot be sealed.", "Give one between 0 and 1, as 0.1.")
    asked: dict[str, list[tuple[AssetId, int]]] = {}
    for dataset in datasets:
        for record in dataset.records:
            if asked_in(record.body):
                asked.setdefault(_asked(record.body), []).append((dataset.asset_id, record.index))
    wanted = min(max(round(share * len(asked)), FEWEST), MOST)
    if len(asked) <= wanted:
        raise InvalidInput(
            f"These data sets have {len(asked)} different questions; a sealed set takes {FEWEST} or more and must leave"
            " some to train on.",
            "Give more records.",
        )
    chosen = random.SystemRandom().sample(sorted(asked), wanted)
    places = sorted(place for question in chosen for place in asked[question])
    return {asset: tuple(i for a, i in places if a == asset) for asset in dict.fromkeys(a for a, _ in places)}
