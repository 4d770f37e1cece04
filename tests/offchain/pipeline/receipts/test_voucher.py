from dataclasses import replace

import pytest

from support.factories import make_lane, named, opening_voucher
from tallystick.domain.ids import ZERO_HASH
from tallystick.errors import Conflict, InvalidInput
from tallystick.pipeline.receipts.voucher import check_acknowledges

(LAST,) = make_lane(1)
assert LAST.voucher is not None
VOUCHER = LAST.voucher.voucher


def test_voucher_when_it_covers_the_last_receipt_passes() -> None:
    check_acknowledges(VOUCHER, LAST.receipt, VOUCHER.head)
    check_acknowledges(replace(VOUCHER, limit=VOUCHER.limit + 5), LAST.receipt, VOUCHER.head)


def test_voucher_when_lane_is_new_passes() -> None:
    check_acknowledges(opening_voucher(limit=100), None, ZERO_HASH)


@pytest.mark.parametrize("off", [-1, 1])
def test_voucher_when_amount_is_not_the_lanes_refuses(off: int) -> None:
    wrong = replace(VOUCHER, acknowledged=VOUCHER.acknowledged + off, limit=VOUCHER.limit + 1)

    with pytest.raises(Conflict, match=f"stands at {LAST.receipt.cumulative}"):
        check_acknowledges(wrong, LAST.receipt, VOUCHER.head)


def test_voucher_when_limit_is_below_what_it_acknowledges_refuses() -> None:
    with pytest.raises(InvalidInput, match="limit"):
        check_acknowledges(replace(VOUCHER, limit=VOUCHER.acknowledged - 1), LAST.receipt, VOUCHER.head)


def test_voucher_when_head_is_another_refuses() -> None:
    with pytest.raises(Conflict, match="head"):
        check_acknowledges(replace(VOUCHER, head=named("other")), LAST.receipt, VOUCHER.head)
    with pytest.raises(Conflict, match="head"):
        check_acknowledges(replace(opening_voucher(), head=named("other")), None, ZERO_HASH)
