"""Burning lowers the supply for good."""


def test_burn_when_held_lowers_supply(system, alice):
    before = system.token.totalSupply()

    system.token.burn(7, alice.tx)

    assert system.token.totalSupply() == before - 7


def test_burn_from_when_allowed_lowers_supply_and_allowance(system, alice, bob):
    system.token.approve(bob.address, 7, alice.tx)

    system.token.burnFrom(alice.address, 4, bob.tx)

    assert system.token.allowance(alice.address, bob.address) == 3


def test_burn_from_when_not_allowed_reverts(system, alice, bob, reverts):
    with reverts("ERC20InsufficientAllowance"):
        system.token.burnFrom(alice.address, 1, bob.tx)
