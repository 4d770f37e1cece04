"""A promise to one operator cannot be made twice with the same money."""


def test_allot_when_held_moves_balance(system, bob, nora, allotted):
    assert system.escrow.balanceOf(bob.address) == 2_000
    assert system.escrow.allotmentOf(bob.address, nora.address)["amount"] == 3_000


def test_allot_when_promised_to_another_reverts(system, bob, carl, allotted, reverts):
    with reverts("UsageEscrowBalanceShort"):
        system.escrow.allot(carl.address, 2_001, bob.tx)


def test_allot_when_to_nobody_reverts(system, bob, allotted, reverts):
    with reverts("UsageEscrowZeroParameter"):
        system.escrow.allot("0x" + "00" * 20, 1, bob.tx)
