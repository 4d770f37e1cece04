"""A payment pays for one signed receipt of its lane; what is left of it, or all of it, goes back to the payer."""

import pytest
from brownie import chain

from contracts.unit.Payments.conftest import VALUE
from contracts.unit.Payments.test_settlePayment import CLOSED, state


def test_redeem_payment_when_signed_pays_the_fee_and_gives_the_rest_back(
    system, bob, nora, vera, settled, lane, receipt_of
):
    receipt, signature = receipt_of(300)
    before = system.token.balanceOf(bob.address)

    system.escrow.redeemPayment(receipt, signature, vera.tx)

    digest = bytes(system.escrow.receiptDigest(receipt))
    assert system.escrow.unsettledOf(nora.address) == 300
    assert system.token.balanceOf(bob.address) == before + VALUE - 300
    assert state(system, bob, nora, lane) == int.from_bytes(digest, "big") | 2**255


def test_redeem_payment_when_all_of_it_gives_nothing_back(system, bob, nora, vera, settled, receipt_of):
    made = system.escrow.redeemPayment(*receipt_of(VALUE), vera.tx)

    assert "PaymentReturned" not in made.events
    assert system.escrow.unsettledOf(nora.address) == VALUE


def test_redeem_payment_when_repeated_or_another_receipt_reverts(
    system, nora, vera, settled, receipt_of, reverts
):
    system.escrow.redeemPayment(*receipt_of(300), vera.tx)

    for again in (receipt_of(300), receipt_of(301)):
        with reverts("PaymentsNotOpen"):
            system.escrow.redeemPayment(*again, vera.tx)
    assert system.escrow.unsettledOf(nora.address) == 300


def test_redeem_payment_when_more_than_its_value_or_nothing_reverts(
    system, vera, settled, receipt_of, reverts
):
    for amount in (VALUE + 1, 0):
        with reverts("PaymentsBadReceipt"):
            system.escrow.redeemPayment(*receipt_of(amount), vera.tx)


@pytest.mark.parametrize("change", [{"previous": 1}, {"head": b"\x01" * 32}])
def test_redeem_payment_when_the_receipt_begins_elsewhere_reverts(
    system, vera, settled, receipt_of, reverts, change
):
    with reverts("PaymentsBadReceipt"):
        system.escrow.redeemPayment(*receipt_of(10, **change), vera.tx)


@pytest.mark.parametrize("who", ["bob", "mallory"])
def test_redeem_payment_when_not_the_operators_receipt_reverts(
    system, people, vera, settled, receipt_of, reverts, who
):
    with reverts("PaymentsNotSigned"):
        system.escrow.redeemPayment(*receipt_of(10, by=people[who]), vera.tx)


def test_redeem_payment_when_there_is_none_reverts(system, carl, vera, settled, receipt_of, lane, reverts):
    """Another's receipt over the same lane number, another lane, and an ordinary lane."""
    for change in ({"consumer": carl.address}, {"lane": lane ^ 1}, {"lane": 1}):
        with reverts("PaymentsNotOpen"):
            system.escrow.redeemPayment(*receipt_of(10, **change), vera.tx)


def test_return_payment_when_thawed_gives_it_back_at_anyones_call(
    system, parameters, bob, nora, vera, settled, lane, receipt_of, reverts
):
    before = system.token.balanceOf(bob.address)
    chain.sleep(parameters.thaw_period)

    system.escrow.returnPayment(bob.address, nora.address, lane, vera.tx)

    assert system.token.balanceOf(bob.address) == before + VALUE
    assert state(system, bob, nora, lane) == CLOSED
    with reverts("PaymentsNotOpen"):
        system.escrow.redeemPayment(*receipt_of(10), nora.tx)
    with reverts("PaymentsNotOpen"):
        system.escrow.returnPayment(bob.address, nora.address, lane, vera.tx)


def test_return_payment_when_early_is_the_operators_alone(
    system, parameters, bob, nora, vera, settled, lane, reverts
):
    chain.sleep(parameters.thaw_period - 60)
    for person in (bob, vera):
        with reverts("PaymentsThawing"):
            system.escrow.returnPayment(bob.address, nora.address, lane, person.tx)

    system.escrow.returnPayment(bob.address, nora.address, lane, nora.tx)

    assert state(system, bob, nora, lane) == CLOSED


def test_redeem_payment_when_thawed_but_not_taken_back_works(system, parameters, nora, settled, receipt_of):
    chain.sleep(parameters.thaw_period + 60)

    system.escrow.redeemPayment(*receipt_of(10), nora.tx)

    assert system.escrow.unsettledOf(nora.address) == 10


def test_redeem_when_a_voucher_names_a_payments_lane_reverts(system, bob, nora, settled, lane, reverts):
    system.escrow.deposit(5_000, bob.tx)
    system.escrow.allot(nora.address, 3_000, bob.tx)
    voucher = (bob.address, nora.address, lane, 10, 0, bytes(32))

    with reverts("UsageEscrowPaymentLane"):
        system.escrow.redeem(voucher, bob.sign(bytes(system.escrow.voucherDigest(voucher))), 10, nora.tx)
