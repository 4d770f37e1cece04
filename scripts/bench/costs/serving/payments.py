"""Signed transfers that pay for one answer each, and session keys with caps."""

from collections.abc import Iterator
from dataclasses import astuple

from bench.costs.chain import Chain
from bench.costs.floor import FIRST, REPEAT, Case
from bench.costs.money import allot, word
from bench.costs.rows import Row, run
from tallystick.domain.digests import payment_lane, receipt_digest, transfer_digest, voucher_digest
from tallystick.domain.ids import AssetId, Hash, address
from tallystick.domain.usage import Receipt, Transfer, Voucher

ESCROW, PAID, FEE, FOREVER = "UsageEscrow", 1_234_567, 987_654, 2**40
NOBODY = AssetId(bytes(32))


def pay(chain: Chain, payer: str, operator: str) -> Iterator[Row]:
    """An operator's first payment, which makes its inbox, and one more; each is redeemed for less than it brought."""
    chain.fund(payer, 10 * PAID)
    for turn in (FIRST, REPEAT):
        nonce = bytes(word(f"payment {turn}"))
        yield _settle(chain, turn, payer, operator, nonce)
        receipt = _receipt(chain, payer, operator, payment_lane(nonce))
        signature = chain.sign(operator, receipt_digest(chain.domain, receipt))
        case = Case("redeem_payment", turn)
        yield run(chain, case, operator, ESCROW, "redeemPayment", astuple(receipt), signature)


def _settle(chain: Chain, turn: str, payer: str, operator: str, nonce: bytes) -> Row:
    who, of = (address(chain.account(one)) for one in (payer, operator))
    inbox = address(chain[ESCROW].inboxOf(of))
    separator = bytes(chain["OpenToken"].DOMAIN_SEPARATOR())
    digest = transfer_digest(separator, Transfer(who, inbox, PAID, 0, FOREVER, nonce))
    signature = chain.sign(payer, digest)
    order = (who, of, PAID, 0, FOREVER, nonce), signature[64], signature[:32], signature[32:64]
    return run(chain, Case("settle_payment", turn), operator, ESCROW, "settlePayment", *order)


def _receipt(chain: Chain, payer: str, operator: str, lane: int) -> Receipt:
    return Receipt(
        terms_id=word("terms"),
        consumer=address(chain.account(payer)),
        operator=address(chain.account(operator)),
        lane=lane,
        previous=0,
        cumulative=FEE,
        tokens_in=40,
        tokens_out=40,
        query_commit=word("query"),
        output_commit=word("output"),
        lines_hash=word("lines"),
        agent_id=NOBODY,
        served_at=1_800_000_000,
        previous_head=Hash(bytes(32)),
    )


def capped(chain: Chain, consumer: str, operator: str) -> Iterator[Row]:
    """A session key gets a cap, then a wider one; what it signs is redeemed on a fresh lane and again."""
    key = f"session key of {consumer}"
    allot(chain, consumer, operator)
    for turn, cap in ((FIRST, 10**9), (REPEAT, 2 * 10**9)):
        order = (chain.account(key), chain.account(operator), cap, 0)
        yield run(chain, Case("authorize_capped", turn), consumer, ESCROW, "authorizeCapped", *order)
    parties = (address(chain.account(consumer)), address(chain.account(operator)))
    for turn, level in ((FIRST, 123_456_789), (REPEAT, 223_456_789)):
        made = Voucher(*parties, 1, level, level, word(f"head of {consumer}"))
        signature = chain.sign(key, voucher_digest(chain.domain, made))
        call = (astuple(made), signature, level)
        yield run(chain, Case("redeem_capped", turn), operator, ESCROW, "redeem", *call)
