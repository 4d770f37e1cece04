"""Money comes in for the caller, for another, by permit; a pause stops this and nothing else."""

import pytest
from brownie import chain
from eth_abi import encode
from eth_utils import keccak

PERMIT = keccak(text="Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")


def test_deposit_when_allowed_is_the_callers_balance(system, bob):
    system.escrow.deposit(70, bob.tx)

    assert system.escrow.balanceOf(bob.address) == 70


def test_deposit_for_when_allowed_is_the_others_balance(system, alice, bob):
    system.escrow.depositFor(bob.address, 70, alice.tx)

    assert (system.escrow.balanceOf(bob.address), system.escrow.balanceOf(alice.address)) == (70, 0)


def permit(system, owner, amount: int, until: int) -> tuple[int, bytes, bytes]:
    values = [PERMIT, owner.address, system.escrow.address, amount, 0, until]
    struct = keccak(encode(["bytes32", "address", "address", "uint256", "uint256", "uint256"], values))
    signature = owner.sign(keccak(b"\x19\x01" + bytes(system.token.DOMAIN_SEPARATOR()) + struct))
    return signature[64], signature[:32], signature[32:64]


@pytest.mark.parametrize("front_run", [False, True])
def test_deposit_with_permit_when_signed_needs_no_allowance(system, bob, mallory, front_run):
    system.token.approve(system.escrow.address, 0, bob.tx)
    until = chain.time() + 600
    signature = permit(system, bob, 70, until)
    if front_run:
        system.token.permit(bob.address, system.escrow.address, 70, until, *signature, mallory.tx)

    system.escrow.depositWithPermit(70, until, *signature, bob.tx)

    assert system.escrow.balanceOf(bob.address) == 70


def test_deposit_with_permit_when_of_another_reverts(system, bob, alice, reverts):
    system.token.approve(system.escrow.address, 0, bob.tx)
    until = chain.time() + 600

    with reverts("ERC20InsufficientAllowance"):
        system.escrow.depositWithPermit(70, until, *permit(system, alice, 70, until), bob.tx)


def test_deposit_when_zero_reverts(system, bob, reverts):
    with reverts("UsageEscrowZeroAmount"):
        system.escrow.deposit(0, bob.tx)


def test_deposit_when_paused_reverts_but_withdraw_works(system, deployer, bob, reverts):
    system.escrow.deposit(70, bob.tx)
    system.escrow.setDepositsPaused(True, {"from": deployer})

    with reverts("UsageEscrowDepositsPaused"):
        system.escrow.deposit(70, bob.tx)
    system.escrow.withdraw(70, bob.tx)
    system.escrow.setDepositsPaused(False, {"from": deployer})
    system.escrow.deposit(70, bob.tx)


def test_deposit_when_above_the_launch_cap_reverts(system, parameters, deployer, bob, reverts):
    lower = (2, *parameters.first_set()[1:-1], 100)
    system.parameters.set(lower, {"from": deployer})
    system.escrow.deposit(60, bob.tx)

    with reverts("UsageEscrowAboveCap"):
        system.escrow.deposit(41, bob.tx)
    system.escrow.deposit(40, bob.tx)
