"""Every tier-1 fraud, committed in an otherwise consistent batch, is convicted by its proof."""

from dataclasses import astuple, replace

import pytest

from contracts.fraud.conftest import spoiled
from contracts.settlement import Draft, node_of
from tallystick.commitments.sum_tree import PADDING, Path, branch_node
from tallystick.domain.digests import header_hash, receipt_digest, receipt_leaf
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE
from tallystick.domain.trees import Credit

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def swap(rows, a, b):
    rows[a], rows[b] = rows[b], rows[a]


def level(sibling, total):
    """Of a packed path."""
    return Path((sibling,), (total,)).packed


# Trees


@pytest.mark.parametrize("inflated", [0, 1])
def test_branch_sum_when_a_parent_inflates_it_convicts(draft, accuse, inflated):
    tree, extra = draft.receipt_tree, 1_000
    sides = [tree.node(1, 0), tree.node(1, 1)]
    claimed = [total + (extra if i == inflated else 0) for i, (_, total) in enumerate(sides)]
    root = branch_node(sides[0][0], claimed[0], sides[1][0], claimed[1])
    header = draft.header(receipts_root=root, total=sum(claimed))
    (left, left_sum), (right, right_sum) = tree.node(0, 2 * inflated), tree.node(0, 2 * inflated + 1)
    node = (inflated, claimed[inflated], level(sides[1 - inflated][0], claimed[1 - inflated]))

    accuse("branchSum", header, False, node, (left, left_sum, right, right_sum))


def test_padding_when_it_carries_money_convicts(draft, accuse):
    tree, extra = draft.receipt_tree, 500
    left, last = tree.node(1, 0), tree.node(0, 2)
    right = branch_node(last[0], last[1], PADDING, extra)
    root = branch_node(left[0], left[1], right, last[1] + extra)
    header = draft.header(receipts_root=root, total=left[1] + last[1] + extra)

    accuse("padding", header, False, (3, extra, level(*last) + level(*left)), PADDING)


def test_padding_when_the_count_takes_it_for_a_leaf_convicts(draft, accuse):
    header = draft.header(receipt_count=4)

    accuse("padding", header, False, node_of(draft.receipt_tree, 3), PADDING)


def test_branch_sum_when_it_stands_where_leaves_should_convicts(draft, accuse):
    tree = draft.receipt_tree
    (_, total), (sibling, other) = tree.node(1, 0), tree.node(1, 1)
    children = (*tree.node(0, 0), *tree.node(0, 1))

    accuse("branchSum", draft.header(receipt_count=2), False, (0, total, level(sibling, other)), children)


@pytest.mark.parametrize("count", [1, 2, 9])
def test_misplaced_leaf_when_the_count_gives_another_depth_convicts(draft, accuse, count):
    node, leaf = node_of(draft.receipt_tree, 0), receipt_leaf(draft.domain, draft.receipts[0])

    accuse("misplacedLeaf", draft.header(receipt_count=count), False, node, leaf, node[1])


def test_misplaced_leaf_when_the_count_hides_it_convicts(draft, accuse):
    last = len(draft.credits) - 1
    header, node = draft.header(credit_count=last), node_of(draft.credit_tree, last)

    accuse("misplacedLeaf", header, True, node, draft.credits[last].leaf, node[1])


def test_misplaced_leaf_when_a_branch_says_more_of_it_convicts(draft, accuse):
    tree, extra = draft.receipt_tree, 700
    (left, low), (sibling, high), (right, rest) = tree.node(0, 0), tree.node(0, 1), tree.node(1, 1)
    pair = branch_node(left, low + extra, sibling, high)
    total = low + extra + high + rest
    root = branch_node(pair, low + extra + high, right, rest)
    header = draft.header(receipts_root=root, total=total)
    node, leaf = (
        (0, low + extra, level(sibling, high) + level(right, rest)),
        receipt_leaf(draft.domain, draft.receipts[0]),
    )

    accuse("misplacedLeaf", header, False, node, leaf, low)


