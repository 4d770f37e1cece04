"""A batch header as the ledger keeps it: canonical JSON, hashes in hex, numbers as text."""

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from tallystick.commitments.canonical import canonical_json
from tallystick.domain.batch import BatchHeader
from tallystick.domain.ids import Address, Hash


def encode_header(header: BatchHeader) -> bytes:
    values = {f.name: getattr(header, f.name) for f in fields(header)}
    return canonical_json({k: "0x" + v.hex() if isinstance(v, bytes) else str(v) for k, v in values.items()})


def decode_header(data: bytes) -> BatchHeader:
    """What `encode_header` wrote."""
    kept = json.loads(data)
    read: dict[Any, Callable[[str], Any]] = {
        Hash: lambda text: Hash(bytes.fromhex(text[2:])),
        Address: Address,
        int: int,
    }
    return BatchHeader(**{f.name: read[f.type](kept[f.name]) for f in fields(BatchHeader)})
