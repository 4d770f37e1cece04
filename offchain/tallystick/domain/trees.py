"""Which leaves and values each of the specification's trees holds, and in which order."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tallystick.commitments import leaves
from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.dataset import ManifestEntry, Record
from tallystick.domain.digests import Domain, receipt_leaf
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, AssetId, Pot
from tallystick.domain.reward import CumulativeLeaf, EpochLeaf
from tallystick.domain.usage import Receipt, SignedReceipt
from tallystick.errors import InvalidInput

RESERVED = (BURN, AUDIT_POOL, INSURANCE)


@dataclass(frozen=True, slots=True)
class ReceiptLeaf:
    """A receipt as it stands in a batch; `value` is what the leaf says, true or not."""

    signed: SignedReceipt
    value: int


@dataclass(frozen=True, slots=True)
class Credit:
    """One line seen from its asset; order is that of the tree."""

    asset_id: AssetId
    receipt_index: int
    line_index: int
    amount: int

    @property
    def key(self) -> tuple[bytes, int, int]:
        return self.asset_id, self.receipt_index, self.line_index

    @property
    def leaf(self) -> bytes:
        return leaves.credit(self.asset_id, self.receipt_index, self.line_index)


def record_tree(records: Sequence[Record]) -> SumTree:
    """A data set's tree; its root hash is the data set's content."""
    return SumTree((leaves.record(r.index, r.content_hash, r.salt), 1) for r in records)


def entry_tree(entries: Sequence[ManifestEntry]) -> SumTree:
    """A training manifest or a retrieval index, strictly ascending by data set."""
    ids = [e.dataset_id for e in entries]
    if any(a >= b for a, b in pairwise(ids)):
        raise InvalidInput("The data sets of a manifest must ascend, each once.", "Sort them by id.")
    return SumTree((leaves.entry(e.dataset_id, e.root), e.weight) for e in entries)


def receipt_key(receipt: Receipt) -> tuple[str, int, int]:
    """The order of receipts in a batch."""
    return receipt.consumer, receipt.lane, receipt.cumulative


def true_leaf(signed: SignedReceipt) -> ReceiptLeaf:
    """The leaf that an honest operator makes of a receipt."""
    return ReceiptLeaf(signed, signed.receipt.cumulative - signed.receipt.previous)


def receipt_tree(domain: Domain, leaves_: Sequence[ReceiptLeaf]) -> SumTree:
    return SumTree((receipt_leaf(domain, x.signed), x.value) for x in leaves_)


def credits_of(
    receipts: Sequence[SignedReceipt], *, operator_asset: AssetId | None = None
) -> tuple[Credit, ...]:
    """Every line of every receipt, in tree order; a replacement's operator pot goes to its poster's `operator_asset`."""
    found = [
        Credit(
            operator_asset if operator_asset and line.pot == Pot.OPERATOR else line.asset_id,
            r,
            i,
            line.amount,
        )
        for r, signed in enumerate(receipts)
        for i, line in enumerate(signed.lines)
    ]
    return tuple(sorted(found, key=lambda c: c.key))


def credit_tree(credits_: Sequence[Credit]) -> SumTree:
    return SumTree((c.leaf, c.amount) for c in credits_)


def credit_range(credits_: Sequence[Credit], asset_id: AssetId) -> tuple[int, int]:
    """Half-open range of an asset's credits."""
    return (
        bisect_left(credits_, asset_id, key=lambda c: c.asset_id),
        bisect_right(credits_, asset_id, key=lambda c: c.asset_id),
    )


def total_of(credits_: Sequence[Credit], asset_id: AssetId) -> int:
    first, last = credit_range(credits_, asset_id)
    return sum(c.amount for c in credits_[first:last])


def earnings_of(credits_: Sequence[Credit]) -> dict[AssetId, int]:
    """What each asset earned. Reserved ids, paid at finality, are left out, and so is zero, which nobody can own."""
    earned: dict[AssetId, int] = {}
    for credit in credits_:
        if credit.asset_id > max(RESERVED):
            earned[credit.asset_id] = earned.get(credit.asset_id, 0) + credit.amount
    return earned


def epoch_tree(epoch: Sequence[EpochLeaf]) -> SumTree:
    return SumTree((leaves.epoch_reward(e.asset_id, e.batch_id, e.tranche), e.amount) for e in epoch)


def cumulative_tree(cumulative: Sequence[CumulativeLeaf]) -> SumTree:
    return SumTree((leaves.cumulative_reward(c.asset_id, c.previous), c.cumulative) for c in cumulative)
