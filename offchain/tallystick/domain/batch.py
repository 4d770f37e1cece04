"""A settlement batch: the header that the chain stores as one hash, and the receipts beneath it."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Batch:
    """Receipts in leaf order under their header."""

    header: BatchHeader
    receipts: tuple[SignedReceipt, ...]
