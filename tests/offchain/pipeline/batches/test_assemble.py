from dataclasses import replace

import pytest

from support.factories import DOMAIN, account_of, asset_of, make_lane, named
from tallystick.domain.batch import Batch
from tallystick.domain.digests import header_hash
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, ZERO_HASH
from tallystick.domain.trees import (
    credit_range,
    credit_tree,
    credits_of,
    earnings_of,
    receipt_tree,
    total_of,
    true_leaf,
)
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import InvalidInput
from tallystick.pipeline.batches.assemble import assemble, settleable

NORA = account_of("nora")
BOB = make_lane(3, "bob", 2)
DORA = make_lane(2, "dora", 0)
RECEIPTS = settleable([*BOB, *DORA, *make_lane(1, "bob", 10)])


def closed(receipts: tuple[SignedReceipt, ...] = RECEIPTS) -> Batch:
    return assemble(
        DOMAIN,
        receipts,
        operator=NORA,
        data_digest=named("file"),
        previous_header=ZERO_HASH,
        parameter_version=1,
    )


def test_settleable_when_receipts_come_in_any_order_sorts_them_by_lane() -> None:
    keys = [(s.receipt.consumer, s.receipt.lane, s.receipt.cumulative) for s in RECEIPTS]

    assert keys == sorted(keys)
    assert [k[1] for k in keys if k[0] == account_of("bob")] == [2, 2, 2, 10]


def test_settleable_when_a_receipt_is_unsigned_stops_its_lane_there() -> None:
    gap = (BOB[0], replace(BOB[1], voucher=None), BOB[2])

    assert settleable([*gap, *DORA]) == tuple(s for s in RECEIPTS if s in (BOB[0], *DORA))


def test_batch_when_closed_sums_both_trees_to_the_fees() -> None:
    batch = closed()
    credits_ = credits_of(batch.receipts)
    fees = sum(s.receipt.cumulative - s.receipt.previous for s in RECEIPTS)

    assert batch.header.total == fees == credit_tree(credits_).root.sum
    assert (batch.header.receipt_count, batch.header.credit_count) == (6, 6 * 8)
    assert batch.header.burned == sum(s.lines[-1].amount for s in RECEIPTS)
    assert batch.header.audit == sum(s.lines[-3].amount for s in RECEIPTS)
    assert batch.header.insurance == sum(s.lines[-2].amount for s in RECEIPTS)


def test_credits_when_listed_are_ranges_of_their_asset() -> None:
    credits_ = credits_of(RECEIPTS)
    alice = asset_of("alice")
    first, last = credit_range(credits_, alice)

    assert [c.asset_id for c in credits_[:18]] == [BURN] * 6 + [AUDIT_POOL] * 6 + [INSURANCE] * 6
    assert {c.asset_id for c in credits_[first:last]} == {alice}
    assert total_of(credits_, alice) == sum(s.lines[3].amount for s in RECEIPTS)
    assert credit_range(credits_, asset_of("mallory"))[0] == credit_range(credits_, asset_of("mallory"))[1]


def test_earnings_when_summed_leave_reserved_ids_out() -> None:
    header = closed().header
    earned = earnings_of(credits_of(RECEIPTS))

    assert set(earned) == {asset_of(n) for n in ("nora", "petra", "adapter", "alice", "ines")}
    assert sum(earned.values()) == header.total - header.burned - header.audit - header.insurance


def test_receipt_root_when_a_voucher_is_dropped_is_another() -> None:
    leaves = [true_leaf(s) for s in RECEIPTS]
    dropped = [true_leaf(replace(RECEIPTS[0], voucher=None)), *leaves[1:]]

    assert receipt_tree(DOMAIN, dropped).root.hash != receipt_tree(DOMAIN, leaves).root.hash


def test_header_hash_when_any_field_differs_is_another() -> None:
    header = closed().header
    others = [
        replace(header, operator=account_of("carl")),
        replace(header, poster=account_of("carl")),
        replace(header, total=header.total + 1),
        replace(header, data_digest=named("other")),
        replace(header, parameter_version=2),
    ]

    assert len({header_hash(h) for h in [header, *others]}) == 6


@pytest.mark.parametrize("wrong", [(), RECEIPTS[::-1], (RECEIPTS[0], RECEIPTS[0])])
def test_batch_when_receipts_are_none_or_out_of_order_is_refused(wrong: tuple[SignedReceipt, ...]) -> None:
    with pytest.raises(InvalidInput):
        closed(wrong)
