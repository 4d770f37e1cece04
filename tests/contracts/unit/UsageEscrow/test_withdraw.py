"""Only unallotted balance goes out, to its owner."""


def test_withdraw_when_unallotted_pays_out(system, bob, allotted):
    before = system.token.balanceOf(bob.address)

    system.escrow.withdraw(2_000, bob.tx)

    assert system.token.balanceOf(bob.address) == before + 2_000
    assert system.escrow.balanceOf(bob.address) == 0


def test_withdraw_when_allotted_reverts(system, bob, allotted, reverts):
    with reverts("UsageEscrowBalanceShort"):
        system.escrow.withdraw(2_001, bob.tx)


def test_withdraw_when_zero_reverts(system, bob, reverts):
    with reverts("UsageEscrowZeroAmount"):
        system.escrow.withdraw(0, bob.tx)
