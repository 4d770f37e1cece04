"""No proof convicts an honest batch."""

from dataclasses import astuple

from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE


def next_id(asset):
    return (int.from_bytes(asset, "big") + 1).to_bytes(32, "big")


def test_honest_batch_when_accused_of_everything_stands(draft, accuse, submit):
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
        for proof in ("receiptSignature", "voucherSignature", "beyondRedeemed", "wrongFee", "wrongSplit"):
            refuse(proof, one)
        refuse("leafValue", one, draft.values[i])
        refuse("overlap", one, batch, header_tuple(header), one)
        refuse("equivocation", one, one[0], signed.signature)
    refuse("padding", False, draft.node(3), draft.receipt_tree.node(0, 3)[0])
    refuse("padding", False, draft.node(0), draft.receipt_tree.node(0, 0)[0])
    for i in range(len(draft.credits) - 1):
        refuse("creditOrder", draft.credit(i), draft.credit(i + 1))
    for i, credit in enumerate(draft.credits):
        refuse("creditMismatch", draft.credit(i), draft.opening(credit.receipt_index))
        for position in (i, i + 1):
            opening = draft.opening(credit.receipt_index)
            refuse("missingCredit", opening, credit.line_index, draft.edge(position))
    for asset in (BURN, AUDIT_POOL, INSURANCE):
        refuse("headerTotals", asset, draft.edge_of(asset), draft.edge_of(next_id(asset)))


def header_tuple(header):
    return astuple(header)


def test_branch_sum_when_the_branch_adds_up_reverts(draft, accuse):
    tree, header = draft.receipt_tree, draft.header()
    (left, left_sum), (right, right_sum) = tree.node(1, 0), tree.node(1, 1)

    accuse(
        "branchSum",
        header,
        False,
        (0, header.total, [], []),
        (left, left_sum, right, right_sum),
        honest=True,
    )
