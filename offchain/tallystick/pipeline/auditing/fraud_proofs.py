"""The evidence that convicts a batch of a finding, in the shape that its referee takes. Sends nothing."""

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any

from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.digests import receipt_leaf
from tallystick.domain.finding import Finding, FindingKind
from tallystick.domain.ids import ZERO_HASH, Address, AssetId, Pot
from tallystick.domain.usage import SignedReceipt, Terms
from tallystick.errors import InvalidInput
from tallystick.pipeline.auditing.audited import AuditedBatch, ChainFacts
from tallystick.pipeline.auditing.line_checks import members_of
from tallystick.pipeline.auditing.openings import (
    open_credit,
    open_edge,
    open_gap,
    open_node,
    open_receipt,
    show_voucher,
)
from tallystick.pipeline.auditing.tree_checks import false_branch

_CREDITS_ALONE = (FindingKind.CREDIT_ORDER, FindingKind.HEADER_TOTALS)
_ONE_NODE = (FindingKind.BRANCH_SUM, FindingKind.PADDING, FindingKind.MISPLACED_LEAF)
_BOTH = (FindingKind.CREDIT_MISMATCH, FindingKind.MISSING_CREDIT)
BY_TERMS = (FindingKind.WRONG_FEE, FindingKind.WRONG_SPLIT, FindingKind.FOREIGN_LINE)
Arguments = tuple[Any, ...]
_NO_GAP: Arguments = (0, [])
_NO_TERMS = Terms(
    Address("0x" + "00" * 20), AssetId(ZERO_HASH), AssetId(ZERO_HASH), ZERO_HASH, ZERO_HASH, 0, 0, (0,) * 8
)


@dataclass(frozen=True, slots=True)
class FraudProof:
    """`kind` is the referee's function; `evidence` is what it takes after the batch.

    Structs are tuples in the order of their fields, addresses lower-case text.
    """

    kind: str
    evidence: Arguments


def prove(batch: AuditedBatch, finding: Finding) -> FraudProof:
    """The proof of a finding in the batch alone; `InvalidInput` where no transaction proves it."""
    make = _MAKERS.get(finding.kind)
    if make is None:
        raise InvalidInput(
            f"No transaction proves {finding.kind.value} from this batch alone.",
            "Challenge its data instead.",
        )
    _check_openable(batch, finding.kind)
    return FraudProof(finding.kind.value, make(batch, finding))


def prove_overlap(
    batch: AuditedBatch, finding: Finding, named: Arguments, earlier: AuditedBatch
) -> FraudProof:
    """The proof that a receipt was settled in an earlier batch already; `named` as `domain.batch.named` gives it."""
    other = open_receipt(earlier, _at(finding.location.earlier))
    evidence = (_receipt(batch, finding), named, other)
    return FraudProof(FindingKind.OVERLAP.value, evidence)


def prove_by_terms(batch: AuditedBatch, finding: Finding, facts: ChainFacts) -> FraudProof:
    """The proof of a finding in `BY_TERMS`, which shows the receipt's terms; unknown ones need not be shown."""
    _check_openable(batch, finding.kind)
    index = _at(finding.location.receipt)
    terms = facts.terms(batch.leaves[index].signed.receipt.terms_id)
    evidence: Arguments = (open_receipt(batch, index), astuple(terms or _NO_TERMS))
    if finding.kind is FindingKind.FOREIGN_LINE:
        evidence += _place_of_line(batch, finding, facts, terms)
    return FraudProof(finding.kind.value, evidence)


def _place_of_line(
    batch: AuditedBatch, finding: Finding, facts: ChainFacts, terms: Terms | None
) -> Arguments:
    """The line, and the gap where its data set would stand: what is missing needs the others shown."""
    number = _at(finding.location.line)
    line = batch.leaves[_at(finding.location.receipt)].signed.lines[number]
    if terms is None or line.pot not in (Pot.RETRIEVAL, Pot.TRAINING):
        return number, _NO_GAP
    return number, open_gap(members_of(facts, terms, line.pot) or (), line.asset_id)


def prove_equivocation(batch: AuditedBatch, finding: Finding, known: SignedReceipt) -> FraudProof:
    """The proof that the operator signed two receipts for one place of a lane."""
    evidence = (_receipt(batch, finding), astuple(known.receipt), known.signature)
    return FraudProof(FindingKind.EQUIVOCATION.value, evidence)


def prove_branch(batch: AuditedBatch, tree: SumTree, *, is_credit_tree: bool) -> FraudProof:
    """The proof of the topmost branch of a tree that does not add up; `tree` is as the operator gave it."""
    place = false_branch(tree, batch.header.total)
    if place is None:
        raise InvalidInput("Every branch of this tree adds up.")
    level, position = place
    said = batch.header.total if level == tree.depth else tree.node(level, position)[1]
    children = (*tree.node(level - 1, 2 * position), *tree.node(level - 1, 2 * position + 1))
    evidence = (is_credit_tree, open_node(tree, level, position, said), children)
    return FraudProof(FindingKind.BRANCH_SUM.value, evidence)


def _check_openable(batch: AuditedBatch, kind: FindingKind) -> None:
    """Paths out of another tree than the header's would prove nothing."""
    if kind in _ONE_NODE:
        return
    needs_credits, needs_receipts = kind in (*_CREDITS_ALONE, *_BOTH), kind not in _CREDITS_ALONE
    if (needs_credits and not batch.credits_match) or (needs_receipts and not batch.receipts_match):
        raise InvalidInput(
            "The published file does not give the header's trees.", "Challenge its data instead."
        )


