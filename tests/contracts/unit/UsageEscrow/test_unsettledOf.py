"""What an operator has unsettled is the sum of four periods, and each of them ends by itself."""

import pytest


@pytest.fixture
def each_period(system, parameters, let_pass, nora, allotted, signed):
    """1, 20, 300 and 2,000 redeemed in four periods, the oldest first."""
    for lane, amount in enumerate((1, 20, 300, 2_000)):
        if lane:
            let_pass(parameters.bucket_window)
        one = signed(lane=lane, limit=amount)
        system.escrow.redeem(one.voucher, one.signature, amount, nora.tx)


def test_unsettled_when_redeemed_in_four_periods_is_their_sum(system, nora, each_period):
    assert system.escrow.unsettledOf(nora.address) == 2_321


@pytest.mark.parametrize(("periods", "left"), [(1, 2_320), (2, 2_300), (3, 2_000), (4, 0), (9, 0)])
def test_unsettled_when_periods_pass_loses_the_oldest(
    system, parameters, let_pass, nora, each_period, periods, left
):
    let_pass(periods * parameters.bucket_window)

    assert system.escrow.unsettledOf(nora.address) == left


def test_expire_when_two_periods_are_old_ends_them_together(
    system, parameters, let_pass, nora, vera, each_period
):
    let_pass(2 * parameters.bucket_window)
    booked = system.escrow.totalBooked()

    system.escrow.expireUnsettled(nora.address, vera.tx)

    assert system.escrow.insurancePool() == 10
    assert booked - system.escrow.totalBooked() == 11
    assert system.escrow.unsettledOf(nora.address) == 2_300


@pytest.mark.parametrize(
    ("spent", "left"), [(1, 2_300), (21, 2_300), (100, 2_221), (321, 2_000), (400, 1_921), (2_321, 0)]
)
def test_begin_settlement_when_four_periods_are_open_takes_the_oldest_first(
    system, parameters, let_pass, nora, registry, each_period, spent, left
):
    system.escrow.beginSettlement(nora.address, spent, registry)
    let_pass(2 * parameters.bucket_window)

    assert system.escrow.unsettledOf(nora.address) == left
