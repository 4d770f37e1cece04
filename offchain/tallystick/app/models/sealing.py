"""Seals questions on the chain before an adapter is trained: by them it is judged, and they cannot be chosen after."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.app.models.train import SealedQuestion
from tallystick.domain.ids import Hash
from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.canonical import make_records
from tallystick.pipeline.evaluation.gate import GateRule
from tallystick.pipeline.evaluation.sealed import SALT_SIZE, EvaluationSet, commit
from tallystick.ports import Chain


@dataclass(frozen=True, slots=True)
class SealedSet:
    """A judge's commitment. Whoever has `salt` can try guesses of the questions: it stays with the judge."""

    evaluation_id: Hash
    commitment: Hash
    salt: bytes
    questions: int


def evaluation_set(questions: Sequence[SealedQuestion]) -> EvaluationSet:
    """The questions as records, each distinct one once."""
    if not questions:
        raise InvalidInput(
            "There is no question to judge on: of fewer than three different ones none is sealed.",
            "Add records.",
        )
    bodies = [q.body for q in dict.fromkeys(questions)]
    return EvaluationSet(tuple(make_records(bodies, lambda index, content: bytes(SALT_SIZE))))


def seal(acting: Chain, questions: Sequence[SealedQuestion]) -> SealedSet:
    """The caller becomes the judge of these questions."""
    chosen, salt = evaluation_set(questions), secrets.token_bytes(SALT_SIZE)
    commitment = commit(chosen, GateRule().digest, salt)
    evaluation_id, _ = acting.models.commit_evaluation(commitment)
    return SealedSet(evaluation_id, commitment, salt, len(chosen.records))
