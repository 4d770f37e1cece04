"""An evaluation set that is committed before training, hidden until it is opened, and shares no record with training.

The commitment hides the set as long as its salt is secret and random: the set's digest alone could be tried against
guesses of its records.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tallystick.commitments.keccak import keccak256
from tallystick.domain.dataset import Record
from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, InvalidInput

_DIGEST = b"tallystick evaluation set 1"
_COMMITMENT = b"tallystick evaluation commitment 1"
SALT_SIZE = 32


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Records to judge on, in order; each differs from all others."""

    records: tuple[Record, ...]

    def __post_init__(self) -> None:
        if not self.records:
            raise InvalidInput("An evaluation set cannot be empty.", "Give records to judge on.")
        if len(set(self.content_hashes)) < len(self.records):
            raise InvalidInput("A record stands twice in the evaluation set.", "Give each once.")

    @property
    def content_hashes(self) -> tuple[Hash, ...]:
        return tuple(record.content_hash for record in self.records)

    @property
    def digest(self) -> Hash:
        """Commits to every record and their order; salts of the records do not matter."""
        count = len(self.records).to_bytes(8, "big")
        return Hash(keccak256(_DIGEST + count + b"".join(self.content_hashes)))


def commit(evaluation: EvaluationSet, rule: Hash, salt: bytes) -> Hash:
    """What is published before training. `rule`: digest of how the set is judged by, so that nobody chooses it after the
    results. `salt`: 32 random bytes, kept until the set is opened.
    """
    if len(salt) != SALT_SIZE:
        raise InvalidInput(f"The salt must be {SALT_SIZE} bytes.", "Draw them at random.")
    return Hash(keccak256(_COMMITMENT + salt + rule + evaluation.digest))


def opened(
    commitment: Hash, records: Iterable[Record], rule: Hash, salt: bytes, trained_on: Sequence[Hash]
) -> EvaluationSet:
    """The set behind a commitment; `IntegrityMismatch` where it or its rule is another, `InvalidInput` where training
    saw a part.

    `trained_on` are the content hashes of all records under the training manifest.
    """
    found = EvaluationSet(tuple(records))
    if commit(found, rule, salt) != commitment:
        raise IntegrityMismatch(
            "This is not the evaluation set that was committed.",
            "Open it with its own records, rule and salt.",
        )
    shared = leaked(found.content_hashes, trained_on)
    if shared:
        raise InvalidInput(
            f"Training saw {len(shared)} of the {len(found.records)} evaluation records.",
            "Take them out of the training manifest, or commit another set.",
        )
    return found


def leaked(evaluated_on: Sequence[Hash], trained_on: Sequence[Hash]) -> tuple[Hash, ...]:
    """Content hashes in both, in the first's order. Finds equal records only: a reworded one has another hash."""
    seen = frozenset(trained_on)
    return tuple(h for h in evaluated_on if h in seen)
