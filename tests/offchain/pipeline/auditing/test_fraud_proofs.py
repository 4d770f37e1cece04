"""Every fault has a proof that the referees' interface takes and whose openings lead to the header's roots."""

from collections.abc import Callable
from dataclasses import astuple, replace
from typing import Any

import pytest

from support.auditing.openings import encoded, opens_credit, opens_receipt, proof_of
from support.carl import RECEIPTS, Facts, resigned, settle, with_receipt
from support.factories import DOMAIN, TERMS, asset_of, key_of, make_lane, make_receipt, named, opening_voucher
from support.paths import unpacked
from tallystick.commitments import leaves
from tallystick.commitments.signatures import sign
from tallystick.commitments.sum_tree import PADDING, Root, branch_node, fold, leaf_node, verify
from tallystick.domain import batch as batches
from tallystick.domain.digests import pack_lines, receipt_digest, receipt_leaf, terms_id, voucher_hash
from tallystick.domain.finding import Finding, FindingKind, Location
from tallystick.domain.ids import BURN, AssetId, Pot
from tallystick.domain.trees import credits_of, true_leaf
from tallystick.domain.usage import Receipt, SignedReceipt, SignedVoucher, Terms, Voucher
from tallystick.errors import InvalidInput
from tallystick.pipeline.auditing.audited import AuditedBatch, Disclosed
from tallystick.pipeline.auditing.fraud_proofs import (
    prove,
    prove_branch,
    prove_equivocation,
    prove_overlap,
)
from tallystick.pipeline.auditing.receipt_checks import check_equivocation, check_overlaps
from tallystick.pipeline.auditing.replay import replay

CREDITS = credits_of(RECEIPTS)
Kind = FindingKind


def last_is(**changes: Any) -> AuditedBatch:
    return settle(with_receipt(5, lambda s: resigned(s, **changes)))


def by_carl(signed: SignedReceipt) -> SignedReceipt:
    return replace(signed, signature=sign(receipt_digest(DOMAIN, signed.receipt), key_of("carl")))


def with_fewer_lines(signed: SignedReceipt) -> SignedReceipt:
    lines = (signed.lines[0], *signed.lines[-3:])
    return resigned(signed, lines, lines_hash=leaves.lines_hash(pack_lines(lines)))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (by_carl, Kind.RECEIPT_SIGNATURE),
    ],
)
def test_proof_when_a_receipt_is_false_opens_it(
    change: Callable[[SignedReceipt], SignedReceipt], kind: FindingKind
) -> None:
    batch = settle(with_receipt(5, change))

    (opening,) = proof_of(batch, kind).evidence

    opens_receipt(batch, opening)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda s: resigned(s, tokens_in=99), Kind.WRONG_FEE),
        (with_fewer_lines, Kind.WRONG_SPLIT),
    ],
)
def test_proof_when_a_receipt_is_not_as_its_terms_say_shows_them(
    change: Callable[[SignedReceipt], SignedReceipt], kind: FindingKind
) -> None:
    batch = settle(with_receipt(5, change))

    opening, shown = proof_of(batch, kind).evidence

    opens_receipt(batch, opening)
    assert Terms(*shown) == TERMS


def test_proof_when_a_voucher_acknowledges_another_receipt_shows_it() -> None:
    batch = settle(with_receipt(5, lambda s: resigned(s, tokens_in=99)))

    opening, (fields, signature) = proof_of(batch, Kind.VOUCHER_SIGNATURE).evidence

    opens_receipt(batch, opening)
    assert opening[3] == voucher_hash(DOMAIN, SignedVoucher(Voucher(*fields), signature))


def test_proof_when_terms_are_unknown_shows_none() -> None:
    facts = Facts(known={})

    _, shown = proof_of(settle(), Kind.WRONG_FEE, facts).evidence

    assert Terms(*shown).pots == (0,) * 8


def test_proof_when_an_asset_is_retired_opens_the_line_that_pays_it() -> None:
    facts = Facts(asset_ends={(AssetId(asset_of("petra")), Pot.RETRIEVAL): 1})

    opening, number = proof_of(settle(), Kind.RETIRED_ASSET, facts).evidence

    opens_receipt(settle(), opening)
    assert settle().leaves[opening[4]].signed.lines[number].asset_id == asset_of("petra")


def test_proof_when_more_was_settled_than_redeemed_opens_the_receipt() -> None:
    batch = settle(make_lane(2))
    facts = Facts(level=make_lane(2)[0].receipt.cumulative)

    (opening,) = proof_of(batch, Kind.BEYOND_REDEEMED, facts).evidence

    assert opens_receipt(batch, opening).cumulative > facts.level


