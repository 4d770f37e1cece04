"""A settlement batch: its header, what happened to it, and the receipts beneath it. The chain keeps one hash."""

from dataclasses import astuple, dataclass
from typing import Any, Final

from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import SignedReceipt


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """Field order is that of the specification, section 6."""

    operator: Address
    poster: Address
    receipts_root: Hash
    credits_root: Hash
    total: int
    burned: int
    audit: int
    insurance: int
    receipt_count: int
    credit_count: int
    data_digest: Hash
    previous_header: Hash
    parameter_version: int


STATUSES: Final = ("none", "open", "final", "convicted", "voided", "released")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What happened to a batch; field order is the specification's. `status` counts in `STATUSES`."""

    submitted_at: int
    judged_at: int
    sequence: int
    replaces: int = 0
    status: int = 1
    finality_index: int = 0
    finalised_at: int = 0


def named(batch_id: int, header: BatchHeader, stamp: Stamp) -> tuple[Any, ...]:
    """A batch as the contracts' calls name it, as nested tuples in ABI order."""
    return batch_id, astuple(header), astuple(stamp)


@dataclass(frozen=True, slots=True)
class Batch:
    """Receipts in leaf order under their header."""

    header: BatchHeader
    receipts: tuple[SignedReceipt, ...]
