"""The public file of a batch: its receipts in leaf order and its credits. No plain text, no salts.

The header is not in the file, as it commits to the file by digest; it comes from the chain's event.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.commitments.canonical import canonical_json
from tallystick.domain.ids import AssetId
from tallystick.domain.trees import Credit
from tallystick.errors import InvalidInput

FORMAT = "tallystick-batch-1"


@dataclass(frozen=True, slots=True)
class Published:
    """What a batch file says; nothing in it is believed before it was recomputed."""

    receipts: tuple[dict[str, Any], ...]
    credits: tuple[Credit, ...]


def write(receipts: Sequence[dict[str, Any]], credits_: Sequence[Credit]) -> bytes:
    """The canonical bytes that are pinned; receipts in their JSON form."""
    rows = [["0x" + c.asset_id.hex(), c.receipt_index, c.line_index, str(c.amount)] for c in credits_]
    return canonical_json({"format": FORMAT, "receipts": list(receipts), "credits": rows})


def read(data: bytes) -> Published:
    """`InvalidInput` for a file that is no batch file."""
    try:
        body = json.loads(data)
        if body["format"] != FORMAT:
            raise InvalidInput(f"This is no batch file of the format {FORMAT}.")
        rows = tuple(
            Credit(AssetId(bytes.fromhex(a[2:])), int(r), int(i), int(amount))
            for a, r, i, amount in body["credits"]
        )
        return Published(tuple(body["receipts"]), rows)
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"This is no batch file: {error}.") from error