def test_proof_when_a_leaf_is_worth_more_opens_it_with_its_value() -> None:
    forged = [true_leaf(r) for r in RECEIPTS]
    forged[2] = replace(forged[2], value=forged[2].value + 1)
    batch = settle(leaves=forged)

    opening, value = proof_of(batch, Kind.LEAF_VALUE).evidence

    receipt = opens_receipt(batch, opening, value)
    assert value == receipt.cumulative - receipt.previous + 1


@pytest.mark.parametrize(
    ("receipts", "kind"),
    [
        ((*RECEIPTS[:4], RECEIPTS[5], RECEIPTS[4]), Kind.RECEIPT_ORDER),
        (make_lane(3)[::2], Kind.LANE_JOIN),
    ],
)
def test_proof_when_neighbours_are_false_opens_both(
    receipts: tuple[SignedReceipt, ...], kind: FindingKind
) -> None:
    batch = settle(receipts)

    first, second = proof_of(batch, kind).evidence

    assert first[4] + 1 == second[4]
    opens_receipt(batch, first)
    opens_receipt(batch, second)


@pytest.mark.parametrize("index", [0, 1])
def test_proof_when_a_voucher_is_missing_opens_the_next_receipt_too(index: int) -> None:
    receipts = [make_lane(1, "bob", 1)[0], make_lane(1, "bob", 2)[0]]
    receipts[index] = replace(receipts[index], voucher=None)
    batch = settle(tuple(receipts))

    opening, following = proof_of(batch, Kind.VOUCHER_MISSING).evidence

    assert opening[3] == bytes(32)
    assert (opening[4], following[4]) == (index, 1)
    opens_receipt(batch, opening)
    opens_receipt(batch, following)


def test_proof_when_credits_swap_opens_both() -> None:
    batch = settle(credits_=(*CREDITS[:46], CREDITS[47], CREDITS[46]))

    first, second = proof_of(batch, Kind.CREDIT_ORDER).evidence

    assert first[4] + 1 == second[4]
    assert opens_credit(batch, first) >= opens_credit(batch, second)


def two_changed() -> AuditedBatch:
    """One base unit moves from a credit to another of the same asset."""
    first, second = (replace(CREDITS[i], amount=CREDITS[i].amount + more) for i, more in ((30, 1), (31, -1)))
    return settle(credits_=(*CREDITS[:30], first, second, *CREDITS[32:]))


def test_proof_when_a_credit_is_unlike_its_line_opens_both() -> None:
    batch = two_changed()

    credit, opening = proof_of(batch, Kind.CREDIT_MISMATCH).evidence

    assert opens_credit(batch, credit)[1] == opening[4]
    opens_receipt(batch, opening)


@pytest.mark.parametrize(("asset", "position"), [(b"\xff" * 32, 47), (b"\x00" * 32, 0)])
def test_proof_when_a_credit_is_missing_opens_the_gap(asset: bytes, position: int) -> None:
    moved = replace(CREDITS[40], asset_id=AssetId(asset))
    batch = settle(credits_=sorted([*CREDITS[:40], moved, *CREDITS[41:]], key=lambda c: c.key))

    opening, line, (gap, around) = proof_of(batch, Kind.MISSING_CREDIT).evidence

    opens_receipt(batch, opening)
    assert line == CREDITS[40].line_index
    assert [a[4] for a in around] == [gap - 1, gap]
    below, above = (opens_credit(batch, a) for a in around)
    assert below < CREDITS[40].key < above


def test_proof_when_totals_are_false_opens_both_edges() -> None:
    honest = settle()
    batch = settle(burned=honest.header.burned + 1)

    asset, first, end = proof_of(batch, Kind.HEADER_TOTALS).evidence

    assert asset == BURN
    assert (first[0], [a[4] for a in first[1]]) == (0, [0])
    assert (end[0], [a[4] for a in end[1]]) == (6, [5, 6])
    for opening in (*first[1], *end[1]):
        opens_credit(batch, opening)


@pytest.mark.parametrize(
    ("header", "is_credit"), [({"receipt_count": 7}, False), ({"credit_count": 49}, True)]
)
def test_proof_when_padding_counts_as_a_leaf_opens_the_position(
    header: dict[str, int], is_credit: bool
) -> None:
    batch = settle(**header)

    said, (index, value, path), node = proof_of(batch, Kind.PADDING).evidence

    assert said is is_credit
    assert (index, node) == (next(iter(header.values())) - 1, PADDING)
    assert fold(index, node, value, unpacked(path)) == top(batch, is_credit)


