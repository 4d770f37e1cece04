"""OPEN is a plain ERC-20 with six decimals and a supply fixed at birth."""


def test_supply_when_deployed_is_the_parameter_with_six_decimals(system, parameters):
    assert system.token.totalSupply() == parameters.supply
    assert (system.token.name(), system.token.symbol(), system.token.decimals()) == ("Open", "OPEN", 6)


def test_transfer_when_held_moves_exactly(system, alice, bob):
    before = system.token.balanceOf(bob.address)

    system.token.transfer(bob.address, 5, alice.tx)

    assert system.token.balanceOf(bob.address) == before + 5


def test_transfer_when_short_reverts(system, alice, bob, reverts):
    with reverts("ERC20InsufficientBalance"):
        system.token.transfer(bob.address, 10**15, alice.tx)


def test_constructor_when_holder_is_zero_reverts(system, deployer, reverts):
    from brownie import OpenToken

    with reverts("OpenTokenZeroHolder"):
        OpenToken.deploy("0x" + "00" * 20, 1, {"from": deployer})
