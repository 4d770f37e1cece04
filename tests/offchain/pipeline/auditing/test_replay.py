"""vera replays honest batches, where nothing is found, and false ones, where each fault has its name."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from support.carl import RECEIPTS, Facts, resigned, settle, with_receipt
from support.factories import (
    DOMAIN,
    TERMS,
    account_of,
    acknowledged,
    asset_of,
    key_of,
    make_lane,
    make_receipt,
    make_terms,
    named,
    opening_voucher,
    signed_voucher,
)
from tallystick.commitments import leaves
from tallystick.commitments.signatures import sign
from tallystick.domain.digests import lines_hash, pack_lines, receipt_digest, terms_id
from tallystick.domain.finding import Finding, FindingKind, Location
from tallystick.domain.ids import AUDIT_POOL, Pot
from tallystick.domain.trees import Credit, credits_of, true_leaf
from tallystick.domain.usage import SignedReceipt
from tallystick.pipeline.auditing.audited import AuditedBatch, Disclosed
from tallystick.pipeline.auditing.fraud_proofs import prove
from tallystick.pipeline.auditing.receipt_checks import check_equivocation, check_overlaps
from tallystick.pipeline.auditing.replay import replay

CREDITS = credits_of(RECEIPTS)
LAST = len(RECEIPTS) - 1
Kind = FindingKind


def kinds(batch: AuditedBatch, facts: Facts | None = None) -> set[FindingKind]:
    return {finding.kind for finding in replay(batch, facts or Facts())}


def changed_credit(index: int, **changes: object) -> tuple[Credit, ...]:
    return (*CREDITS[:index], replace(CREDITS[index], **changes), *CREDITS[index + 1 :])  # type: ignore[arg-type]


def greedy(signed: SignedReceipt) -> SignedReceipt:
    """The operator's line takes one base unit from the burn."""
    first, last = signed.lines[0], signed.lines[-1]
    lines = (
        replace(first, amount=first.amount + 1),
        *signed.lines[1:-1],
        replace(last, amount=last.amount - 1),
    )
    return resigned(signed, lines, lines_hash=lines_hash(lines))


def by_another_key(signed: SignedReceipt) -> SignedReceipt:
    return replace(signed, signature=sign(receipt_digest(DOMAIN, signed.receipt), key_of("carl")))


def unsigned(signed: SignedReceipt) -> SignedReceipt:
    return replace(signed, voucher=None)


def with_voucher(signed: SignedReceipt, by: str = "bob", **changes: object) -> SignedReceipt:
    assert signed.voucher is not None
    return replace(signed, voucher=signed_voucher(replace(signed.voucher.voucher, **changes), by))  # type: ignore[arg-type]


def other_lines(signed: SignedReceipt) -> SignedReceipt:
    return replace(signed, lines=(replace(signed.lines[0], ppm=5), *signed.lines[1:]))


HONEST = [RECEIPTS, RECEIPTS[:1], make_lane(2), make_lane(5), with_receipt(0, unsigned)]


@pytest.mark.parametrize("receipts", HONEST)
def test_replay_when_batch_is_honest_finds_nothing(receipts: tuple[SignedReceipt, ...]) -> None:
    assert replay(settle(receipts), Facts()) == ()


def test_replay_when_a_session_key_signed_believes_the_chain() -> None:
    batch = settle((acknowledged(make_receipt(opening_voucher()), by="session"),))
    facts = Facts(signers=frozenset({(account_of("bob"), account_of("session"))}))

    assert replay(batch, facts) == ()
    assert kinds(batch) == {Kind.VOUCHER_SIGNATURE}


@pytest.mark.parametrize(
    ("index", "change", "expected"),
    [
        (0, by_another_key, {Kind.RECEIPT_SIGNATURE}),
        (0, lambda s: replace(s, signature=bytes(65)), {Kind.RECEIPT_SIGNATURE}),
        (0, lambda s: with_voucher(s, by="mallory"), {Kind.VOUCHER_SIGNATURE}),
        (0, lambda s: with_voucher(s, acknowledged=1), {Kind.VOUCHER_SIGNATURE}),
        (0, lambda s: with_voucher(s, head=named("other")), {Kind.VOUCHER_SIGNATURE}),
        (LAST, unsigned, {Kind.VOUCHER_MISSING}),
        (LAST, greedy, {Kind.WRONG_SPLIT, Kind.VOUCHER_SIGNATURE}),
        (LAST, lambda s: resigned(s, tokens_in=99), {Kind.WRONG_FEE, Kind.VOUCHER_SIGNATURE}),
        (LAST, lambda s: resigned(s, terms_id=named("none")), {Kind.WRONG_FEE, Kind.VOUCHER_SIGNATURE}),
        (LAST, lambda s: resigned(s, tokens_in=2**31), {Kind.WRONG_FEE, Kind.VOUCHER_SIGNATURE}),
        (0, other_lines, {Kind.LINES_MISMATCH}),
    ],
)
def test_replay_when_a_receipt_is_false_names_the_fault(
    index: int, change: Callable[[SignedReceipt], SignedReceipt], expected: set[FindingKind]
) -> None:
    # Only the lane's join may suffer too, where the change is in the middle of a lane.
    assert kinds(settle(with_receipt(index, change))) == expected


