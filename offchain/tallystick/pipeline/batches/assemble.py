"""Chooses receipts that may settle and closes them into a batch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tallystick.domain.batch import Batch, BatchHeader
from tallystick.domain.digests import Domain
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, Address, AssetId, Hash
from tallystick.domain.trees import (
    credit_tree,
    credits_of,
    receipt_key,
    receipt_tree,
    total_of,
    true_leaf,
)
from tallystick.domain.usage import SignedReceipt, is_payment_lane
from tallystick.errors import InvalidInput

MAX_RECEIPTS = 2**24


@dataclass(frozen=True, slots=True)
class Poster:
    """Who settles a convicted batch of another operator anew; `asset` is its operator asset."""

    account: Address
    asset: AssetId


def settleable(receipts: Iterable[SignedReceipt]) -> tuple[SignedReceipt, ...]:
    """Acknowledged receipts in leaf order; of a lane, only those before its first unacknowledged one.

    A receipt on a payment's lane never has a voucher: give only those that their payments were redeemed for.
    """
    chosen: list[SignedReceipt] = []
    stopped: set[tuple[str, int]] = set()
    for signed in sorted(receipts, key=lambda s: receipt_key(s.receipt)):
        lane = (signed.receipt.consumer, signed.receipt.lane)
        if signed.voucher is None and not is_payment_lane(signed.receipt.lane):
            stopped.add(lane)
        elif lane not in stopped:
            chosen.append(signed)
    return tuple(chosen)


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
    if not receipts:
        raise InvalidInput("There is nothing to settle.", "Serve paid answers first.")
    keys = [receipt_key(signed.receipt) for signed in receipts]
    if any(a >= b for a, b in pairwise(keys)):
        raise InvalidInput("The receipts of a batch must be in leaf order, each once.")
    if len(receipts) > MAX_RECEIPTS:
        raise InvalidInput(f"A batch holds at most {MAX_RECEIPTS} receipts.", "Close several batches.")
    credits_ = credits_of(receipts, operator_asset=poster.asset if poster else None)
    receipts_root = receipt_tree(domain, [true_leaf(r) for r in receipts]).root
    credits_root = credit_tree(credits_).root
    header = BatchHeader(
        operator=operator,
        poster=poster.account if poster else operator,
        receipts_root=Hash(receipts_root.hash),
        credits_root=Hash(credits_root.hash),
        total=receipts_root.sum,
        burned=total_of(credits_, BURN),
        audit=total_of(credits_, AUDIT_POOL),
        insurance=total_of(credits_, INSURANCE),
        receipt_count=receipts_root.count,
        credit_count=credits_root.count,
        data_digest=data_digest,
        previous_header=previous_header,
        parameter_version=parameter_version,
    )
    return Batch(header, tuple(receipts))