def test_misplaced_leaf_when_a_lone_one_is_not_the_total_convicts(draft, accuse):
    lone = Draft.of(draft.domain, draft.receipts[:1])
    header = lone.header(total=lone.values[0] + 5)

    accuse(
        "misplacedLeaf",
        header,
        False,
        (0, header.total, b""),
        receipt_leaf(draft.domain, lone.receipts[0]),
        lone.values[0],
    )


@pytest.mark.parametrize("change", [(4, 0), (0, 2**128)])
def test_misplaced_leaf_when_a_number_is_out_of_range_reverts(
    system, draft, submit, ledger, vera, reverts, change
):
    index, value, *path = node_of(draft.receipt_tree, 0)
    leaf = receipt_leaf(draft.domain, draft.receipts[0])
    batch = submit(draft.header())

    with reverts("BatchProofsBadOpening"):
        node = (index + change[0], value + change[1], *path)
        system.referee.misplacedLeaf(ledger.named(batch), False, node, leaf, value, vera.tx)


# Receipts


@pytest.mark.parametrize("extra", [1, -1])
def test_leaf_value_when_it_is_not_the_fee_convicts(draft, accuse, extra):
    draft.values[1] += extra

    accuse("leafValue", draft.header(), draft.opening(1), draft.values[1])


def test_receipt_order_when_two_are_swapped_convicts(draft, accuse):
    rows = list(draft.receipts)
    swap(rows, 1, 2)
    bad = Draft.of(draft.domain, rows)

    accuse("receiptOrder", bad.header(), bad.opening(1), bad.opening(2))


def test_receipt_order_when_one_is_settled_twice_convicts(draft, accuse):
    rows = [draft.receipts[0], draft.receipts[0], *draft.receipts[1:]]
    bad = Draft.of(draft.domain, rows)

    accuse("receiptOrder", bad.header(), bad.opening(0), bad.opening(1))


@pytest.mark.parametrize("change", [{"previous": 1}, {"previous_head": b"\x11" * 32}])
def test_lane_join_when_a_receipt_does_not_continue_the_last_convicts(draft, signing, accuse, change):
    if "previous" in change:
        change = {"previous": draft.receipts[1].receipt.previous - 1}
    bad = spoiled(signing, draft, 1, **change)

    accuse("laneJoin", bad.header(), bad.opening(0), bad.opening(1))


@pytest.mark.parametrize("extra", [0, 1])
def test_wrong_head_when_it_does_not_follow_from_the_receipt_convicts(draft, accuse, extra):
    head, value = b"\x13" * 32, draft.values[1] + extra
    tree, opening = draft.falsified(1, head, value)

    accuse("wrongHead", draft.header(receipts_root=tree.root.hash, total=tree.root.sum), opening, head, value)


def test_overlap_when_an_earlier_batch_settled_it_convicts(draft, accuse, submit, ledger):
    earlier = submit(draft.header())
    again = Draft.of(draft.domain, draft.receipts[:1], previous=header_hash_of(draft))

    accuse("overlap", again.header(), again.opening(0), ledger.named(earlier), draft.opening(0))


def header_hash_of(draft):
    return header_hash(draft.header())


def high_s(signature):
    s = ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


@pytest.mark.parametrize("how", ["foreign", "short", "high s", "no key"])
def test_receipt_signature_when_it_is_not_the_operators_convicts(draft, signing, accuse, carl, how):
    signed = draft.receipts[2]
    bad = {
        "foreign": carl.sign(receipt_digest(draft.domain, signed.receipt)),
        "short": signed.signature[:64],
        "high s": high_s(signed.signature),
        "no key": bytes(65),
    }[how]
    draft.receipts[2] = replace(signed, signature=bad)

    accuse("receiptSignature", draft.header(), draft.opening(2))


@pytest.mark.parametrize("how", ["foreign", "short", "high s"])
def test_voucher_signature_when_no_signer_of_the_consumer_signed_convicts(draft, signing, accuse, carl, how):
    signed = draft.receipts[2]
    voucher = signed.voucher
    bad = {
        "foreign": signing.acknowledge(voucher.voucher, by=carl),
        "short": replace(voucher, signature=voucher.signature[:64]),
        "high s": replace(voucher, signature=high_s(voucher.signature)),
    }[how]
    draft.receipts[2] = replace(signed, voucher=bad)

    accuse("voucherSignature", draft.header(), draft.opening(2), draft.voucher(2))


