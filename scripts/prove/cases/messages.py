"""Receipts, vouchers, feedback and wallets: their EIP-712 digests, and who signed them, truly or not; payments' lanes."""

import random
from collections.abc import Iterator
from dataclasses import astuple

from prove.cases.calls import Call, account, blob, flipped, number, selector, word, words
from tallystick.commitments import typed_data
from tallystick.commitments.signatures import recover, sign
from tallystick.domain.digests import Domain, payment_lane, receipt_digest, voucher_digest
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.usage import Receipt, Voucher
from tallystick.errors import InvalidInput

_RECEIPT = "(bytes32,address,address,uint64,uint128,uint128,uint32,uint32,bytes32,bytes32,bytes32,bytes32,uint64,bytes32)"
_VOUCHER = "(address,address,uint64,uint128,uint128,bytes32)"
RECEIPT_DIGEST = selector(f"receiptDigest({_RECEIPT})")
VOUCHER_DIGEST = selector(f"voucherDigest({_VOUCHER})")
LANE_OF = selector("laneOf(bytes32)")
FEEDBACK_DIGEST = selector("feedbackDigest((bytes32,bytes32,uint8,bytes32,bytes32))")
WALLET_DIGEST = selector("walletDigest(bytes32,address,address,uint64)")
RECEIPT_SIGNER = selector(f"receiptSigner({_RECEIPT},bytes)")
VOUCHER_SIGNER = selector(f"voucherSigner({_VOUCHER},bytes)")
Message = Receipt | Voucher
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def digests(draw: random.Random, domain: Domain) -> Iterator[Call]:
    """Without end."""
    while True:
        for message in (_receipt(draw), _voucher(draw)):
            yield Call(_head(message, RECEIPT_DIGEST, VOUCHER_DIGEST), _digest(domain, message))
        nonce = draw.randbytes(32)
        yield Call(LANE_OF + nonce, word(payment_lane(nonce)))


def feedback(draw: random.Random, domain: Domain) -> Iterator[Call]:
    """Without end. A score is a byte: what does not fit one is refused."""
    while True:
        agent, receipt, evidence = (draw.randbytes(32) for _ in range(3))
        score, tag = number(draw, 8), draw.choice((bytes(32), draw.randbytes(32)))
        digest = typed_data.agent_feedback_statement(
            domain.separator, agent, receipt, score, tag, evidence
        ).digest
        wide = draw.random() < 0.2
        shown = words(agent, receipt, score + 256 if wide else score, tag, evidence)
        yield Call(FEEDBACK_DIGEST + shown, None if wide else digest)


def wallets(draw: random.Random, domain: Domain) -> Iterator[Call]:
    """Without end. A deadline has 64 bits: what does not fit them is refused."""
    while True:
        agent, owner, wallet, until = draw.randbytes(32), account(draw), account(draw), number(draw, 64)
        digest = typed_data.agent_wallet_statement(domain.separator, agent, owner, wallet, until).digest
        wide = draw.random() < 0.2
        shown = words(agent, owner, wallet, until + 2**64 if wide else until)
        yield Call(WALLET_DIGEST + shown, None if wide else digest)


def signatures(draw: random.Random, domain: Domain) -> Iterator[Call]:
    """Without end."""
    while True:
        for message in (_receipt(draw), _voucher(draw)):
            digest = _digest(domain, message)
            signature = _damaged(draw, sign(digest, draw.randbytes(32)))
            head = _head(message, RECEIPT_SIGNER, VOUCHER_SIGNER)
            yield Call(head + word(len(head) - 4 + 32) + blob(signature), _signer(digest, signature))


def _digest(domain: Domain, message: Message) -> Hash:
    return (
        receipt_digest(domain, message) if isinstance(message, Receipt) else voucher_digest(domain, message)
    )


def _signer(digest: bytes, signature: bytes) -> bytes | None:
    try:
        return word(recover(digest, signature))
    except InvalidInput:
        return None


def _head(message: Message, receipt: bytes, voucher: bytes) -> bytes:
    return (receipt if isinstance(message, Receipt) else voucher) + words(*astuple(message))


def _damaged(draw: random.Random, signature: bytes) -> bytes:
    match draw.randrange(6):
        case 0:
            return flipped(draw, signature)
        case 1:
            return signature[:64] + bytes([draw.choice((0, 1, 26, 29))])
        case 2:
            mirrored = ORDER - int.from_bytes(signature[32:64], "big")
            return signature[:32] + word(mirrored) + bytes([55 - signature[64]])
        case 3:
            return signature[: draw.randrange(70)] if draw.random() < 0.5 else signature + b"\0"
    return signature


def _receipt(draw: random.Random) -> Receipt:
    return Receipt(
        terms_id=Hash(draw.randbytes(32)),
        consumer=Address(account(draw)),
        operator=Address(account(draw)),
        lane=number(draw, 64),
        previous=number(draw, 128),
        cumulative=number(draw, 128),
        tokens_in=number(draw, 32),
        tokens_out=number(draw, 32),
        query_commit=Hash(draw.randbytes(32)),
        output_commit=Hash(draw.randbytes(32)),
        lines_hash=Hash(draw.randbytes(32)),
        agent_id=AssetId(draw.choice((bytes(32), draw.randbytes(32)))),
        served_at=number(draw, 64),
        previous_head=Hash(draw.choice((bytes(32), draw.randbytes(32)))),
    )


def _voucher(draw: random.Random) -> Voucher:
    return Voucher(
        consumer=Address(account(draw)),
        operator=Address(account(draw)),
        lane=number(draw, 64),
        limit=number(draw, 128),
        acknowledged=number(draw, 128),
        head=Hash(draw.choice((bytes(32), draw.randbytes(32)))),
    )
