"""The public file of a batch: every leaf of both trees, opened. No plain text, no salts.

The header is not in the file, as it commits to the file by digest; it comes from the chain's event.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.commitments import strict_json
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.ids import AssetId
from tallystick.domain.trees import Credit
from tallystick.errors import IntegrityMismatch

FORMAT = "tallystick-batch-1"
_BYTES32 = re.compile(r"0x[0-9a-f]{64}")
_AMOUNT = re.compile(r"0|[1-9][0-9]{0,38}")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PublishedReceipt:
    """A receipt leaf: the signed receipt in its JSON form, and the value that the leaf says."""

    signed: Json
    value: int


@dataclass(frozen=True, slots=True)
class Published:
    """What a batch file says; nothing in it is believed before it was recomputed."""

    receipts: tuple[PublishedReceipt, ...]
    credits: tuple[Credit, ...]


def write(receipts: Sequence[PublishedReceipt], credits_: Sequence[Credit]) -> bytes:
    """The canonical bytes that are pinned."""
    return canonical_json(
        {
            "format": FORMAT,
            "receipts": [{"signed": r.signed, "value": str(r.value)} for r in receipts],
            "credits": [
                ["0x" + c.asset_id.hex(), c.receipt_index, c.line_index, str(c.amount)] for c in credits_
            ],
        }
    )


def read(data: bytes) -> Published:
    """`IntegrityMismatch` for a file that is no canonical batch file."""
    try:
        body = strict_json.loads(data)
        if body["format"] != FORMAT:
            raise ValueError(f"its format is {body['format']!r}")
        published = Published(
            tuple(_receipt(r) for r in body["receipts"]), tuple(_credit(c) for c in body["credits"])
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise IntegrityMismatch(f"This is no batch file of the format {FORMAT}: {error}.") from error
    if write(published.receipts, published.credits) != data:
        raise IntegrityMismatch("The batch file is not in its canonical form.")
    return published


def _receipt(row: Json) -> PublishedReceipt:
    if not isinstance(row["signed"], dict):
        raise ValueError("a receipt is no object")
    return PublishedReceipt(row["signed"], _amount(row["value"]))


def _credit(row: list[Any]) -> Credit:
    asset, receipt, line, amount = row
    return Credit(AssetId(_bytes32(asset)), _position(receipt, 32), _position(line, 16), _amount(amount))


def _bytes32(value: Any) -> bytes:
    if not isinstance(value, str) or not _BYTES32.fullmatch(value):
        raise ValueError(f"{value!r} is not 32 bytes as 0x hex")
    return bytes.fromhex(value[2:])


def _amount(value: Any) -> int:
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value) or int(value) >= 2**128:
        raise ValueError(f"{value!r} is no amount")
    return int(value)


def _position(value: Any, bits: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**bits:
        raise ValueError(f"{value!r} is no position")
    return value
