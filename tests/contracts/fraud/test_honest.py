"""No proof convicts an honest batch."""

from dataclasses import astuple

from contracts.fraud.conftest import INDEX, MANIFEST
from contracts.settlement import NO_GAP, gap, node_of
from tallystick.domain.digests import head_after, receipt_digest, receipt_leaf
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, Pot

BY_TERMS = ("wrongFee", "wrongSplit")


def test_honest_batch_when_accused_of_everything_stands(draft, terms, accuse, submit, ledger):
    header = draft.header()
    batch = submit(header)

    def refuse(proof, *evidence):
        accuse(proof, header, *evidence, honest=True, batch=batch)

    pairs = [(draft.opening(i), draft.opening(i + 1)) for i in range(2)]
    for pair in pairs:
        refuse("receiptOrder", *pair)
        refuse("laneJoin", *pair)
        refuse("voucherMissing", *pair)
    refuse("voucherMissing", draft.opening(2), draft.opening(2))
    for i, signed in enumerate(draft.receipts):
        one = draft.opening(i)
        refuse_receipt(refuse, one, astuple(terms))
        refuse("voucherSignature", one, draft.voucher(i))
        refuse("leafValue", one, draft.values[i])
        refuse("overlap", one, ledger.named(batch), one)
        refuse("equivocation", one, one[0], signed.signature)
        refuse("wrongHead", one, head_after_of(draft, signed), draft.values[i])
        leaf = receipt_leaf(draft.domain, signed)
        refuse("misplacedLeaf", False, node_of(draft.receipt_tree, i), leaf, draft.values[i])
        refuse_lines(refuse, one, signed, astuple(terms))
    for position in range(4):
        tree = draft.receipt_tree
        refuse("padding", False, node_of(tree, position), tree.node(0, position)[0])
    for i in range(len(draft.credits) - 1):
        refuse("creditOrder", draft.credit(i), draft.credit(i + 1))
    for i, credit in enumerate(draft.credits):
        refuse("creditMismatch", draft.credit(i), draft.opening(credit.receipt_index))
        for position in (i, i + 1):
            opening = draft.opening(credit.receipt_index)
            refuse("missingCredit", opening, credit.line_index, draft.edge(position))
    for asset in (BURN, AUDIT_POOL, INSURANCE):
        refuse("headerTotals", asset, *draft.range_of(asset))


def refuse_receipt(refuse, opening, terms):
    for proof in ("receiptSignature", "beyondRedeemed", "retiredTerms"):
        refuse(proof, opening)
    for proof in BY_TERMS:
        refuse(proof, opening, terms)


def refuse_lines(refuse, opening, signed, terms):
    """No gap of index or manifest makes a line of theirs foreign."""
    for i, line in enumerate(signed.lines):
        entries = {Pot.RETRIEVAL: INDEX, Pot.TRAINING: MANIFEST}.get(line.pot)
        gaps = (
            [gap(entries, p) for p in range(2 ** (len(entries) - 1).bit_length() + 1)]
            if entries
            else [NO_GAP]
        )
        for one in gaps:
            refuse("foreignLine", opening, terms, i, one)
        refuse("retiredAsset", opening, i)


def head_after_of(draft, signed):
    return head_after(signed.receipt, receipt_digest(draft.domain, signed.receipt))


def test_branch_sum_when_the_branch_adds_up_reverts(draft, accuse):
    tree, header = draft.receipt_tree, draft.header()
    (left, left_sum), (right, right_sum) = tree.node(1, 0), tree.node(1, 1)

    accuse(
        "branchSum",
        header,
        False,
        (0, header.total, b""),
        (left, left_sum, right, right_sum),
        honest=True,
    )