def test_replay_when_a_leafs_head_is_another_finds_it() -> None:
    batch = settle(disclosed=Disclosed(heads={1: named("other head")}))

    assert batch.receipts_match and kinds(batch) == {Kind.WRONG_HEAD}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [(b"", {Kind.WRONG_SPLIT, Kind.VOUCHER_SIGNATURE}), (b"not these", {Kind.LINES_MISMATCH})],
)
def test_replay_when_lines_are_no_whole_ones_reads_what_was_disclosed(
    shown: bytes, expected: set[FindingKind]
) -> None:
    raw = pack_lines(RECEIPTS[LAST].lines) + b"\x00"
    hashed = leaves.lines_hash(raw)
    receipts = with_receipt(LAST, lambda s: resigned(s, lines_hash=hashed))

    batch = settle(receipts, disclosed=Disclosed(lines={LAST: shown or raw}))

    assert kinds(batch) - {Kind.VOUCHER_SIGNATURE} == expected - {Kind.VOUCHER_SIGNATURE}


@pytest.mark.parametrize(("end", "expected"), [(99, {Kind.RETIRED_TERMS}), (100, set()), (101, set())])
def test_replay_when_terms_had_ended_finds_it(end: int, expected: set[FindingKind]) -> None:
    facts = Facts(ends={terms_id(TERMS): end})

    assert kinds(settle(judged_at=100), facts) == expected


def test_replay_when_another_replaces_the_batch_wants_the_operators_pot_credited_to_it() -> None:
    asset, vera = asset_of("vera"), account_of("vera")
    moved = [
        replace(c, asset_id=asset) if RECEIPTS[c.receipt_index].lines[c.line_index].pot == Pot.OPERATOR else c
        for c in CREDITS
    ]
    credits_ = sorted(moved, key=lambda c: c.key)

    assert replay(settle(credits_=credits_, poster=vera, poster_asset=asset), Facts()) == ()
    kept = settle(poster=vera, poster_asset=asset)
    assert kinds(kept) == {Kind.CREDIT_MISMATCH, Kind.MISSING_CREDIT}
    missing = next(f for f in replay(kept, Facts()) if f.kind is Kind.MISSING_CREDIT)
    _, _, (position, around) = prove(kept, missing).evidence
    assert position == sum(c.asset_id < asset for c in CREDITS) and all(c[0] != asset for c in around)


def test_replay_when_terms_are_anothers_finds_a_wrong_fee() -> None:
    foreign = make_terms(operator=account_of("carl"))
    batch = settle((acknowledged(make_receipt(opening_voucher(), terms=foreign)),))

    assert kinds(batch, Facts(known={terms_id(foreign): foreign})) == {Kind.WRONG_FEE}


def test_replay_when_more_is_settled_than_was_redeemed_finds_it() -> None:
    level = RECEIPTS[0].receipt.cumulative

    assert kinds(settle(), Facts(level=level)) == {Kind.BEYOND_REDEEMED}
    assert kinds(settle(make_lane(1)), Facts(level=level)) == set()


def test_replay_when_a_leaf_is_worth_more_finds_it() -> None:
    leaves = [true_leaf(r) for r in RECEIPTS]
    leaves[2] = replace(leaves[2], value=leaves[2].value + 1)

    assert Kind.LEAF_VALUE in kinds(settle(leaves=leaves))


def test_replay_when_receipts_swap_finds_their_order() -> None:
    swapped = (*RECEIPTS[:-2], RECEIPTS[-1], RECEIPTS[-2])

    assert kinds(settle(swapped)) == {Kind.RECEIPT_ORDER}


def test_replay_when_a_receipt_repeats_finds_order_and_join() -> None:
    assert kinds(settle((*RECEIPTS, RECEIPTS[-1]))) == {Kind.RECEIPT_ORDER, Kind.LANE_JOIN}


def test_replay_when_a_receipt_of_a_lane_is_left_out_finds_the_gap() -> None:
    lane = make_lane(3)

    assert replay(settle((lane[0], lane[2])), Facts()) == (
        Finding(Kind.LANE_JOIN, "Receipts 0 and 1 do not join.", Location(receipt=0)),
    )