def test_proof_when_no_credits_carry_the_total_opens_their_root() -> None:
    batch = settle(credits_=())

    said, (index, value, path), node = proof_of(batch, Kind.PADDING).evidence

    assert (said, index, value, path) == (True, 0, batch.header.total, b"")
    assert node == batch.header.credits_root == PADDING


@pytest.mark.parametrize(
    ("count", "header", "place"),
    [
        (6, {"receipt_count": 5}, (False, 5)),
        (6, {"receipt_count": 9}, (False, 0)),
        (6, {"credit_count": 47}, (True, 47)),
        (1, {"total": 1}, (False, 0)),
        (1, {"receipt_count": 2}, (False, 0)),
    ],
)
def test_proof_when_a_leaf_is_misplaced_opens_it(
    count: int, header: dict[str, int], place: tuple[bool, int]
) -> None:
    batch = settle(RECEIPTS[:count], **header)

    said, (index, claimed, path), leaf, value = proof_of(batch, Kind.MISPLACED_LEAF).evidence

    assert (said, index) == place
    found = fold(index, leaf_node(leaf, value), claimed, unpacked(path))
    assert found == top(batch, said)


def test_proof_when_the_total_is_false_opens_the_root() -> None:
    batch = settle(total=1)

    said, (index, value, path), children = proof_of(batch, Kind.BRANCH_SUM).evidence

    assert (said, index, value, path) == (False, 0, 1, b"")
    assert branch_node(*children) == batch.header.receipts_root
    assert children[1] + children[3] != 1


def top(batch: AuditedBatch, is_credit: bool) -> tuple[bytes, int]:
    return (batch.header.credits_root if is_credit else batch.header.receipts_root), batch.header.total


def test_proof_when_batches_overlap_opens_both() -> None:
    lane = make_lane(3)
    earlier, batch = settle(lane[:2]), settle(lane[1:])
    (finding,) = check_overlaps(batch, earlier)

    proof = prove_overlap(batch, finding, batches.named(8, earlier.header, batches.Stamp(4, 4, 0)), earlier)

    assert encoded(batch, proof)
    opening, (earlier_id, header, _), other = proof.evidence
    assert (earlier_id, header) == (8, astuple(earlier.header))
    assert opens_receipt(batch, opening) == opens_receipt(earlier, other)


def test_proof_when_operator_equivocates_shows_both_receipts() -> None:
    known = make_receipt(opening_voucher(), "another answer")
    batch = settle(make_lane(2))
    (finding,) = check_equivocation(batch, known)

    proof = prove_equivocation(batch, finding, known)

    assert encoded(batch, proof)
    opening, other, signature = proof.evidence

    assert opens_receipt(batch, opening).previous == Receipt(*other).previous
    assert signature == sign(receipt_digest(DOMAIN, known.receipt), key_of("nora"))


def test_proof_when_every_branch_adds_up_is_refused() -> None:
    batch = settle()

    with pytest.raises(InvalidInput, match="adds up"):
        prove_branch(batch, batch.receipt_tree, is_credit_tree=False)


def test_proof_when_a_head_is_false_opens_the_leaf_with_it() -> None:
    head = named("other head")
    batch = settle(disclosed=Disclosed(heads={1: head}))

    opening, shown, value = proof_of(batch, Kind.WRONG_HEAD).evidence

    assert shown == head
    leaf = receipt_leaf(DOMAIN, batch.leaves[1].signed, head)
    root = Root(batch.header.receipts_root, batch.header.total, batch.header.receipt_count)
    assert verify(root, opening[4], leaf, value, unpacked(opening[5]))


def test_proof_when_terms_had_ended_opens_the_receipt() -> None:
    (opening,) = proof_of(settle(), Kind.RETIRED_TERMS, Facts(ends={terms_id(TERMS): 1})).evidence

    opens_receipt(settle(), opening)


@pytest.mark.parametrize("kind", [Kind.ROOT_MISMATCH, Kind.OVERLAP, Kind.EQUIVOCATION, Kind.WRONG_FEE])
def test_proof_when_nothing_in_the_batch_proves_it_is_refused(kind: FindingKind) -> None:
    with pytest.raises(InvalidInput, match="No transaction"):
        prove(settle(), Finding(kind, "", Location(receipt=0)))


def test_proof_when_the_file_is_not_the_headers_is_refused() -> None:
    batch = settle(credits_=two_changed().credits, credits_root=named("x"))
    finding = next(f for f in replay(batch, Facts()) if f.kind is Kind.CREDIT_MISMATCH)

    with pytest.raises(InvalidInput, match="header's trees"):
        prove(batch, finding)


def test_proof_when_the_finding_has_no_place_is_refused() -> None:
    with pytest.raises(InvalidInput, match="where"):
        prove(settle(), Finding(Kind.RETIRED_TERMS, ""))
