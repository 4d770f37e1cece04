"""A data set's manifest: what it commits to, who owns it, and the owner's signature. Fetches nothing.

The signature covers the manifest without its `signature` field; the CID of the whole file covers both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.commitments import strict_json, typed_data
from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.signatures import recover
from tallystick.commitments.statements import Statement
from tallystick.domain.dataset import Record
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, Hash
from tallystick.domain.trees import record_tree
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.datasets.canonical import read_records, salts_from_list
from tallystick.pipeline.datasets.fields import account, bytes32, hex_bytes, whole

FORMAT = "tallystick-dataset-1"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`records_digest` is that of the pinned records file; `salts` open the root."""

    name: str
    owner: Address
    licence: int
    columns: tuple[str, ...]
    count: int
    root: Hash
    records_digest: Hash
    salts: tuple[bytes, ...]


def make_manifest(
    records: Sequence[Record],
    *,
    name: str,
    owner: Address,
    licence: int,
    records_digest: Hash,
) -> Manifest:
    root = record_tree(records).root
    return Manifest(
        name=name,
        owner=owner,
        licence=licence,
        columns=tuple(sorted({column for record in records for column in record.body})),
        count=root.count,
        root=Hash(root.hash),
        records_digest=records_digest,
        salts=tuple(r.salt for r in records),
    )


def statement_of(domain: Domain, manifest: Manifest) -> Statement:
    """What the owner signs."""
    body_hash = keccak256(canonical_json(_body(manifest)))
    return typed_data.dataset_statement(
        domain.separator, manifest.root, manifest.count, body_hash, manifest.licence, manifest.owner
    )


def typed_data_of(domain: Domain, manifest: Manifest) -> dict[str, Any]:
    """The same statement for a browser wallet."""
    message = {
        "root": "0x" + manifest.root.hex(),
        "count": manifest.count,
        "manifestDigest": "0x" + keccak256(canonical_json(_body(manifest))).hex(),
        "licence": manifest.licence,
        "owner": manifest.owner,
    }
    return typed_data.for_wallets(domain.chain_id, domain.escrow, typed_data.DATASET_TYPE, message)


def write_manifest(manifest: Manifest, signature: bytes) -> bytes:
    """The canonical bytes that are pinned."""
    return canonical_json({**_body(manifest), "signature": "0x" + signature.hex()})


def read_manifest(domain: Domain, data: bytes) -> Manifest:
    """A downloaded manifest, in canonical form and signed by the owner that it names."""
    try:
        body = strict_json.loads(data)
        manifest, signature = _parse(body), hex_bytes(body["signature"], 65)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise IntegrityMismatch(f"This is no manifest of the format {FORMAT}: {error!r}.") from error
    if write_manifest(manifest, signature) != data:
        raise IntegrityMismatch("The manifest is not in its canonical form.")
    try:
        signer = recover(statement_of(domain, manifest).digest, signature)
    except InvalidInput as error:
        raise IntegrityMismatch(f"The manifest's signature is void: {error.message}") from error
    if signer != manifest.owner:
        raise IntegrityMismatch(f"The manifest of {manifest.owner} is signed by {signer}.")
    return manifest


def check_records(manifest: Manifest, data: bytes) -> tuple[Record, ...]:
    """The records of a downloaded file, if they are what the manifest's root commits to."""
    records = read_records(data, salts_from_list(manifest.salts))
    root = record_tree(records).root
    if (root.hash, root.count) != (manifest.root, manifest.count):
        raise IntegrityMismatch(
            f"The records of {manifest.name} give another root than its manifest.",
            "Fetch them again elsewhere.",
        )
    return records


def _body(manifest: Manifest) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": manifest.name,
        "owner": manifest.owner,
        "licence": manifest.licence,
        "columns": list(manifest.columns),
        "count": manifest.count,
        "root": "0x" + manifest.root.hex(),
        "records": "0x" + manifest.records_digest.hex(),
        "salts": ["0x" + s.hex() for s in manifest.salts],
    }


def _parse(body: dict[str, Any]) -> Manifest:
    return Manifest(
        name=str(body["name"]),
        owner=account(body["owner"]),
        licence=whole(body["licence"], 16),
        columns=tuple(str(c) for c in body["columns"]),
        count=whole(body["count"], 32),
        root=Hash(bytes32(body["root"])),
        records_digest=Hash(bytes32(body["records"])),
        salts=tuple(bytes32(s) for s in body["salts"]),
    )
