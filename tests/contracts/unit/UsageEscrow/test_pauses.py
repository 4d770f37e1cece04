"""The guardian's two switches: nobody else's, no exit's, and the clock of unsettled money stops meanwhile."""

import pytest
from brownie import chain

LONGEST = 7 * 86_400


@pytest.mark.parametrize("switch", ["setDepositsPaused", "setBatchesPaused"])
def test_pause_when_not_guardian_reverts(system, mallory, reverts, switch):
    with reverts("AccessManagedUnauthorized"):
        getattr(system.escrow, switch)(True, mallory.tx)


def test_begin_settlement_when_batches_are_paused_reverts_and_the_rest_works(
    system, deployer, bob, nora, redeemed, registry, signed, reverts
):
    system.escrow.beginSettlement(nora.address, 100, registry)
    system.escrow.setBatchesPaused(True, {"from": deployer})

    with reverts("UsageEscrowBatchesPaused"):
        system.escrow.beginSettlement(nora.address, 100, registry)
    more = signed(lane=2, limit=10)
    system.escrow.redeem(more.voucher, more.signature, 10, nora.tx)
    system.escrow.completeSettlement(nora.address, 60, 1, 1, 1, registry)
    system.escrow.returnSettlement(nora.address, 40, registry)
    system.escrow.deposit(5, bob.tx)
    system.escrow.withdraw(5, bob.tx)
    system.escrow.setBatchesPaused(False, {"from": deployer})
    system.escrow.beginSettlement(nora.address, 100, registry)


def test_expire_when_batches_were_paused_counts_only_the_rest(
    system, parameters, deployer, let_pass, nora, vera, redeemed
):
    system.escrow.setBatchesPaused(True, {"from": deployer})
    let_pass(10 * parameters.bucket_window)
    assert system.escrow.unsettledOf(nora.address) == 1_000
    system.escrow.setBatchesPaused(False, {"from": deployer})
    let_pass(2 * parameters.bucket_window)
    system.escrow.expireUnsettled(nora.address, vera.tx)
    assert system.escrow.unsettledOf(nora.address) == 1_000

    let_pass(2 * parameters.bucket_window)

    assert system.escrow.unsettledOf(nora.address) == 0


def test_pause_when_a_week_old_lapses(system, parameters, deployer, let_pass, nora, redeemed, registry):
    system.escrow.setBatchesPaused(True, {"from": deployer})
    let_pass(LONGEST - 5)
    assert system.escrow.batchesPaused()
    let_pass(10)

    assert not system.escrow.batchesPaused()
    system.escrow.beginSettlement(nora.address, 1_000, registry)
    system.escrow.returnSettlement(nora.address, 1_000, registry)
    let_pass(4 * parameters.bucket_window)
    assert system.escrow.unsettledOf(nora.address) == 0


def test_pause_when_paused_lately_reverts(system, deployer, let_pass, reverts):
    guardian = {"from": deployer}
    system.escrow.setBatchesPaused(True, guardian)
    with reverts("UsageEscrowPausedLately"):
        system.escrow.setBatchesPaused(True, guardian)
    system.escrow.setBatchesPaused(False, guardian)
    with reverts("UsageEscrowPausedLately"):
        system.escrow.setBatchesPaused(True, guardian)
    chain.sleep(2 * LONGEST)

    system.escrow.setBatchesPaused(True, guardian)

    assert system.escrow.batchesPaused()


def test_pause_when_it_lapsed_and_comes_again_stops_the_clock_twice(
    system, parameters, deployer, let_pass, nora, redeemed, signed
):
    guardian, window = {"from": deployer}, parameters.bucket_window
    system.escrow.setBatchesPaused(True, guardian)
    let_pass(LONGEST)
    assert system.escrow.unsettledOf(nora.address) == 1_000
    let_pass(LONGEST)
    assert system.escrow.unsettledOf(nora.address) == 0
    two = signed(lane=2, limit=50)
    system.escrow.redeem(two.voucher, two.signature, 50, nora.tx)
    system.escrow.setBatchesPaused(True, guardian)
    let_pass(10 * window)
    assert system.escrow.unsettledOf(nora.address) == 50
    system.escrow.setBatchesPaused(False, guardian)
    let_pass(4 * window)

    assert system.escrow.unsettledOf(nora.address) == 0
