"""One payment buys one answer: refusals take nothing, failures give all back, retries bill nothing."""

from dataclasses import replace

import pytest

from support.chain_stage import ALICE, BOB, NORA
from support.payments.paid_shop import PaidShop, question
from tallystick.app.payments import payment as refusals
from tallystick.app.results import Answered
from tallystick.errors import Conflict
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.sending.sender import Sender

pytestmark = pytest.mark.integration
HALF = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def bought(shop: PaidShop, payment: refusals.Payment) -> Answered:
    last = [*shop.desk.answer(question(), payment)][-1]
    assert isinstance(last, Answered)
    return last


def malleated(signature: bytes) -> bytes:
    other = HALF - int.from_bytes(signature[32:64], "big")
    return signature[:32] + other.to_bytes(32, "big") + bytes([55 - signature[64]])


def test_payment_when_it_is_wrong_is_refused_by_its_fault_and_takes_nothing(shop: PaidShop) -> None:
    fee, before, now = shop.desk.max_fee(question()), shop.money(), shop.nora.now()
    good = shop.payment(fee)
    wrong = [
        (refusals.WrongNetwork, replace(good, network="eip155:1")),
        (refusals.WrongToken, replace(good, asset=shop.nora.escrow.address)),
        (refusals.WrongRecipient, shop.payment(fee, to=NORA.address)),
        (refusals.BadSignature, shop.payment(fee, signer=ALICE)),
        (refusals.BadSignature, replace(good, signature=malleated(good.signature))),
        (refusals.BadSignature, replace(good, transfer=replace(good.transfer, value=fee + 1))),
        (refusals.Underpaid, shop.payment(fee - 1)),
        (refusals.Expired, shop.payment(fee, valid_before=now - 1)),
        (refusals.Expired, shop.payment(fee, valid_before=now + 10)),
        (refusals.NotYetValid, shop.payment(fee, valid_after=now + 300)),
        (refusals.TooPoor, shop.payment(before + 1)),
    ]
    for refusal, payment in wrong:
        with pytest.raises(refusal):
            [*shop.desk.answer(question(), payment)]
    assert shop.money() == before and shop.ledger.payments.unfinished(NORA.address) == ()


def test_answer_when_paid_is_redeemed_once_and_the_rest_is_the_payers(shop: PaidShop) -> None:
    before, unsettled = shop.money(), shop.nora.escrow.unsettled_of(NORA.address)
    payment = shop.payment(shop.desk.max_fee(question()))

    answered = bought(shop, payment)
    shop.redeemed(payment)
    shop.reopen()

    fee = answered.signed.receipt.cumulative
    assert 0 < fee < payment.transfer.value and shop.status(payment) == "redeemed"
    assert shop.money() == before - fee
    assert shop.nora.escrow.unsettled_of(NORA.address) == unsettled + fee
    again = bought(shop, payment)  # also after the restart
    assert again.signed == answered.signed and shop.parrot.spoken == len(answered.output.tokens)
    assert shop.money() == before - fee
    with pytest.raises(Conflict):
        [*shop.desk.answer(question("Another?"), payment)]


def test_answer_when_its_model_dies_is_not_billed_and_the_payment_is_back_at_once(shop: PaidShop) -> None:
    before, payment = shop.money(), shop.payment(shop.desk.max_fee(question()))
    shop.parrot.dies_after = 0

    with pytest.raises(RuntimeError):
        [*shop.desk.answer(question(), payment)]

    assert shop.money() == before and shop.status(payment) == "closed"
    shop.parrot.dies_after = 99
    with pytest.raises(refusals.AlreadyUsed):
        bought(shop, payment)


@pytest.mark.parametrize("how", ["at OPEN", "at the escrow"])
def test_payment_when_somebody_else_submits_it_first_buys_its_answer_all_the_same(
    shop: PaidShop, how: str
) -> None:
    payment = shop.payment(shop.desk.max_fee(question()))
    alice = shop.stage.alice
    if how == "at OPEN":
        token = Contract(alice.rpc, "OpenToken", alice.token.address)
        t, s = payment.transfer, payment.signature
        parts = (t.payer, t.to, t.value, t.valid_after, t.valid_before, t.nonce, s[64], s[:32], s[32:64])
        Sender(alice.rpc, ALICE, shop.ledger.outbox).send(token, "transferWithAuthorization", *parts)
    else:
        done = alice.payments.settle(NORA.address, payment.transfer, payment.signature)

    assert bought(shop, payment).signed.receipt.consumer == BOB.address

    assert shop.desk.settled_by(payment) is not None
    if how == "at the escrow":
        assert shop.desk.settled_by(payment) == done.tx_hash


def test_payment_when_another_transfer_took_its_nonce_is_refused(shop: PaidShop) -> None:
    small = shop.payment(1)
    shop.stage.alice.payments.settle(NORA.address, small.transfer, small.signature)
    large = shop.payment(shop.desk.max_fee(question()), nonce=small.transfer.nonce)

    with pytest.raises(refusals.AlreadyUsed):
        bought(shop, large)


def test_payment_when_a_crash_came_after_it_was_settled_still_buys_its_answer_once(shop: PaidShop) -> None:
    before, payment = shop.money(), shop.payment(shop.desk.max_fee(question()))
    shop.desk.settle(payment, payment.transfer.value)
    shop.reopen()

    answered = bought(shop, payment)

    shop.redeemed(payment)
    assert shop.money() == before - answered.signed.receipt.cumulative


def test_payment_when_its_answer_was_not_redeemed_before_a_crash_is_redeemed_at_the_next_start(
    shop: PaidShop,
) -> None:
    payment = shop.payment(shop.desk.max_fee(question()))
    shop.desk.close()
    bought(shop, payment)
    assert shop.status(payment) == "open"

    shop.reopen()

    shop.redeemed(payment)
    assert shop.status(payment) == "redeemed"
