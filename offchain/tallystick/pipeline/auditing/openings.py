"""Leaves of a batch in the shape of contracts/types/Batch.sol: plain tuples in the order of the structs."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from tallystick.commitments.sum_tree import LEVEL_SIZE, SumTree
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import voucher_hash
from tallystick.domain.ids import ZERO_HASH, Address, AssetId
from tallystick.domain.trees import entry_tree
from tallystick.domain.usage import Voucher
from tallystick.pipeline.auditing.audited import AuditedBatch

Struct = tuple[Any, ...]
_NOBODY = Address("0x" + "00" * 20)
_NO_VOUCHER = Voucher(_NOBODY, _NOBODY, 0, 0, 0, ZERO_HASH)


def open_receipt(batch: AuditedBatch, index: int) -> Struct:
    """`Opening`."""
    signed = batch.leaves[index].signed
    return (
        astuple(signed.receipt),
        batch.packed_lines(index),
        signed.signature,
        voucher_hash(batch.domain, signed.voucher),
        index,
        batch.receipt_tree.path(index).packed,
    )


def show_voucher(batch: AuditedBatch, index: int) -> Struct:
    """`SignedVoucher` of a receipt's leaf; one of nobody's where it has none."""
    signed = batch.leaves[index].signed.voucher
    return (astuple(signed.voucher), signed.signature) if signed else (astuple(_NO_VOUCHER), b"")


def open_credit(batch: AuditedBatch, index: int) -> Struct:
    """`CreditOpening`."""
    credit = batch.credits[index]
    return (*astuple(credit), index, batch.credit_tree.path(index).packed)


def open_edge(batch: AuditedBatch, key: tuple[bytes, int, int]) -> Struct:
    """`Edge`: the place in the ordered credits where this key stands or would stand."""
    position = bisect_left(batch.credits, key, key=lambda credit: credit.key)
    around = range(max(position - 1, 0), min(position + 1, len(batch.credits)))
    return position, [open_credit(batch, index) for index in around]


def open_gap(entries: Sequence[ManifestEntry], dataset_id: AssetId) -> Struct:
    """`MemberGap`: the place in a manifest or index where this data set would stand."""
    tree = entry_tree(entries)
    position = bisect_left(entries, dataset_id, key=lambda entry: entry.dataset_id)
    around = range(max(position - 1, 0), min(position + 1, 1 << tree.depth))
    return position, [_member(tree, entries, index) for index in around]


def open_node(tree: SumTree, level: int, position: int, value: int) -> Struct:
    """`NodeOpening` of a node at `level`, 0 being the leaves, with the sum that is claimed for it."""
    return position, value, tree.path(position << level).packed[LEVEL_SIZE * level :]


def _member(tree: SumTree, entries: Sequence[ManifestEntry], index: int) -> Struct:
    if index < len(entries):
        return False, *astuple(entries[index]), tree.path(index).packed
    return True, ZERO_HASH, ZERO_HASH, 0, tree.path(index).packed
