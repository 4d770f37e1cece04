"""Batches over real receipts, and the openings that proofs of fraud take; a test may spoil any part first."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, replace
from typing import Any

from tallystick.commitments import leaves
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.batch import STATUSES, BatchHeader, Stamp, named
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import (
    Domain,
    head_after,
    pack_lines,
    receipt_digest,
    receipt_leaf,
    voucher_digest,
    voucher_hash,
)
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, AssetId, Hash
from tallystick.domain.trees import Credit, credit_tree, credits_of, entry_tree, total_of
from tallystick.domain.usage import Receipt, SignedReceipt, SignedVoucher, Voucher

NO_VOUCHER = ("0x" + "00" * 20, "0x" + "00" * 20, 0, 0, 0, bytes(32))
WINDOW = 3_600


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs receipts and vouchers, and under which domain."""

    domain: Domain
    operator: Any
    consumer: Any

    def sign(self, receipt: Receipt, lines: tuple[Any, ...]) -> SignedReceipt:
        """With a voucher that acknowledges exactly this receipt."""
        digest = receipt_digest(self.domain, receipt)
        voucher = Voucher(
            receipt.consumer,
            receipt.operator,
            receipt.lane,
            receipt.cumulative,
            receipt.cumulative,
            head_after(receipt, digest),
        )
        return SignedReceipt(receipt, lines, self.operator.sign(digest), self.acknowledge(voucher))

    def acknowledge(self, voucher: Voucher, by: Any = None) -> SignedVoucher:
        return SignedVoucher(voucher, (by or self.consumer).sign(voucher_digest(self.domain, voucher)))


