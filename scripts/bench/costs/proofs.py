"""One guilty batch a kind, convicted at depth 20 with receipts of 64 lines. Every proof must succeed to have a cost."""

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from typing import Any

from bench.costs.answers import FIRST_INDEX, Market, SparseBatch, open_market, post
from bench.costs.chain import Chain
from bench.costs.floor import cost_of, least_of
from bench.costs.money import word
from bench.costs.trees import SparseTree, leaf_nodes
from tallystick.commitments import leaves
from tallystick.commitments.sum_tree import branch_node
from tallystick.domain.digests import header_hash, receipt_digest, voucher_digest
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, AssetId, Hash
from tallystick.domain.trees import Credit
from tallystick.domain.usage import SignedVoucher

A, B = FIRST_INDEX, FIRST_INDEX + 1
WEIGHT = 1_000


@dataclass(frozen=True, slots=True)
class Proof:
    """A conviction that was sent. `calldata` is a part of `gas`; `bound` is the least that EIP-7623 asks for it."""

    kind: str
    paths: int
    gas: int
    calldata: int
    bound: int


@dataclass(frozen=True, slots=True)
class Accusation:
    """A posted guilty batch, and what convicts it."""

    contract: str
    kind: str
    paths: int
    evidence: tuple[Any, ...]
    which: str = ""


def convict(chain: Chain, accusation: Accusation, *accused: Any) -> Proof:
    data = (*accused, *accusation.evidence)
    sent = chain.send("vera", accusation.contract, accusation.kind, *data)
    cost = cost_of(sent.data)
    return Proof(
        f"{accusation.kind} {accusation.which}".strip(),
        accusation.paths,
        sent.gas,
        cost,
        least_of(sent.data),
    )


Case = Callable[[Market], tuple[tuple[Any, ...], Accusation]]


def manifest() -> SparseTree:
    """Two neighbouring data sets, so that whatever lies between them is absent."""
    low, high = leaves.entry(bytes(32), word("r")), leaves.entry(b"\xff" * 32, word("r"))
    return SparseTree(20, leaf_nodes({A: (low, WEIGHT), B: (high, WEIGHT)}), WEIGHT)


# Trees