@pytest.mark.parametrize("change", [{"acknowledged": 1}, {"head": b"\x12" * 32}, {"lane": 7}])
def test_voucher_signature_when_it_acknowledges_something_else_convicts(draft, signing, accuse, change):
    signed = draft.receipts[2]
    voucher = signing.acknowledge(replace(signed.voucher.voucher, **change))
    draft.receipts[2] = replace(signed, voucher=voucher)

    accuse("voucherSignature", draft.header(), draft.opening(2), draft.voucher(2))


@pytest.mark.parametrize("index", [1, 2])
def test_voucher_missing_when_a_lanes_last_receipt_has_none_convicts(draft, accuse, index):
    draft.receipts[index] = replace(draft.receipts[index], voucher=None)
    assert draft.opening(index)[3] == bytes(32)

    accuse("voucherMissing", draft.header(), draft.opening(index), draft.opening(2))


def test_beyond_redeemed_when_the_lane_stands_lower_convicts(draft, signing, accuse):
    receipt = draft.receipts[2].receipt
    raised = {"previous": receipt.previous + 1, "cumulative": receipt.cumulative + 1}
    bad = spoiled(signing, draft, 2, **raised)

    accuse("beyondRedeemed", bad.header(), bad.opening(2))


def test_equivocation_when_the_operator_signed_two_receipts_convicts(draft, accuse, nora):
    other = replace(draft.receipts[1].receipt, tokens_out=1)
    signature = nora.sign(receipt_digest(draft.domain, other))

    accuse("equivocation", draft.header(), draft.opening(1), astuple(other), signature)


# Credits


def test_credit_order_when_two_are_swapped_convicts(draft, accuse):
    swap(draft.credits, 4, 5)

    accuse("creditOrder", draft.header(), draft.credit(4), draft.credit(5))


def test_credit_mismatch_when_an_asset_gets_anothers_money_convicts(draft, accuse):
    last = len(draft.credits) - 1
    victim = draft.credits[last]
    draft.credits[last] = replace(victim, amount=victim.amount - 1)
    draft.credits[last - 3] = replace(draft.credits[last - 3], amount=draft.credits[last - 3].amount + 1)

    accuse("creditMismatch", draft.header(), draft.credit(last), draft.opening(victim.receipt_index))


@pytest.mark.parametrize("change", [{"receipt_index": 9}, {"line_index": 60}, {"asset_id": b"\xff" * 32}])
def test_credit_mismatch_when_it_names_no_such_line_convicts(draft, accuse, change):
    last = len(draft.credits) - 1
    draft.credits[last] = replace(draft.credits[last], **change)
    named = draft.credits[last].receipt_index

    accuse("creditMismatch", draft.header(), draft.credit(last), draft.opening(min(named, 2)))


@pytest.mark.parametrize("place", [0, 7, -1])
def test_missing_credit_when_a_line_has_none_convicts(draft, accuse, place):
    gone: Credit = draft.credits.pop(place)
    position = place % (len(draft.credits) + 1)
    draft.credits[3] = replace(draft.credits[3], amount=draft.credits[3].amount + gone.amount)

    accuse(
        "missingCredit",
        draft.header(),
        draft.opening(gone.receipt_index),
        gone.line_index,
        draft.edge(position),
    )


@pytest.mark.parametrize("pool, field", [(BURN, "burned"), (AUDIT_POOL, "audit"), (INSURANCE, "insurance")])
@pytest.mark.parametrize("extra", [1, -1])
def test_header_totals_when_a_reserved_total_is_off_convicts(draft, accuse, pool, field, extra):
    header = draft.header()
    header = replace(header, **{field: getattr(header, field) + extra})

    accuse("headerTotals", header, pool, *draft.range_of(pool))
