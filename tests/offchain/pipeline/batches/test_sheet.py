import random
from dataclasses import replace

import pytest

from support.factories import DOMAIN, asset_of, make_lane
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import AUDIT_POOL
from tallystick.domain.trees import credit_tree, credits_of, receipt_tree, total_of, true_leaf
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import InvalidInput
from tallystick.pipeline.batches.assemble import settleable
from tallystick.pipeline.batches.sheet import Sheet

RECEIPTS = settleable([*make_lane(3, "bob", 2), *make_lane(4, "dora", 0), *make_lane(1, "bob", 10)])


def shuffled(signed: SignedReceipt, seed: int) -> SignedReceipt:
    """Lines in another order, and one of them so large that it takes all of its 16 bytes."""
    lines = list(signed.lines)
    random.Random(seed).shuffle(lines)
    return replace(signed, lines=(*lines, replace(lines[0], amount=2**120 + seed)))


def sheet_of(receipts: tuple[SignedReceipt, ...], poster: bool = False) -> Sheet:
    sheet = Sheet(DOMAIN, asset_of("carl") if poster else None)
    for signed in receipts:
        sheet.add(signed)
    return sheet


@pytest.mark.parametrize("poster", [False, True])
def test_sheet_when_receipts_come_one_by_one_has_the_roots_of_their_trees(poster: bool) -> None:
    receipts = tuple(shuffled(signed, seed) for seed, signed in enumerate(RECEIPTS))

    sheet = sheet_of(receipts, poster)

    credits_ = credits_of(receipts, operator_asset=asset_of("carl") if poster else None)
    assert tuple(sheet.credits) == credits_
    assert sheet.credits.root == credit_tree(credits_).root
    assert sheet.receipts_root == receipt_tree(DOMAIN, [true_leaf(s) for s in receipts]).root
    assert sheet.credits.sum_of(AUDIT_POOL) == total_of(credits_, AUDIT_POOL)
    assert [*sheet.digests] == [receipt_digest(DOMAIN, s.receipt) for s in receipts]


def test_sheet_when_a_receipt_does_not_follow_refuses_it() -> None:
    sheet = sheet_of(RECEIPTS[:2])

    for wrong in RECEIPTS[:2]:
        with pytest.raises(InvalidInput, match="leaf order"):
            sheet.add(wrong)
    assert len(sheet) == 2