def branch_sum(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    batch = SparseBatch(market)
    left, right = (word("left"), 700), (word("right"), 800)
    place, claimed = A >> 1, 1_501
    tree = replace(batch.receipt_tree, given={(1, place): (branch_node(*left, *right), claimed)})
    path = tree.path(place, level=1)
    node = (place, claimed, path.packed)
    made = batch.header(receipts_root=Hash(tree.root.hash), total=tree.root.sum)
    return post(market, made), Accusation("BatchReferee", "branchSum", 1, (False, node, (*left, *right)))


def padding(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    last = (1 << 20) - 1
    batch = SparseBatch(market, {last: market.answer(1, 0)})
    tree = batch.receipt_tree
    node_hash, value = tree.node(0, last)
    path = tree.path(last)
    node = (last, value, path.packed)
    accusation = Accusation("BatchReferee", "padding", 1, (False, node, node_hash))
    return post(market, batch.header(receipt_count=last)), accusation


def misplaced_leaf(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    last = (1 << 20) - 1
    batch = SparseBatch(market, {last: market.answer(1, 0)})
    tree = batch.receipt_tree
    path = tree.path(last)
    node = (last, tree.node(0, last)[1], path.packed)
    accusation = Accusation("BatchReferee", "misplacedLeaf", 1, (False, node, batch._leaf(last)[0], node[1]))
    return post(market, batch.header(receipt_count=last)), accusation


# Receipts


def leaf_value(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    batch = SparseBatch(market, {A: market.answer(1, 0)}, values={A: 5})
    return post(market, batch.header()), Accusation("BatchReferee", "leafValue", 1, (batch.opening(A), 5))


def receipt_order(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    batch = SparseBatch(market, {A: market.answer(2, 0), B: market.answer(1, 0)})
    evidence = (batch.opening(A), batch.opening(B))
    return post(market, batch.header()), Accusation("BatchReferee", "receiptOrder", 2, evidence)


def lane_join(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    first = market.answer(1, 0)
    batch = SparseBatch(market, {A: first, B: market.answer(1, first.receipt.cumulative)})
    evidence = (batch.opening(A), batch.opening(B))
    return post(market, batch.header()), Accusation("BatchReferee", "laneJoin", 2, evidence)


def overlap(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    batch = SparseBatch(market, {A: market.answer(1, 0)})
    made = batch.header()
    earlier = post(market, made)
    again = post(market, replace(made, previous_header=header_hash(made)))
    evidence = (batch.opening(A), earlier, batch.opening(A))
    return again, Accusation("BatchReferee", "overlap", 2, evidence)


def one_receipt(
    kind: str,
    contract: str = "ReceiptReferee",
    *,
    by_terms: bool = False,
    shown: bool = False,
    **changes: Any,
) -> Case:
    """A receipt that is guilty by what it says, or by what its terms say."""

    def case(market: Market) -> tuple[tuple[Any, ...], Accusation]:
        batch = SparseBatch(market, {A: market.answer(1, 0, **changes)})
        terms = (astuple(market.terms),) if by_terms else ()
        return post(market, batch.header()), Accusation(contract, kind, 1, (batch.opening(A, shown), *terms))

    return case


def receipt_signature(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    signed = market.answer(1, 0)
    forged = market.chain.sign("carl", receipt_digest(market.chain.domain, signed.receipt))
    batch = SparseBatch(market, {A: replace(signed, signature=forged)})
    return post(market, batch.header()), Accusation(
        "ReceiptReferee", "receiptSignature", 1, (batch.opening(A),)
    )


def voucher_signature(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    signed = market.answer(1, 0)
    assert signed.voucher
    voucher = signed.voucher.voucher
    forged = SignedVoucher(voucher, market.chain.sign("carl", voucher_digest(market.chain.domain, voucher)))
    batch = SparseBatch(market, {A: replace(signed, voucher=forged)})
    return post(market, batch.header()), Accusation(
        "ReceiptReferee", "voucherSignature", 1, (batch.opening(A), batch.voucher(A))
    )


def voucher_missing(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    batch = SparseBatch(market, {A: replace(market.answer(1, 0), voucher=None), B: market.answer(2, 0)})
    evidence = (batch.opening(A), batch.opening(B))
    return post(market, batch.header()), Accusation("ReceiptReferee", "voucherMissing", 2, evidence)


def wrong_head(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    signed, head = market.answer(1, 0), word("another head")
    batch = SparseBatch(market, {A: signed}, heads={A: head})
    evidence = (batch.opening(A), head, signed.receipt.cumulative)
    return post(market, batch.header()), Accusation("ReceiptReferee", "wrongHead", 1, evidence)


def equivocation(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    signed = market.answer(1, 0)
    other = replace(signed.receipt, tokens_out=1)
    signature = market.chain.sign("nora", receipt_digest(market.chain.domain, other))
    batch = SparseBatch(market, {A: signed})
    evidence = (batch.opening(A), astuple(other), signature)
    return post(market, batch.header()), Accusation("ReceiptReferee", "equivocation", 1, evidence)


# Credits, fees, lines


def credits_batch(market: Market, first: Credit, second: Credit) -> SparseBatch:
    return SparseBatch(market, {A: market.answer(1, 0)}, {A: first, B: second})


def credit_order(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    batch = credits_batch(market, Credit(AssetId(word("x")), 9, 1, 10), Credit(AssetId(word("x")), 8, 1, 10))
    evidence = (batch.credit(A), batch.credit(B))
    return post(market, batch.header()), Accusation("CreditReferee", "creditOrder", 2, evidence)


def credit_mismatch(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    line = market.answer(1, 0).lines[7]
    false = Credit(line.asset_id, A, 7, line.amount + 1)
    batch = credits_batch(market, false, Credit(AssetId(b"\xff" * 32), 8, 1, 10))
    evidence = (batch.credit(A), batch.opening(A, lines=True))
    return post(market, batch.header()), Accusation("CreditReferee", "creditMismatch", 2, evidence)


def missing_credit(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    batch = credits_batch(
        market, Credit(AssetId(bytes(32)), 1, 1, 10), Credit(AssetId(b"\xff" * 32), 8, 1, 10)
    )
    evidence = (batch.opening(A, lines=True), 7, batch.edge(B))
    return post(market, batch.header()), Accusation("CreditReferee", "missingCredit", 3, evidence)


def header_totals(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    end = A + 0x155
    rows = {A: BURN, B: AUDIT_POOL, end - 1: AUDIT_POOL, end: INSURANCE}
    batch = SparseBatch(
        market, {A: market.answer(1, 0)}, {i: Credit(a, 3, i % 9, 500) for i, a in rows.items()}
    )
    tree = batch.credit_tree
    made = batch.header(audit=tree.prefix(end) - tree.prefix(B) + 1)
    evidence = (AUDIT_POOL, batch.edge(B), batch.edge(end))
    return post(market, made), Accusation("CreditReferee", "headerTotals", 4, evidence)


CASES: tuple[Case, ...] = (
    branch_sum,
    padding,
    misplaced_leaf,
    leaf_value,
    receipt_order,
    lane_join,
    overlap,
    wrong_head,
    receipt_signature,
    voucher_signature,
    voucher_missing,
    one_receipt("beyondRedeemed", lane=7),
    one_receipt("falsePayment", lane=2**52),
    equivocation,
    credit_order,
    credit_mismatch,
    missing_credit,
    header_totals,
)


def open_for_proofs(chain: Chain) -> Market:
    return open_market(chain, manifest())