@pytest.mark.parametrize(
    ("credits_", "expected"),
    [
        (changed_credit(30, amount=CREDITS[30].amount + 1), {Kind.CREDIT_MISMATCH, Kind.BRANCH_SUM}),
        (changed_credit(47, asset_id=b"\xff" * 32), {Kind.CREDIT_MISMATCH, Kind.MISSING_CREDIT}),
        (changed_credit(47, receipt_index=99), {Kind.CREDIT_MISMATCH, Kind.MISSING_CREDIT}),
        (changed_credit(47, line_index=60), {Kind.CREDIT_MISMATCH, Kind.MISSING_CREDIT}),
        ((*CREDITS[:46], CREDITS[47], CREDITS[46]), {Kind.CREDIT_ORDER}),
        ((*CREDITS, CREDITS[47]), {Kind.CREDIT_ORDER, Kind.BRANCH_SUM}),
        (CREDITS[:-1], {Kind.MISSING_CREDIT, Kind.BRANCH_SUM}),
    ],
)
def test_replay_when_credits_are_false_names_the_fault(
    credits_: tuple[Credit, ...], expected: set[FindingKind]
) -> None:
    assert kinds(settle(credits_=credits_)) == expected


@pytest.mark.parametrize("field", ["burned", "audit", "insurance"])
def test_replay_when_a_total_is_false_finds_it(field: str) -> None:
    honest = settle()

    batch = settle(**{field: getattr(honest.header, field) + 1})

    assert kinds(batch) == {Kind.HEADER_TOTALS}
    if field == "audit":
        assert replay(batch, Facts())[0].location == Location(asset_id=AUDIT_POOL)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"receipts_root": named("x")}, {Kind.ROOT_MISMATCH}),
        ({"credits_root": named("x")}, {Kind.ROOT_MISMATCH}),
        ({"receipt_count": 7}, {Kind.PADDING}),
        ({"receipt_count": 4}, {Kind.MISPLACED_LEAF}),
        ({"receipt_count": 9}, {Kind.MISPLACED_LEAF}),
        ({"receipt_count": 5}, {Kind.MISPLACED_LEAF}),
        ({"credit_count": 47}, {Kind.MISPLACED_LEAF}),
        ({"credit_count": 47, "total": 1}, {Kind.BRANCH_SUM, Kind.MISPLACED_LEAF}),
        ({"total": 1}, {Kind.BRANCH_SUM}),
    ],
)
def test_replay_when_trees_are_not_the_headers_says_so(
    header: dict[str, object], expected: set[FindingKind]
) -> None:
    assert kinds(settle(**header)) == expected


def test_replay_when_a_lone_leaf_is_not_the_total_finds_it_misplaced() -> None:
    lone = settle(RECEIPTS[:1])

    assert kinds(settle(RECEIPTS[:1], total=lone.header.total + 5)) == {Kind.MISPLACED_LEAF, Kind.BRANCH_SUM}


def test_replay_when_there_are_no_credits_finds_padding_in_their_place() -> None:
    assert {Kind.PADDING, Kind.MISSING_CREDIT} <= kinds(settle(credits_=()))


def test_replay_when_the_receipt_tree_is_another_names_the_head_that_the_file_cannot_show() -> None:
    (finding,) = replay(settle(receipts_root=named("x")), Facts())

    assert "wrongHead" in finding.message and not finding.is_provable


def test_findings_when_only_people_can_judge_are_not_provable() -> None:
    findings = replay(settle(receipts_root=named("x")), Facts())

    assert [f.is_provable for f in findings] == [False]
    assert Finding(Kind.WRONG_FEE, "").is_provable


def test_overlap_when_receipts_are_settled_twice_is_found() -> None:
    lane = make_lane(4)
    earlier = settle(lane[:2])

    assert list(check_overlaps(settle(lane[2:]), earlier)) == []
    (found,) = check_overlaps(settle(lane[1:]), earlier)
    assert found.kind is Kind.OVERLAP
    assert found.location == Location(receipt=0, earlier=1)


def test_equivocation_when_two_receipts_have_one_place_is_found() -> None:
    shown = make_receipt(opening_voucher(), "another answer")
    forged = make_receipt(opening_voucher(), "another answer", by="mallory")
    batch = settle(make_lane(2))

    (found,) = check_equivocation(batch, shown)

    assert (found.kind, found.location) == (Kind.EQUIVOCATION, Location(receipt=0))
    assert list(check_equivocation(batch, forged)) == []
    assert list(check_equivocation(batch, make_lane(2)[1])) == []
    assert TERMS.operator == shown.receipt.operator
