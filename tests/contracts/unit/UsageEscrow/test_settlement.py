"""Unsettled, pending, final or returned: only by the AttributionRegistry, never more than was redeemed."""

import pytest


def test_begin_settlement_when_redeemed_moves_to_pending(system, nora, redeemed, registry):
    system.escrow.beginSettlement(nora.address, 600, registry)

    assert system.escrow.unsettledOf(nora.address) == 400
    assert system.escrow.pendingOf(nora.address) == 600


def test_begin_settlement_when_more_than_redeemed_reverts(system, nora, redeemed, registry, reverts):
    with reverts("UsageEscrowUnsettledShort"):
        system.escrow.beginSettlement(nora.address, 1_001, registry)


def test_begin_settlement_when_zero_reverts(system, nora, redeemed, registry, reverts):
    with reverts("UsageEscrowZeroAmount"):
        system.escrow.beginSettlement(nora.address, 0, registry)


def test_complete_settlement_when_pending_pays_each_share(system, nora, redeemed, registry):
    supply = system.token.totalSupply()
    system.escrow.beginSettlement(nora.address, 1_000, registry)

    system.escrow.completeSettlement(nora.address, 1_000, 40, 30, 25, registry)

    assert system.token.totalSupply() == supply - 40
    assert (system.escrow.auditPool(), system.escrow.insurancePool()) == (30, 25)
    assert system.token.balanceOf(system.rewards.address) == 905
    assert system.escrow.pendingOf(nora.address) == 0


def test_complete_settlement_when_shares_exceed_total_reverts(system, nora, redeemed, registry, reverts):
    system.escrow.beginSettlement(nora.address, 1_000, registry)

    with reverts("UsageEscrowBadShares"):
        system.escrow.completeSettlement(nora.address, 1_000, 900, 50, 51, registry)


def test_return_settlement_when_convicted_is_unsettled_again(system, nora, redeemed, registry):
    system.escrow.beginSettlement(nora.address, 1_000, registry)

    system.escrow.returnSettlement(nora.address, 1_000, registry)

    assert system.escrow.unsettledOf(nora.address) == 1_000
    assert system.escrow.pendingOf(nora.address) == 0


@pytest.mark.parametrize(
    ("function", "shares"), [("completeSettlement", (0, 0, 0)), ("returnSettlement", ())]
)
def test_settlement_when_not_pending_reverts(system, nora, redeemed, registry, reverts, function, shares):
    system.escrow.beginSettlement(nora.address, 400, registry)

    with reverts("UsageEscrowPendingShort"):
        getattr(system.escrow, function)(nora.address, 401, *shares, registry)


@pytest.mark.parametrize(
    ("function", "shares"),
    [("beginSettlement", ()), ("completeSettlement", (0, 0, 0)), ("returnSettlement", ())],
)
def test_settlement_when_not_the_registry_reverts(system, nora, redeemed, reverts, function, shares):
    with reverts("UsageEscrowNotAttributionRegistry"):
        getattr(system.escrow, function)(nora.address, 1, *shares, nora.tx)
