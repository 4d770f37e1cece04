"""A batch as its operator published it, both trees rebuilt, and what an auditor asks the chain."""

from dataclasses import dataclass
from typing import Protocol

from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.batch import BatchHeader
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.trees import Credit, ReceiptLeaf, credit_tree, receipt_tree
from tallystick.domain.usage import Terms


class ChainFacts(Protocol):
    """What an auditor asks the chain, and the files that the chain names.

    `manifest` and `index` are the data sets under the terms' roots; None where no file gives those roots.
    """

    def terms(self, terms_id: Hash) -> Terms | None: ...
    def was_signer(self, consumer: Address, signer: Address) -> bool: ...
    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int: ...
    def ancestors(self, model_id: AssetId) -> tuple[AssetId, ...]: ...
    def manifest(self, terms: Terms) -> tuple[ManifestEntry, ...] | None: ...
    def index(self, terms: Terms) -> tuple[ManifestEntry, ...] | None: ...


@dataclass(frozen=True, slots=True)
class AuditedBatch:
    """`receipts_match` and `credits_match`: whether the file gives the trees that the header commits to."""

    domain: Domain
    header: BatchHeader
    leaves: tuple[ReceiptLeaf, ...]
    credits: tuple[Credit, ...]
    receipt_tree: SumTree
    credit_tree: SumTree

    @property
    def receipts_match(self) -> bool:
        return self.receipt_tree.root.hash == self.header.receipts_root

    @property
    def credits_match(self) -> bool:
        return self.credit_tree.root.hash == self.header.credits_root


def audited(
    domain: Domain, header: BatchHeader, leaves: tuple[ReceiptLeaf, ...], credits_: tuple[Credit, ...]
) -> AuditedBatch:
    """A downloaded batch; `InvalidInput` where a tree's sum exceeds 128 bits."""
    return AuditedBatch(domain, header, leaves, credits_, receipt_tree(domain, leaves), credit_tree(credits_))
