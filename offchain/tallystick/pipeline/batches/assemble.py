"""Chooses receipts that may settle and closes them into a batch."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tallystick.domain.batch import Batch, BatchHeader
from tallystick.domain.digests import Domain
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, Address, AssetId, Hash
from tallystick.domain.trees import receipt_key
from tallystick.domain.usage import SignedReceipt, is_payment_lane
from tallystick.errors import InvalidInput
from tallystick.pipeline.batches.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Poster:
    """Who settles a convicted batch of another operator anew; `asset` is its operator asset."""

    account: Address
    asset: AssetId


def settleable(receipts: Iterable[SignedReceipt]) -> tuple[SignedReceipt, ...]:
    """Those of receipts in any order that may settle, in leaf order."""
    return tuple(acknowledged(sorted(receipts, key=lambda s: receipt_key(s.receipt))))


def acknowledged(receipts: Iterable[SignedReceipt]) -> Iterator[SignedReceipt]:
    """Of receipts in leaf order, one by one; of a lane, only those before its first unacknowledged one.

    A receipt on a payment's lane never has a voucher: give only those that their payments were redeemed for.
    """
    stopped: tuple[str, int] | None = None
    for signed in receipts:
        lane = (signed.receipt.consumer, signed.receipt.lane)
        if signed.voucher is None and not is_payment_lane(signed.receipt.lane):
            stopped = lane
        elif lane != stopped:
            yield signed


def assemble(
    domain: Domain,
    receipts: Sequence[SignedReceipt],
    *,
    operator: Address,
    data_digest: Hash,
    previous_header: Hash,
    parameter_version: int,
    poster: Poster | None = None,
) -> Batch:
    """A batch over receipts that are in leaf order, as `settleable` gives them; the operator's own without a `poster`."""
    sheet = Sheet(domain, poster.asset if poster else None)
    for signed in receipts:
        sheet.add(signed)
    header = header_of(
        sheet,
        operator=operator,
        poster=poster.account if poster else operator,
        data_digest=data_digest,
        previous_header=previous_header,
        parameter_version=parameter_version,
    )
    return Batch(header, tuple(receipts))


def header_of(
    sheet: Sheet,
    *,
    operator: Address,
    poster: Address,
    data_digest: Hash,
    previous_header: Hash,
    parameter_version: int,
) -> BatchHeader:
    """The header over what is on the sheet; `InvalidInput` over nothing."""
    if not len(sheet):
        raise InvalidInput("There is nothing to settle.", "Serve paid answers first.")
    receipts_root, credits_root = sheet.receipts_root, sheet.credits.root
    return BatchHeader(
        operator=operator,
        poster=poster,
        receipts_root=Hash(receipts_root.hash),
        credits_root=Hash(credits_root.hash),
        total=receipts_root.sum,
        burned=sheet.credits.sum_of(BURN),
        audit=sheet.credits.sum_of(AUDIT_POOL),
        insurance=sheet.credits.sum_of(INSURANCE),
        receipt_count=receipts_root.count,
        credit_count=credits_root.count,
        data_digest=data_digest,
        previous_header=previous_header,
        parameter_version=parameter_version,
    )
