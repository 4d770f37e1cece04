"""A signed transfer is credited once, to the operator it was signed for, whoever brings it to the chain."""

from dataclasses import replace

import pytest
from brownie import chain
from eth_abi import encode
from eth_utils import keccak

from contracts.unit.Payments.conftest import NONCE, VALUE, pending_time

CLOSED = 1
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
PAYMENT_LANES = range(2**52, 2**53)


def state(system, bob, nora, lane) -> int:
    return int(system.escrow.paymentOf(bob.address, nora.address, lane))


def value_of(word) -> int:
    """Of an open payment."""
    assert 1 < word < 2**160
    return word % 2**96


def test_settle_payment_when_signed_is_credited_and_thaws_from_then(
    system, parameters, bob, nora, vera, transfer, lane
):
    before = system.token.balanceOf(bob.address)

    made = system.escrow.settlePayment(*transfer().arguments, vera.tx)

    assert lane in PAYMENT_LANES
    assert state(system, bob, nora, lane) == (made.timestamp + parameters.thaw_period) << 96 | VALUE
    assert system.token.balanceOf(bob.address) == before - VALUE
    assert system.token.balanceOf(system.escrow.address) == system.escrow.totalBooked() == VALUE
    assert made.events["PaymentCredited"]["lane"] == lane
    assert system.escrow.unsettledOf(nora.address) == 0


def test_settle_payment_when_a_stranger_submitted_the_transfer_first_is_credited_all_the_same(
    system, bob, nora, mallory, vera, transfer, lane
):
    made = transfer()
    system.token.transferWithAuthorization(*made.direct(system.escrow.inboxOf(nora.address)), mallory.tx)

    system.escrow.settlePayment(*made.arguments, vera.tx)

    assert value_of(state(system, bob, nora, lane)) == VALUE


def test_credit_payment_when_executed_long_ago_needs_no_signature(
    system, bob, nora, mallory, vera, transfer, lane
):
    made = transfer()
    system.token.transferWithAuthorization(*made.direct(system.escrow.inboxOf(nora.address)), mallory.tx)
    chain.sleep(86_400)

    system.escrow.creditPayment(*made.credit, vera.tx)

    assert value_of(state(system, bob, nora, lane)) == VALUE


def test_settle_payment_when_repeated_reverts(system, vera, transfer, settled, reverts):
    for call, arguments in (("settlePayment", settled.arguments), ("creditPayment", settled.credit)):
        with reverts("PaymentsLaneTaken"):
            getattr(system.escrow, call)(*arguments, vera.tx)


def test_settle_payment_when_a_second_one_comes_finds_the_inbox_there(
    system, bob, nora, vera, transfer, settled
):
    other = transfer(nonce=b"\x08" * 32, value=5)

    made = system.escrow.settlePayment(*other.arguments, vera.tx)

    assert value_of(state(system, bob, nora, made.events["PaymentCredited"]["lane"])) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"value": VALUE + 1},
        {"nonce": b"\x09" * 32},
        {"valid_before": 2**40},
        {"operator": "0x" + "77" * 20},
        {"payer": "0x" + "66" * 20},
    ],
)
def test_settle_payment_when_changed_after_signing_reverts(system, vera, transfer, reverts, change):
    with reverts("PaymentsNotExecuted"):
        system.escrow.settlePayment(*replace(transfer(), **change).arguments, vera.tx)


def test_settle_payment_when_not_yet_valid_expired_or_malleated_reverts(system, vera, transfer, reverts):
    signed = transfer()
    r, s, v = signed.signature[:32], int.from_bytes(signed.signature[32:64], "big"), signed.signature[64]
    twin = replace(signed, signature=r + (ORDER - s).to_bytes(32, "big") + bytes([55 - v]))
    late = transfer(valid_before=pending_time() - 1)
    early = transfer(valid_after=pending_time() + 500)

    for bad in (twin, late, early):
        with reverts("PaymentsNotExecuted"):
            system.escrow.settlePayment(*bad.arguments, vera.tx)


