"""The two trees of a batch and what they say: receipts, and one credit per line."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.commitments import leaves
from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.ids import AssetId
from tallystick.domain.usage import Receipt, SignedReceipt


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


def receipt_key(receipt: Receipt) -> tuple[str, int, int]:
    """The order of receipts in a batch."""
    return receipt.consumer, receipt.lane, receipt.cumulative


def credits_of(receipts: Sequence[SignedReceipt]) -> tuple[Credit, ...]:
    """Every line of every receipt, in tree order."""
    found = [
        Credit(line.asset_id, r, i, line.amount)
        for r, signed in enumerate(receipts)
        for i, line in enumerate(signed.lines)
    ]
    return tuple(sorted(found, key=lambda c: c.key))


def receipt_tree(leaf_hashes: Sequence[bytes], receipts: Sequence[SignedReceipt]) -> SumTree:
    values = [s.receipt.cumulative - s.receipt.previous for s in receipts]
    return SumTree(zip(leaf_hashes, values, strict=True))


def credit_tree(credits_: Sequence[Credit]) -> SumTree:
    return SumTree((c.leaf, c.amount) for c in credits_)


def credit_range(credits_: Sequence[Credit], asset_id: AssetId) -> tuple[int, int]:
    """Half-open range of an asset's credits."""
    first = next((i for i, c in enumerate(credits_) if c.asset_id >= asset_id), len(credits_))
    last = next((i for i, c in enumerate(credits_) if c.asset_id > asset_id), len(credits_))
    return first, last


def total_of(credits_: Sequence[Credit], asset_id: AssetId) -> int:
    first, last = credit_range(credits_, asset_id)
    return sum(c.amount for c in credits_[first:last])
