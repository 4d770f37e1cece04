"""Receipts on payments' lanes: honest ones are believed without a voucher, and only what was redeemed is honest."""

from dataclasses import astuple, replace
from typing import Any

import pytest
from brownie import web3
from eth_abi import encode

from contracts.fraud.conftest import answer
from contracts.settlement import Draft, Signing
from tallystick.commitments.keccak import keccak256
from tallystick.domain.batch import BatchHeader
from tallystick.domain.digests import receipt_digest
from tallystick.domain.usage import SignedReceipt

TRANSFER = keccak256(
    b"TransferWithAuthorization(address from,address to,uint256 value,"
    b"uint256 validAfter,uint256 validBefore,bytes32 nonce)"
)
TYPES = ("bytes32", "address", "address", "uint256", "uint256", "uint256", "bytes32")
VALUE, NONCE = 10**6, b"\x07" * 32


def pay(system: Any, payer: Any, operator: Any, nonce: bytes = NONCE) -> int:
    """Settles a payment of VALUE; its lane."""
    until = int(web3.eth.get_block("pending")["timestamp"]) + 600
    terms = (payer.address, system.escrow.inboxOf(operator.address), VALUE, 0, until, nonce)
    domain = bytes(system.token.DOMAIN_SEPARATOR())
    signature = payer.sign(keccak256(b"\x19\x01" + domain + keccak256(encode(TYPES, (TRANSFER, *terms)))))
    transfer = (payer.address, operator.address, VALUE, 0, until, nonce)
    parts = (signature[64], signature[:32], signature[32:64])
    system.escrow.settlePayment(transfer, *parts, payer.tx)
    return int(system.escrow.laneOf(nonce))


def paid(signing: Signing, terms: Any, lane: int, tokens: int = 21) -> SignedReceipt:
    """Nora's receipt of a payment's lane, without a voucher."""
    return replace(answer(signing, terms, None, lane, tokens), voucher=None)


def redeem(system: Any, signed: SignedReceipt, who: Any) -> None:
    system.escrow.redeemPayment(astuple(signed.receipt), signed.signature, who.tx)


@pytest.fixture
def lane(system: Any, bob: Any, nora: Any, draft: Draft) -> int:
    return pay(system, bob, nora)


@pytest.fixture
def honest(system: Any, signing: Signing, terms: Any, draft: Draft, nora: Any, lane: int) -> Draft:
    """The three answers by voucher, then one by payment."""
    signed = paid(signing, terms, lane)
    redeem(system, signed, nora)
    return Draft.of(draft.domain, [*draft.receipts, signed])


def test_batch_when_a_payment_was_redeemed_for_its_receipt_is_not_convicted(honest, accuse):
    header = honest.header()

    accuse("falsePayment", header, honest.opening(3), honest=True)
    for proof in ("voucherMissing", "beyondRedeemed"):
        more = (honest.opening(3),) * (2 if proof == "voucherMissing" else 1)
        accuse(proof, header, *more, honest=True, batch=1)


def test_false_payment_when_the_lane_is_a_vouchers_is_not_proven(honest, accuse):
    accuse("falsePayment", honest.header(), honest.opening(1), honest=True)


def test_false_payment_when_nothing_was_redeemed_convicts(draft, signing, terms, lane, accuse):
    false = Draft.of(draft.domain, [*draft.receipts, paid(signing, terms, lane)])

    accuse("falsePayment", false.header(), false.opening(3))


def test_false_payment_when_there_is_no_payment_convicts(draft, signing, terms, accuse):
    false = Draft.of(draft.domain, [*draft.receipts, paid(signing, terms, 2**52 + 1)])

    accuse("falsePayment", false.header(), false.opening(3))


def test_false_payment_when_another_receipt_was_redeemed_convicts(
    system, draft, signing, terms, nora, lane, accuse
):
    redeem(system, paid(signing, terms, lane), nora)
    other = paid(signing, terms, lane, tokens=22)
    false = Draft.of(draft.domain, [*draft.receipts, other])

    accuse("falsePayment", false.header(), false.opening(3))


def test_false_payment_when_the_leaf_carries_a_voucher_too_convicts(honest, signing, accuse):
    receipt = honest.receipts[3].receipt
    honest.receipts[3] = signing.sign(receipt, honest.receipts[3].lines)
    false = Draft.of(honest.domain, honest.receipts)
    assert receipt_digest(false.domain, false.receipts[3].receipt) == receipt_digest(honest.domain, receipt)

    accuse("falsePayment", false.header(), false.opening(3))


def replaced(system: Any, ledger: Any, convicted: int, header: BatchHeader, by: Any) -> int:
    return int(
        ledger.note(header, system.attribution.replaceBatch(astuple(header), ledger.named(convicted), by.tx))
    )


def test_replacement_when_another_than_the_lanes_operator_posts_it_is_judged_by_the_lanes_operator(
    system, honest, signing, submit, ledger, nora, petra, vera, reverts
):
    """What a payment was redeemed for is asked of the header's operator, never of the poster."""
    good = honest.values[0]
    honest.values[0] = good + 1
    batch = submit(honest.header())
    system.referee.leafValue(ledger.named(batch), honest.opening(0), good + 1, vera.tx)
    ledger.named(batch, status="convicted")
    again = Draft.of(honest.domain, [honest.receipts[3]])
    system.stake.deposit(10**9, petra.tx)

    second = replaced(system, ledger, batch, again.header(poster=petra.address), petra)

    with reverts("ReceiptRefereeNotProven"):
        system.receipt_referee.falsePayment(ledger.named(second), again.opening(0), vera.tx)
    assert system.attribution.isBatch(ledger.named(second))
