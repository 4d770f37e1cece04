"""Receipts and vouchers of bob's lane at nora's node, unsigned: the ledger checks no signature."""

from hashlib import sha256

from tallystick.domain.answers.opened import OutputRecord, PassageRef
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.usage import Receipt, SignedVoucher, Voucher
from tallystick.ports import Opening, StoredReceipt

BOB = Address("0x" + "b0" * 20)
NORA = Address("0x" + "a0" * 20)
OUTPUT = OutputRecord("the añswer", (7, 0, 2**31 - 1), (PassageRef(AssetId(b"\x0a" * 32), 3),), b"\x01\x02")
OPENING = Opening(b"s" * 32, '[{"content":"héllo"}]', OUTPUT, "{}")


def hash_of(*parts: object) -> Hash:
    return Hash(sha256(repr(parts).encode()).digest())


def make_receipt(
    previous: int = 0, cumulative: int = 100, *, lane: int = 0, variant: str = ""
) -> StoredReceipt:
    receipt = Receipt(
        terms_id=hash_of("terms"),
        consumer=BOB,
        operator=NORA,
        lane=lane,
        previous=previous,
        cumulative=cumulative,
        tokens_in=10,
        tokens_out=20,
        query_commit=hash_of("query", variant),
        output_commit=hash_of("output"),
        lines_hash=hash_of("lines"),
        agent_id=AssetId(bytes(32)),
        served_at=1_700_000_000,
        previous_head=hash_of("head", lane, previous) if previous else Hash(bytes(32)),
    )
    digest = hash_of(lane, previous, cumulative, variant)
    return StoredReceipt(digest, hash_of("head", lane, cumulative), receipt, b"encoded" + digest)


def make_voucher(
    acknowledged: int = 100, limit: int = 500, *, lane: int = 0, head: Hash | None = None
) -> SignedVoucher:
    point = Hash(bytes(32)) if acknowledged == 0 else hash_of("head", lane, acknowledged)
    voucher = Voucher(BOB, NORA, lane, limit, acknowledged, head or point)
    return SignedVoucher(voucher, bytes(64) + bytes([27]))
