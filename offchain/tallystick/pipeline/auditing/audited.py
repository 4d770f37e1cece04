"""A batch as its operator published it, both trees rebuilt, and what an auditor asks the chain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.batch import BatchHeader
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import Domain, head_after, pack_lines, receipt_digest, receipt_leaf
from tallystick.domain.ids import Address, AssetId, Hash, Pot
from tallystick.domain.trees import Credit, ReceiptLeaf, credit_tree
from tallystick.domain.usage import Line, Terms


class ChainFacts(Protocol):
    """What an auditor asks the chain, and the files that the chain names.

    `terms_end` is the last second at which a batch may be submitted under terms, None while they are offered.
    `asset_end` is the last second by which a batch that pays an asset may be judged, None while it is not retired, and no
    data set that is out as public;
    the pot says which registry knows it. `lineage_share` is in ppm of the lineage pot, zero for what is no ancestor.
    `is_paid`: a payment was redeemed for the receipt of this digest.
    `manifest` and `index` are the data sets under the terms' roots; None where no file gives those roots.
    """

    def terms(self, terms_id: Hash) -> Terms | None: ...
    def terms_end(self, terms_id: Hash) -> int | None: ...
    def was_signer(self, consumer: Address, signer: Address) -> bool: ...
    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int: ...
    def is_paid(self, consumer: Address, operator: Address, lane: int, receipt: Hash) -> bool: ...
    def asset_end(self, asset_id: AssetId, pot: Pot) -> int | None: ...
    def lineage_share(self, model_id: AssetId, asset_id: AssetId) -> int: ...
    def manifest(self, terms: Terms) -> tuple[ManifestEntry, ...] | None: ...
    def index(self, terms: Terms) -> tuple[ManifestEntry, ...] | None: ...


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What leaves hold that a file cannot say, as an operator's answers to challenges of its data show it.

    By position: heads that do not follow from their receipts, and lines that are no whole lines.
    """

    heads: Mapping[int, Hash] = field(default_factory=dict)
    lines: Mapping[int, bytes] = field(default_factory=dict)


NOTHING = Disclosed()


@dataclass(frozen=True, slots=True)
class AuditedBatch:
    """`receipts_match` and `credits_match`: whether the file gives the trees that the header commits to.

    `poster_asset` is the operator asset of a replacement's poster, None where the operator posted its own batch.
    """

    domain: Domain
    header: BatchHeader
    leaves: Sequence[ReceiptLeaf]
    credits: Sequence[Credit]
    receipt_tree: SumTree
    credit_tree: SumTree
    judged_at: int
    disclosed: Disclosed
    poster_asset: AssetId | None

    @property
    def receipts_match(self) -> bool:
        return self.receipt_tree.root.hash == self.header.receipts_root

    @property
    def credits_match(self) -> bool:
        return self.credit_tree.root.hash == self.header.credits_root

    def packed_lines(self, index: int) -> bytes:
        """What the hash of a receipt's lines should be of."""
        shown = self.disclosed.lines.get(index)
        return pack_lines(self.leaves[index].signed.lines) if shown is None else shown

    def payee_of(self, line: Line) -> AssetId:
        """Whom a line credits: its asset, but the poster of a replacement gets the operator's pot."""
        if self.poster_asset is None or line.pot != Pot.OPERATOR:
            return line.asset_id
        return self.poster_asset

    def head_of(self, index: int) -> Hash:
        """The head that a leaf holds, true or not."""
        return self.disclosed.heads.get(index) or true_head(self.domain, self.leaves[index])


def audited(
    domain: Domain,
    header: BatchHeader,
    leaves: Sequence[ReceiptLeaf],
    credits_: Sequence[Credit],
    *,
    judged_at: int = 0,
    disclosed: Disclosed = NOTHING,
    poster_asset: AssetId | None = None,
) -> AuditedBatch:
    """A downloaded batch; `InvalidInput` where a tree's sum exceeds 128 bits."""
    tree = SumTree(
        (receipt_leaf(domain, x.signed, disclosed.heads.get(i)), x.value) for i, x in enumerate(leaves)
    )
    return AuditedBatch(
        domain, header, leaves, credits_, tree, credit_tree(credits_), judged_at, disclosed, poster_asset
    )


def true_head(domain: Domain, leaf: ReceiptLeaf) -> Hash:
    return head_after(leaf.signed.receipt, receipt_digest(domain, leaf.signed.receipt))
