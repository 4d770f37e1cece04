"""The public file of a reward period: every leaf of both trees."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.commitments import strict_json
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.ids import AssetId
from tallystick.domain.reward import CumulativeLeaf, EpochLeaf
from tallystick.errors import IntegrityMismatch

FORMAT = "tallystick-period-1"
_ID = re.compile(r"0x[0-9a-f]{64}")
_AMOUNT = re.compile(r"0|[1-9][0-9]{0,38}")


@dataclass(frozen=True, slots=True)
class PublishedPeriod:
    """What a period file says; nothing in it is believed before both roots were recomputed."""

    epoch: tuple[EpochLeaf, ...]
    cumulative: tuple[CumulativeLeaf, ...]


def write(epoch: Sequence[EpochLeaf], cumulative: Sequence[CumulativeLeaf]) -> bytes:
    """The canonical bytes that are pinned."""
    return canonical_json(
        {
            "format": FORMAT,
            "epoch": [[_hex(e.asset_id), e.batch_id, e.tranche, str(e.amount)] for e in epoch],
            "cumulative": [[_hex(c.asset_id), str(c.previous), str(c.cumulative)] for c in cumulative],
        }
    )


def read(data: bytes) -> PublishedPeriod:
    """`IntegrityMismatch` for a file that is no canonical period file."""
    try:
        body = strict_json.loads(data)
        if body["format"] != FORMAT:
            raise ValueError(f"its format is {body['format']!r}")
        period = PublishedPeriod(
            tuple(EpochLeaf(_id(a), int(b), int(t), _amount(n)) for a, b, t, n in body["epoch"]),
            tuple(CumulativeLeaf(_id(a), _amount(p), _amount(c)) for a, p, c in body["cumulative"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise IntegrityMismatch(f"This is no period file of the format {FORMAT}: {error}.") from error
    if write(period.epoch, period.cumulative) != data:
        raise IntegrityMismatch("The period file is not in its canonical form.")
    return period


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _id(value: Any) -> AssetId:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError(f"{value!r} is no asset id")
    return AssetId(bytes.fromhex(value[2:]))


def _amount(value: Any) -> int:
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise ValueError(f"{value!r} is no amount")
    return int(value)
