"""Receipts and vouchers: their EIP-712 digests, and who signed them, true signatures and damaged ones."""

import random
from collections.abc import Iterator
from dataclasses import astuple

from prove.cases.calls import Call, account, blob, flipped, number, selector, word, words
from tallystick.commitments.signatures import recover, sign
from tallystick.domain.digests import Domain, receipt_digest, voucher_digest
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.usage import Receipt, Voucher
from tallystick.errors import InvalidInput

_RECEIPT = "(bytes32,address,address,uint64,uint128,uint128,uint32,uint32,bytes32,bytes32,bytes32,bytes32,uint64,bytes32)"
_VOUCHER = "(address,address,uint64,uint128,uint128,bytes32)"
RECEIPT_DIGEST = selector(f"receiptDigest({_RECEIPT})")
VOUCHER_DIGEST = selector(f"voucherDigest({_VOUCHER})")
RECEIPT_SIGNER = selector(f"receiptSigner({_RECEIPT},bytes)")
VOUCHER_SIGNER = selector(f"voucherSigner({_VOUCHER},bytes)")
Message = Receipt | Voucher
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def digests(draw: random.Random, domain: Domain) -> Iterator[Call]:
    """Without end."""
    while True:
        for message in (_receipt(draw), _voucher(draw)):
            yield Call(_head(message, RECEIPT_DIGEST, VOUCHER_DIGEST), _digest(domain, message))


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
