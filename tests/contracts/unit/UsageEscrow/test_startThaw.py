"""Taking an allotment back takes time, in which the operator can still redeem."""

from brownie import chain


def test_finish_thaw_when_over_returns_balance(system, parameters, bob, nora, allotted):
    system.escrow.startThaw(nora.address, 500, bob.tx)
    chain.sleep(parameters.thaw_period)

    system.escrow.finishThaw(nora.address, bob.tx)

    assert system.escrow.balanceOf(bob.address) == 2_500
    assert tuple(system.escrow.allotmentOf(bob.address, nora.address)) == (2_500, 0, 0)


def test_finish_thaw_when_early_reverts(system, parameters, bob, nora, allotted, reverts):
    system.escrow.startThaw(nora.address, 500, bob.tx)
    chain.sleep(parameters.thaw_period - 60)

    with reverts("UsageEscrowThawing"):
        system.escrow.finishThaw(nora.address, bob.tx)


def test_start_thaw_when_added_to_restarts_the_clock(system, parameters, bob, nora, allotted, reverts):
    system.escrow.startThaw(nora.address, 500, bob.tx)
    chain.sleep(parameters.thaw_period - 60)
    system.escrow.startThaw(nora.address, 1, bob.tx)
    chain.sleep(120)

    with reverts("UsageEscrowThawing"):
        system.escrow.finishThaw(nora.address, bob.tx)


def test_redeem_when_all_thaws_still_draws_and_leaves_less_to_take_back(
    system, parameters, bob, nora, allotted, signed
):
    system.escrow.startThaw(nora.address, 3_000, bob.tx)
    one = signed()

    system.escrow.redeem(one.voucher, one.signature, 1_000, nora.tx)
    chain.sleep(parameters.thaw_period)
    system.escrow.finishThaw(nora.address, bob.tx)

    assert system.escrow.balanceOf(bob.address) == 4_000


def test_start_thaw_when_more_than_firm_reverts(system, bob, nora, allotted, reverts):
    system.escrow.startThaw(nora.address, 2_000, bob.tx)

    with reverts("UsageEscrowAllotmentShort"):
        system.escrow.startThaw(nora.address, 1_001, bob.tx)


def test_finish_thaw_when_none_reverts(system, bob, nora, allotted, reverts):
    with reverts("UsageEscrowNoThaw"):
        system.escrow.finishThaw(nora.address, bob.tx)
