"""Digests of domain records: terms, receipts, vouchers, heads, headers. Specification sections 3 to 6."""

from dataclasses import astuple, dataclass
from typing import cast

from tallystick.commitments import leaves, typed_data
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.signatures import recover
from tallystick.commitments.statements import Statement, typed
from tallystick.domain.batch import BatchHeader, Stamp
from tallystick.domain.ids import Address, AssetId, Hash, Pot, address
from tallystick.domain.usage import (
    PAYMENT_LANES,
    Line,
    Receipt,
    SignedReceipt,
    SignedVoucher,
    Terms,
    Transfer,
    Voucher,
)


@dataclass(frozen=True, slots=True)
class Domain:
    """What signatures are bound to: a chain and its escrow."""

    chain_id: int
    escrow: Address

    @property
    def separator(self) -> bytes:
        return typed_data.domain_separator(self.chain_id, self.escrow)


def terms_id(terms: Terms) -> Hash:
    prices = (terms.price_in, terms.price_out)
    return Hash(
        leaves.terms_id(
            terms.operator,
            terms.operator_asset,
            terms.model_id,
            terms.manifest_root,
            terms.index_root,
            prices,
            terms.pots,
        )
    )


def receipt_statement(domain: Domain, receipt: Receipt) -> Statement:
    """What the operator signs."""
    return typed_data.receipt_statement(
        domain.separator,
        receipt.terms_id,
        (receipt.consumer, receipt.operator),
        receipt.lane,
        (receipt.previous, receipt.cumulative),
        (receipt.tokens_in, receipt.tokens_out),
        (receipt.query_commit, receipt.output_commit, receipt.lines_hash),
        receipt.agent_id,
        receipt.served_at,
        receipt.previous_head,
    )


def receipt_digest(domain: Domain, receipt: Receipt) -> Hash:
    return Hash(receipt_statement(domain, receipt).digest)


def voucher_statement(domain: Domain, voucher: Voucher) -> Statement:
    """What the consumer or its session key signs."""
    parties = (voucher.consumer, voucher.operator)
    return typed_data.voucher_statement(
        domain.separator, parties, voucher.lane, voucher.limit, voucher.acknowledged, voucher.head
    )


def voucher_digest(domain: Domain, voucher: Voucher) -> Hash:
    return Hash(voucher_statement(domain, voucher).digest)


def head_after(receipt: Receipt, digest: bytes) -> Hash:
    return Hash(leaves.head(receipt.previous_head, digest))


def pack_lines(lines: tuple[Line, ...]) -> bytes:
    return b"".join(leaves.line(line.asset_id, line.pot, line.ppm, line.amount) for line in lines)


def unpack_lines(packed: bytes) -> tuple[Line, ...] | None:
    """What `pack_lines` packed, with whatever pot it says; None for bytes that are no whole lines."""
    if len(packed) % leaves.LINE_SIZE:
        return None
    parts = (packed[i : i + leaves.LINE_SIZE] for i in range(0, len(packed), leaves.LINE_SIZE))
    return tuple(
        Line(AssetId(p[:32]), cast(Pot, p[32]), int.from_bytes(p[33:37]), int.from_bytes(p[37:]))
        for p in parts
    )


def lines_hash(lines: tuple[Line, ...]) -> Hash:
    return Hash(leaves.lines_hash(pack_lines(lines)))


def voucher_hash(domain: Domain, signed: SignedVoucher | None) -> bytes:
    """What a receipt leaf commits to: zero where it carries no voucher."""
    if signed is None:
        return bytes(32)
    return leaves.voucher_hash(voucher_digest(domain, signed.voucher), signed.signature)


def receipt_leaf(
    domain: Domain, signed: SignedReceipt, head: Hash | None = None, digest: Hash | None = None
) -> bytes:
    """`head` stands in a false leaf; the true one follows from the receipt, and so does `digest` where none is given."""
    digest = receipt_digest(domain, signed.receipt) if digest is None else digest
    follows = head_after(signed.receipt, digest) if head is None else head
    return leaves.receipt(digest, follows, signed.signature, voucher_hash(domain, signed.voucher))


def voucher_signer(domain: Domain, signed: SignedVoucher) -> Address:
    return address(recover(voucher_digest(domain, signed.voucher), signed.signature))


def receipt_signer(domain: Domain, signed: SignedReceipt) -> Address:
    return address(recover(receipt_digest(domain, signed.receipt), signed.signature))


def header_hash(header: BatchHeader) -> Hash:
    """What the chain stores of a batch."""
    return Hash(
        leaves.header_hash(
            header.operator,
            header.poster,
            (header.receipts_root, header.credits_root),
            (header.total, header.burned, header.audit, header.insurance),
            (header.receipt_count, header.credit_count),
            header.data_digest,
            header.previous_header,
            header.parameter_version,
        )
    )


def case_id(registrar: Address, number: int) -> Hash:
    """Name of a conviction: of a batch by the AttributionRegistry, of a proposal by the RewardDistributor."""
    return Hash(leaves.case_id(registrar, number))


def report_commitment(reporter: Address, case: Hash, salt: bytes) -> Hash:
    """What `commitReport` takes; the salt makes it unguessable."""
    return Hash(leaves.report_commitment(reporter, case, salt))


def stamped_hash(header_hash: bytes, stamp: Stamp) -> Hash:
    """The one slot that the chain keeps of a batch."""
    return Hash(leaves.stamped_hash(header_hash, astuple(stamp)))


def payment_lane(nonce: bytes) -> int:
    """The lane of a payment by the nonce (32 bytes) of its signed transfer."""
    return PAYMENT_LANES.start | int.from_bytes(keccak256(nonce), "big") >> 204


_TRANSFER = keccak256(
    b"TransferWithAuthorization(address from,address to,uint256 value,"
    b"uint256 validAfter,uint256 validBefore,bytes32 nonce)"
)


def transfer_digest(separator: bytes, transfer: Transfer) -> Hash:
    """What a payer signs (ERC-3009); `separator` is the token's EIP-712 domain."""
    parties = b"".join(bytes(12) + bytes.fromhex(one[2:]) for one in (transfer.payer, transfer.to))
    numbers = (transfer.value, transfer.valid_after, transfer.valid_before)
    words = b"".join(number.to_bytes(32, "big") for number in numbers)
    return Hash(typed(separator, _TRANSFER + parties + words + transfer.nonce).digest)