def _branch_sum(batch: AuditedBatch, finding: Finding) -> Arguments:
    is_credit_tree = finding.location.is_credit_tree
    tree = batch.credit_tree if is_credit_tree else batch.receipt_tree
    return prove_branch(batch, tree, is_credit_tree=is_credit_tree).evidence


def _padding(batch: AuditedBatch, finding: Finding) -> Arguments:
    is_credit_tree, tree, index = _node(batch, finding)
    node, value = tree.node(0, index)
    said = (
        value if tree.depth else batch.header.total
    )  # an empty tree's root is padding, with any sum claimed
    return is_credit_tree, open_node(tree, 0, index, said), node


def _misplaced_leaf(batch: AuditedBatch, finding: Finding) -> Arguments:
    is_credit_tree, tree, index = _node(batch, finding)
    leaf = (
        batch.credits[index].leaf
        if is_credit_tree
        else receipt_leaf(batch.domain, batch.leaves[index].signed, batch.head_of(index))
    )
    value = tree.node(0, index)[1]
    said = value if tree.depth else batch.header.total
    return is_credit_tree, open_node(tree, 0, index, said), leaf, value


def _node(batch: AuditedBatch, finding: Finding) -> tuple[bool, SumTree, int]:
    """Which tree a finding speaks of, the tree, and the position."""
    is_credit_tree = finding.location.credit is not None
    tree = batch.credit_tree if is_credit_tree else batch.receipt_tree
    return is_credit_tree, tree, _at(finding.location.credit if is_credit_tree else finding.location.receipt)


def _leaf_value(batch: AuditedBatch, finding: Finding) -> Arguments:
    return _receipt(batch, finding), batch.leaves[_at(finding.location.receipt)].value


def _wrong_head(batch: AuditedBatch, finding: Finding) -> Arguments:
    index = _at(finding.location.receipt)
    return open_receipt(batch, index), batch.head_of(index), batch.leaves[index].value


def _one_receipt(batch: AuditedBatch, finding: Finding) -> Arguments:
    return (_receipt(batch, finding),)


def _receipt_and_line(batch: AuditedBatch, finding: Finding) -> Arguments:
    return _receipt(batch, finding), _at(finding.location.line)


def _receipt_and_voucher(batch: AuditedBatch, finding: Finding) -> Arguments:
    return _receipt(batch, finding), show_voucher(batch, _at(finding.location.receipt))


def _two_receipts(batch: AuditedBatch, finding: Finding) -> Arguments:
    return _receipt(batch, finding), open_receipt(batch, _at(finding.location.receipt) + 1)


def _receipt_and_next(batch: AuditedBatch, finding: Finding) -> Arguments:
    # The last receipt has no next; the referee does not read it then.
    index = _at(finding.location.receipt)
    return open_receipt(batch, index), open_receipt(batch, min(index + 1, len(batch.leaves) - 1))


def _two_credits(batch: AuditedBatch, finding: Finding) -> Arguments:
    index = _at(finding.location.credit)
    return open_credit(batch, index), open_credit(batch, index + 1)


def _credit_and_receipt(batch: AuditedBatch, finding: Finding) -> Arguments:
    index = _at(finding.location.credit)
    named = batch.credits[index].receipt_index
    return open_credit(batch, index), open_receipt(batch, named if named < len(batch.leaves) else 0)


def _missing_credit(batch: AuditedBatch, finding: Finding) -> Arguments:
    place = finding.location
    index, line = _at(place.receipt), _at(place.line)
    asset_id = batch.payee_of(batch.leaves[index].signed.lines[line])
    return open_receipt(batch, index), line, open_edge(batch, (asset_id, index, line))


def _header_totals(batch: AuditedBatch, finding: Finding) -> Arguments:
    asset_id = finding.location.asset_id
    assert asset_id is not None
    following = (int.from_bytes(asset_id, "big") + 1).to_bytes(32, "big")
    return asset_id, open_edge(batch, (asset_id, 0, 0)), open_edge(batch, (following, 0, 0))


def _receipt(batch: AuditedBatch, finding: Finding) -> Arguments:
    return open_receipt(batch, _at(finding.location.receipt))


def _at(position: int | None) -> int:
    if position is None:
        raise InvalidInput("The finding does not say where.")
    return position


_MAKERS: dict[FindingKind, Callable[[AuditedBatch, Finding], Arguments]] = {
    FindingKind.BRANCH_SUM: _branch_sum,
    FindingKind.PADDING: _padding,
    FindingKind.MISPLACED_LEAF: _misplaced_leaf,
    FindingKind.LEAF_VALUE: _leaf_value,
    FindingKind.RECEIPT_ORDER: _two_receipts,
    FindingKind.LANE_JOIN: _two_receipts,
    FindingKind.RECEIPT_SIGNATURE: _one_receipt,
    FindingKind.VOUCHER_SIGNATURE: _receipt_and_voucher,
    FindingKind.VOUCHER_MISSING: _receipt_and_next,
    FindingKind.BEYOND_REDEEMED: _one_receipt,
    FindingKind.FALSE_PAYMENT: _one_receipt,
    FindingKind.CREDIT_ORDER: _two_credits,
    FindingKind.CREDIT_MISMATCH: _credit_and_receipt,
    FindingKind.MISSING_CREDIT: _missing_credit,
    FindingKind.HEADER_TOTALS: _header_totals,
    FindingKind.WRONG_HEAD: _wrong_head,
    FindingKind.RETIRED_TERMS: _one_receipt,
    FindingKind.RETIRED_ASSET: _receipt_and_line,
}
