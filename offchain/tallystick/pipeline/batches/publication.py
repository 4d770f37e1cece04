"""The public file of a batch: every leaf of both trees, opened. No plain text, no salts.

The header is not in the file, as it commits to the file by digest; it comes from the chain's event.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from tallystick.commitments import strict_json
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.ids import AssetId
from tallystick.domain.trees import Credit
from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.batches.lazily import Lazily

FORMAT = "tallystick-batch-1"
# 10^6 receipts of a few lines each; a larger batch is split by who posts it.
MOST_BYTES = 4 << 30
_HEAD, _TAIL = b'{"credits":[', b"]}"
_MIDDLE = b'],"format":"' + FORMAT.encode() + b'","receipts":['
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

    receipts: Sequence[PublishedReceipt]
    credits: Sequence[Credit]


def write(receipts: Iterable[PublishedReceipt], credits_: Iterable[Credit]) -> bytes:
    """The canonical bytes that are pinned."""
    return b"".join(pieces((canonical_json(_row_of(r)) for r in receipts), credits_))


def pieces(receipts: Iterable[bytes], credits_: Iterable[Credit]) -> Iterator[bytes]:
    """The same bit by bit, of rows as `receipt_row` gives them."""
    yield _HEAD
    yield from _parted(map(_credit_bytes, credits_))
    yield _MIDDLE
    yield from _parted(receipts)
    yield _TAIL


def receipt_row(canonical: bytes, value: int) -> bytes:
    """The row of a receipt leaf, from the canonical JSON of its signed receipt."""
    return b'{"signed":%b,"value":"%d"}' % (canonical, value)


def _parted(rows: Iterable[bytes]) -> Iterator[bytes]:
    """With a comma between each two."""
    comma = b""
    for row in rows:
        yield comma + row
        comma = b","


def read(data: bytes | mmap) -> Published:
    """Rows are read out of `data` each time they are asked for; each was read once, and is canonical.

    `IntegrityMismatch` for a file that is no canonical batch file.
    """
    try:
        return _read(data)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise IntegrityMismatch(f"This is no batch file of the format {FORMAT}: {error}.") from error


def open_file(path: Path) -> Published:
    """The same of a file, which is mapped and not read into memory; it may be removed meanwhile."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise IntegrityMismatch("The batch file is empty.")
        return read(mmap(file.fileno(), 0, access=ACCESS_READ))


def _read(data: bytes | mmap) -> Published:
    middle = data.find(_MIDDLE)
    if data[: len(_HEAD)] != _HEAD or middle < 0 or data[-len(_TAIL) :] != _TAIL:
        raise ValueError("it is not in its canonical form")
    of_credits = _rows(data, len(_HEAD), middle, b"],[")
    of_receipts = _rows(data, middle + len(_MIDDLE), len(data) - len(_TAIL), b'},{"signed":')
    for bounds in of_credits:
        _check_credit(data[slice(*bounds)])
    for bounds in of_receipts:
        _check_receipt(data[slice(*bounds)])
    return Published(
        Lazily(len(of_receipts), lambda n: _receipt(strict_json.loads(data[slice(*of_receipts[n])]))),
        Lazily(len(of_credits), lambda n: _credit(strict_json.loads(data[slice(*of_credits[n])]))),
    )


def _rows(data: bytes | mmap, first: int, end: int, between: bytes) -> "_Bounds":
    """Where the rows of an array lie; two are parted by a comma, with a bracket on each side of it."""
    starts, ends = array("Q"), array("Q")
    at = first
    while at < end:
        found = data.find(between, at, end)
        starts.append(at)
        ends.append(end if found < 0 else found + 1)
        at = end if found < 0 else found + 2
    return _Bounds(starts, ends)


@dataclass(frozen=True, slots=True)
class _Bounds:
    starts: "array[int]"
    ends: "array[int]"

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, n: int) -> tuple[int, int]:
        return self.starts[n], self.ends[n]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self.starts, self.ends, strict=True)


def _check_receipt(row: bytes) -> None:
    if canonical_json(_row_of(_receipt(strict_json.loads(row)))) != row:
        raise ValueError("a receipt is not in its canonical form")


def _check_credit(row: bytes) -> None:
    if _credit_bytes(_credit(strict_json.loads(row))) != row:
        raise ValueError("a credit is not in its canonical form")


def _row_of(receipt: PublishedReceipt) -> Json:
    return {"signed": receipt.signed, "value": str(receipt.value)}


def _credit_bytes(c: Credit) -> bytes:
    return f'["0x{c.asset_id.hex()}",{c.receipt_index},{c.line_index},"{c.amount}"]'.encode()


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
