"""carl settles false batches: leaves and credits changed at will, the trees and header made anew above."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from support.factories import DOMAIN, INDEX, MANIFEST, TERMS, account_of, asset_of, key_of, make_lane, named
from tallystick.commitments.signatures import sign
from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.batch import BatchHeader
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import receipt_digest, receipt_leaf, terms_id
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, ZERO_HASH, Address, AssetId, Hash, Pot
from tallystick.domain.trees import Credit, ReceiptLeaf, credit_tree, credits_of, true_leaf
from tallystick.domain.usage import Line, SignedReceipt, Terms
from tallystick.pipeline.auditing.audited import NOTHING, AuditedBatch, Disclosed, audited
from tallystick.pipeline.batches.assemble import settleable

RECEIPTS = settleable([*make_lane(3, "bob"), *make_lane(2, "dora", 4), *make_lane(1, "dora", 7)])
SUBMITTED_AT = 1_795_000_100
Change = Callable[[SignedReceipt], SignedReceipt]


@dataclass(frozen=True)
class Facts:
    """The chain as carl's victims left it: known terms, no session keys, everything redeemed."""

    known: dict[Hash, Terms] = field(default_factory=lambda: {terms_id(TERMS): TERMS})
    signers: frozenset[tuple[str, str]] = frozenset()
    level: int = 10**12
    ends: dict[Hash, int] = field(default_factory=dict)
    asset_ends: dict[tuple[AssetId, Pot], int] = field(default_factory=dict)
    shares: dict[AssetId, int] = field(
        default_factory=lambda: {AssetId(asset_of("adapter")): 600_000, AssetId(asset_of("parent")): 240_000}
    )
    entries: dict[Hash, tuple[ManifestEntry, ...]] = field(
        default_factory=lambda: {TERMS.manifest_root: MANIFEST, TERMS.index_root: INDEX}
    )

    def terms(self, terms_id: Hash) -> Terms | None:
        return self.known.get(terms_id)

    def terms_end(self, terms_id: Hash) -> int | None:
        return self.ends.get(terms_id)

    def was_signer(self, consumer: Address, signer: Address) -> bool:
        return consumer == signer or (consumer, signer) in self.signers

    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int:
        return self.level

    def is_paid(self, consumer: Address, operator: Address, lane: int, receipt: Hash) -> bool:
        return False

    def asset_end(self, asset_id: AssetId, pot: Pot) -> int | None:
        return self.asset_ends.get((asset_id, pot))

    def lineage_share(self, model_id: AssetId, asset_id: AssetId) -> int:
        return self.shares.get(asset_id, 0) if model_id == TERMS.model_id else 0

    def manifest(self, terms: Terms) -> tuple[ManifestEntry, ...] | None:
        return self.entries.get(terms.manifest_root)

    def index(self, terms: Terms) -> tuple[ManifestEntry, ...] | None:
        return self.entries.get(terms.index_root)


def settle(
    receipts: Sequence[SignedReceipt] = RECEIPTS,
    *,
    leaves: Sequence[ReceiptLeaf] | None = None,
    credits_: Sequence[Credit] | None = None,
    disclosed: Disclosed = NOTHING,
    poster_asset: AssetId | None = None,
    judged_at: int = SUBMITTED_AT,
    **header: Any,
) -> AuditedBatch:
    """A batch over whatever is given; without changes it is honest."""
    leaves = tuple(leaves if leaves is not None else [true_leaf(r) for r in receipts])
    credits_ = tuple(credits_ if credits_ is not None else credits_of([x.signed for x in leaves]))
    rows = ((receipt_leaf(DOMAIN, x.signed, disclosed.heads.get(i)), x.value) for i, x in enumerate(leaves))
    receipts_root, credits_root = SumTree(rows).root, credit_tree(credits_).root
    sums = {a: sum(c.amount for c in credits_ if c.asset_id == a) for a in (BURN, AUDIT_POOL, INSURANCE)}
    made = BatchHeader(
        operator=account_of("nora"),
        poster=account_of("nora"),
        receipts_root=Hash(receipts_root.hash),
        credits_root=Hash(credits_root.hash),
        total=receipts_root.sum,
        burned=sums[BURN],
        audit=sums[AUDIT_POOL],
        insurance=sums[INSURANCE],
        receipt_count=receipts_root.count,
        credit_count=credits_root.count,
        data_digest=named("file"),
        previous_header=ZERO_HASH,
        parameter_version=1,
    )
    return audited(
        DOMAIN,
        replace(made, **header),
        leaves,
        credits_,
        judged_at=judged_at,
        disclosed=disclosed,
        poster_asset=poster_asset,
    )


def with_receipt(index: int, change: Change) -> tuple[SignedReceipt, ...]:
    """The receipts with one changed."""
    return (*RECEIPTS[:index], change(RECEIPTS[index]), *RECEIPTS[index + 1 :])


def resigned(signed: SignedReceipt, lines: tuple[Line, ...] | None = None, **changes: Any) -> SignedReceipt:
    """A receipt with other fields that its operator signs all the same."""
    receipt = replace(signed.receipt, **changes)
    signature = sign(receipt_digest(DOMAIN, receipt), key_of("nora"))
    return replace(signed, receipt=receipt, lines=lines or signed.lines, signature=signature)