@dataclass(slots=True)
class Draft:
    """A batch before it is submitted. `values` and `credits` follow from the receipts until a test acts."""

    domain: Domain
    receipts: list[SignedReceipt]
    values: list[int]
    credits: list[Credit]
    previous: bytes = bytes(32)

    @classmethod
    def of(cls, domain: Domain, receipts: Sequence[SignedReceipt], previous: bytes = bytes(32)) -> "Draft":
        values = [s.receipt.cumulative - s.receipt.previous for s in receipts]
        return cls(domain, list(receipts), values, list(credits_of(receipts)), previous)

    @property
    def receipt_tree(self) -> SumTree:
        return SumTree(
            (receipt_leaf(self.domain, s), value) for s, value in zip(self.receipts, self.values, strict=True)
        )

    @property
    def credit_tree(self) -> SumTree:
        return credit_tree(self.credits)

    def header(self, **changes: Any) -> BatchHeader:
        receipts, credits_ = self.receipt_tree.root, self.credit_tree.root
        ordered = sorted(self.credits, key=lambda c: c.key)
        operator = self.receipts[0].receipt.operator
        made = BatchHeader(
            operator=operator,
            poster=operator,
            receipts_root=Hash(receipts.hash),
            credits_root=Hash(credits_.hash),
            total=receipts.sum,
            burned=total_of(ordered, BURN),
            audit=total_of(ordered, AUDIT_POOL),
            insurance=total_of(ordered, INSURANCE),
            receipt_count=receipts.count,
            credit_count=credits_.count,
            data_digest=Hash(keccak256(b"batch file")),
            previous_header=Hash(self.previous),
            parameter_version=1,
        )
        return replace(made, **changes)

    def opening(self, index: int) -> tuple[Any, ...]:
        signed, path = self.receipts[index], self.receipt_tree.path(index)
        digest = voucher_hash(self.domain, signed.voucher)
        return (
            astuple(signed.receipt),
            pack_lines(signed.lines),
            signed.signature,
            digest,
            index,
            path.packed,
        )

    def held(self, index: int) -> tuple[Any, ...]:
        """A receipt's opening with the head and the value that its leaf holds."""
        receipt = self.receipts[index].receipt
        head = head_after(receipt, receipt_digest(self.domain, receipt))
        return self.opening(index), head, self.values[index]

    def falsified(self, index: int, head: bytes, value: int) -> tuple[SumTree, tuple[Any, ...]]:
        """The receipt tree where one leaf holds another head and value, and that leaf's opening."""
        signed = self.receipts[index]
        digest = receipt_digest(self.domain, signed.receipt)
        rows = [(receipt_leaf(self.domain, s), v) for s, v in zip(self.receipts, self.values, strict=True)]
        leaf = leaves.receipt(digest, head, signed.signature, voucher_hash(self.domain, signed.voucher))
        tree = SumTree([*rows[:index], (leaf, value), *rows[index + 1 :]])
        return tree, (*self.opening(index)[:5], tree.path(index).packed)

    def voucher(self, index: int) -> tuple[Any, ...]:
        shown = self.receipts[index].voucher
        return (astuple(shown.voucher), shown.signature) if shown else (NO_VOUCHER, b"")

    def credit(self, index: int) -> tuple[Any, ...]:
        credit, path = self.credits[index], self.credit_tree.path(index)
        return (*astuple(credit), index, path.packed)

    def edge(self, position: int) -> tuple[Any, ...]:
        return position, [self.credit(i) for i in (position - 1, position) if 0 <= i < len(self.credits)]

    def range_of(self, asset: bytes) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Where the credits of an asset begin and end, or would."""
        ids = [c.asset_id for c in self.credits]
        return self.edge(sum(i < asset for i in ids)), self.edge(sum(i <= asset for i in ids))


@dataclass(slots=True)
class Ledger:
    """Batches as their events tell them."""

    known: dict[int, tuple[BatchHeader, Stamp]] = field(default_factory=dict)

    def note(self, header: BatchHeader, done: Any) -> int:
        """Takes a submission down; the batch's id."""
        event = done.events["BatchSubmitted"]
        at, batch_id = event["submittedAt"], int(event["batchId"])
        stamp = Stamp(at, at, event["sequence"])
        if "BatchReplaced" in done.events:
            told = done.events["BatchReplaced"]
            stamp = replace(stamp, replaces=told["convictedId"], judged_at=told["judgedAt"])
        self.known[batch_id] = (header, stamp)
        return batch_id

    def named(self, batch_id: int, status: str = "", **changes: Any) -> tuple[Any, ...]:
        """A batch as calls name it; by `status` it is so from now on."""
        header, stamp = self.known[batch_id]
        if status:
            stamp = replace(stamp, status=STATUSES.index(status), **changes)
            self.known[batch_id] = (header, stamp)
        return named(batch_id, header, stamp)

    def finalised(self, batch_id: int, done: Any) -> tuple[Any, ...]:
        """Takes finality down; the batch as calls name it then."""
        event = done.events["BatchFinalised"]
        changes = {"finality_index": event["finalityIndex"], "finalised_at": event["finalisedAt"]}
        return self.named(batch_id, "final", **changes)


def node_of(tree: SumTree, index: int) -> tuple[Any, ...]:
    """A position of a tree's lowest level, padding included."""
    path = tree.path(index)
    return index, tree.node(0, index)[1], path.packed


NO_GAP: tuple[int, list[Any]] = (0, [])


def gap(entries: Sequence[ManifestEntry], position: int) -> tuple[Any, ...]:
    """A place in a manifest or index, with what stands before and at it."""
    tree = entry_tree(entries)
    around = []
    for index in (position - 1, position):
        if not 0 <= index < 1 << tree.depth:
            continue
        path = tree.path(index)
        entry = entries[index] if index < len(entries) else None
        row = (
            (False, entry.dataset_id, entry.root, entry.weight) if entry else (True, bytes(32), bytes(32), 0)
        )
        around.append((*row, path.packed))
    return position, around


def entries_of(*numbers: int) -> tuple[ManifestEntry, ...]:
    return tuple(ManifestEntry(asset(n), Hash(bytes([n]) * 32), n) for n in numbers)


def asset(number: int) -> AssetId:
    return AssetId(bytes([0x80 + number]) * 32)