def test_settle_payment_when_cancelled_reverts(system, bob, vera, transfer, reverts):
    kind = keccak(text="CancelAuthorization(address authorizer,bytes32 nonce)")
    struct = keccak(encode(["bytes32", "address", "bytes32"], [kind, bob.address, NONCE]))
    signature = bob.sign(keccak(b"\x19\x01" + bytes(system.token.DOMAIN_SEPARATOR()) + struct))
    system.token.cancelAuthorization(
        bob.address, NONCE, signature[64], signature[:32], signature[32:64], vera.tx
    )

    with reverts("PaymentsNotExecuted"):
        system.escrow.settlePayment(*transfer().arguments, vera.tx)


def test_credit_payment_when_the_nonce_paid_somebody_else_reverts(
    system, bob, nora, carl, mallory, vera, transfer, reverts
):
    """Two transfers signed with one nonce: only the executed one is worth anything, though the inbox holds OPEN."""
    inbox = system.escrow.inboxOf(nora.address)
    system.token.transfer(inbox, VALUE, carl.tx)
    elsewhere = transfer(to=mallory.address)
    system.token.transferWithAuthorization(*elsewhere.direct(mallory.address), vera.tx)
    small = transfer(nonce=b"\x08" * 32, value=1)
    system.token.transferWithAuthorization(*small.direct(inbox), vera.tx)

    with reverts("PaymentsNotExecuted"):
        system.escrow.settlePayment(*transfer().arguments, vera.tx)
    with reverts("PaymentsNotExecuted"):
        system.escrow.creditPayment(bob.address, nora.address, VALUE, small.nonce, vera.tx)


def test_credit_payment_when_for_another_operator_than_signed_reverts(
    system, bob, carl, vera, transfer, reverts
):
    made = transfer()
    system.token.transferWithAuthorization(*made.direct(system.escrow.inboxOf(made.operator)), vera.tx)

    with reverts("PaymentsNotExecuted"):
        system.escrow.creditPayment(bob.address, carl.address, VALUE, NONCE, vera.tx)


def test_credit_payment_when_of_nothing_or_for_nobody_reverts(system, bob, nora, vera, transfer, reverts):
    made = transfer(value=0)
    system.token.transferWithAuthorization(*made.direct(system.escrow.inboxOf(nora.address)), vera.tx)

    for operator in (nora.address, "0x" + "00" * 20):
        with reverts("UsageEscrowZeroParameter"):
            system.escrow.creditPayment(bob.address, operator, 0, NONCE, vera.tx)


@pytest.mark.parametrize("why", ["paused", "cap"])
def test_settle_payment_when_deposits_are_stopped_gives_it_back_at_once(
    system, parameters, deployer, bob, nora, vera, transfer, lane, reverts, why
):
    if why == "paused":
        system.escrow.setDepositsPaused(True, {"from": deployer})
    else:
        system.parameters.set((2, *parameters.first_set()[1:-1], VALUE - 1), {"from": deployer})
    before, booked = system.token.balanceOf(bob.address), system.escrow.totalBooked()

    made = system.escrow.settlePayment(*transfer().arguments, vera.tx)

    assert made.events["PaymentReturned"]["amount"] == VALUE
    assert state(system, bob, nora, lane) == CLOSED
    assert (system.token.balanceOf(bob.address), system.escrow.totalBooked()) == (before, booked)
    with reverts("PaymentsLaneTaken"):
        system.escrow.creditPayment(bob.address, nora.address, VALUE, NONCE, vera.tx)


def test_inbox_when_it_holds_open_gives_it_to_nobody_else(system, nora, mallory, vera, settled, reverts):
    inbox = system.escrow.inboxOf(nora.address)
    system.token.transfer(inbox, 5, vera.tx)

    with reverts("ERC20InsufficientAllowance"):
        system.token.transferFrom(inbox, mallory.address, 5, mallory.tx)
    assert system.token.allowance(inbox, system.escrow.address) == 2**256 - 1
