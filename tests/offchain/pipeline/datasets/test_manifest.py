"""alice publishes; a stranger downloads and checks."""

import json
from dataclasses import replace
from typing import Any

import pytest

from support.factories import DOMAIN, account_of, key_of, named
from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.signatures import sign
from tallystick.domain.digests import Domain
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.datasets.canonical import (
    make_records,
    read_records,
    salts_from_list,
    salts_from_secret,
    write_records,
)
from tallystick.pipeline.datasets.manifest import (
    Manifest,
    check_records,
    make_manifest,
    read_manifest,
    statement_of,
    write_manifest,
)

ALICE = account_of("alice")
SALTS = salts_from_secret(named("alice's secret"))
BODIES = [{"question": f"q\n{i}", "answer": "ünï"} for i in range(5)]
RECORDS = make_records(BODIES, SALTS)


def manifest() -> Manifest:
    return make_manifest(RECORDS, name="mills", owner=ALICE, licence=1, records_digest=named("cid"))


def signed(made: Manifest, who: str = "alice") -> bytes:
    return write_manifest(made, sign(statement_of(DOMAIN, made).digest, key_of(who)))


def altered(**changes: Any) -> bytes:
    return canonical_json({**json.loads(signed(manifest())), **changes})


def test_records_when_made_have_the_specified_hashes() -> None:
    record = RECORDS[1]

    assert record.canonical == '{"answer":"ünï","question":"q\\n1"}'.encode()
    assert record.content_hash == keccak256(record.canonical)
    assert record.salt == keccak256(named("alice's secret") + record.content_hash)
    assert [r.index for r in RECORDS] == [0, 1, 2, 3, 4]


def test_records_when_written_are_read_back_alike() -> None:
    assert read_records(write_records(RECORDS), salts_from_list([r.salt for r in RECORDS])) == RECORDS


def test_manifest_when_written_is_read_back_alike() -> None:
    made = manifest()

    assert read_manifest(DOMAIN, signed(made)) == made
    assert made.columns == ("answer", "question")


def test_records_when_downloaded_are_checked_against_the_root() -> None:
    assert check_records(manifest(), write_records(RECORDS)) == RECORDS


def test_records_when_salted_otherwise_give_another_root() -> None:
    salted = replace(manifest(), salts=tuple(named(str(r.index)) for r in RECORDS))

    with pytest.raises(IntegrityMismatch, match="another root"):
        check_records(salted, write_records(RECORDS))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        write_records(RECORDS)[:-1],
        write_records(RECORDS[:-1]),
        write_records(RECORDS) + b'{"text":"more"}\n',
        write_records(RECORDS).replace(b"q\\n1", b"q\\n7"),
        write_records(RECORDS).replace(b'":"', b'": "'),
        write_records(RECORDS).replace(b"question", b"password"),
        b"[]\n",
        b"\xff\n",
        b'{"text":1}\n',
    ],
)
def test_records_when_anything_differs_are_refused(data: bytes) -> None:
    with pytest.raises(IntegrityMismatch):
        check_records(manifest(), data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 10_000,
        altered(name="other"),
        altered(count=6),
        altered(count=True),
        altered(licence=2),
        altered(licence=2**16),
        altered(owner=account_of("mallory")),
        altered(owner=ALICE.upper()),
        altered(root="0x00"),
        altered(salts=None),
        altered(format="tallystick-dataset-0"),
        altered(extra=1),
        altered(signature="0x" + "00" * 65),
        altered(signature="0x" + "00" * 64 + "1b"),
        json.dumps(json.loads(signed(manifest()))).encode(),
        signed(manifest(), who="mallory"),
    ],
)
def test_manifest_when_anything_differs_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityMismatch):
        read_manifest(DOMAIN, data)


def test_manifest_when_signed_for_another_chain_is_refused() -> None:
    with pytest.raises(IntegrityMismatch, match="signed by"):
        read_manifest(Domain(1, DOMAIN.escrow), signed(manifest()))


def test_secret_when_short_is_refused() -> None:
    with pytest.raises(InvalidInput, match="32 bytes"):
        salts_from_secret(b"short")
