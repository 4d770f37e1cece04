"""The sealed set: its commitment binds and hides, opening needs the very records, leakage is refused."""

from dataclasses import replace

import pytest
import sha3
from hypothesis import given
from hypothesis import strategies as st

from tallystick.domain.dataset import Record
from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.evaluation.sealed import EvaluationSet, commit, leaked, opened

SALT = bytes(range(32))
RULE = Hash(b"r" * 32)


def record(index: int, text: str, salt: bytes = b"") -> Record:
    canonical = text.encode()
    return Record(index, {"text": text}, canonical, Hash(sha3.keccak_256(canonical).digest()), salt)


RECORDS = tuple(record(i, t) for i, t in enumerate(("one", "two", "three")))
COMMITMENT = commit(EvaluationSet(RECORDS), RULE, SALT)


def test_commit_when_written_out_is_the_salted_keccak_of_the_set() -> None:
    hashes = b"".join(sha3.keccak_256(t).digest() for t in (b"one", b"two", b"three"))
    inner = sha3.keccak_256(b"tallystick evaluation set 1" + bytes(7) + b"\x03" + hashes).digest()

    assert sha3.keccak_256(b"tallystick evaluation commitment 1" + SALT + RULE + inner).digest() == COMMITMENT


def test_opened_when_all_is_true_gives_the_set() -> None:
    trained_on = [record(0, "four").content_hash]

    assert opened(COMMITMENT, RECORDS, RULE, SALT, trained_on).content_hashes == tuple(
        r.content_hash for r in RECORDS
    )


def test_digest_when_only_the_records_salts_differ_is_the_same() -> None:
    salted = tuple(replace(r, salt=SALT) for r in RECORDS)

    assert EvaluationSet(salted).digest == EvaluationSet(RECORDS).digest


@pytest.mark.parametrize(
    ("records", "rule", "salt"),
    [
        (RECORDS[:2], RULE, SALT),
        (RECORDS[::-1], RULE, SALT),
        ((*RECORDS[:2], record(2, "else")), RULE, SALT),
        (RECORDS, Hash(bytes(32)), SALT),
        (RECORDS, RULE, bytes(32)),
    ],
)
def test_opened_when_records_rule_or_salt_differ_refuses(
    records: tuple[Record, ...], rule: Hash, salt: bytes
) -> None:
    with pytest.raises(IntegrityMismatch):
        opened(COMMITMENT, records, rule, salt, [])


def test_opened_when_training_saw_a_record_refuses_and_counts() -> None:
    with pytest.raises(InvalidInput, match="1 of the 3"):
        opened(
            COMMITMENT, RECORDS, RULE, SALT, [record(9, "two").content_hash, record(8, "nine").content_hash]
        )


@given(st.lists(st.integers(0, 20), unique=True), st.lists(st.integers(0, 20)))
def test_leaked_when_asked_gives_the_intersection(evaluated: list[int], trained: list[int]) -> None:
    def hashes(numbers: list[int]) -> list[Hash]:
        return [Hash(n.to_bytes(32, "big")) for n in numbers]

    found = leaked(hashes(evaluated), hashes(trained))

    assert set(found) == set(hashes(evaluated)) & set(hashes(trained))


@pytest.mark.parametrize("records", [(), (RECORDS[0], record(1, "one"))])
def test_evaluation_set_when_empty_or_doubled_is_refused(records: tuple[Record, ...]) -> None:
    with pytest.raises(InvalidInput):
        EvaluationSet(records)


def test_commit_when_the_salt_is_short_is_refused() -> None:
    with pytest.raises(InvalidInput):
        commit(EvaluationSet(RECORDS), RULE, SALT[:31])
