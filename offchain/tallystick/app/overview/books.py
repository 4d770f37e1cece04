"""This node's batches and an account's money, as a person asks for them."""

from dataclasses import dataclass

from tallystick.app.overview.earnings import Call
from tallystick.app.settlement.header import decode_header
from tallystick.domain.ids import Address, Hash
from tallystick.errors import NodeError
from tallystick.ports import Chain, StoredBatch


@dataclass(frozen=True, slots=True)
class BatchLine:
    """`total` is base units; `ends_at` is when its window ends, None where the chain was not asked or is silent."""

    header_hash: Hash
    batch_id: int | None
    state: str
    receipts: int
    total: int
    posted_at: int | None
    ends_at: int | None


@dataclass(frozen=True, slots=True)
class Purse:
    """Base units: in the wallet, deposited and free, and allotted to this node, which may redeem it."""

    account: Address
    held: int
    deposited: int
    allotted: int


def batch_line(stored: StoredBatch, chain: Chain | None) -> BatchLine:
    header = decode_header(stored.encoded_header)
    return BatchLine(
        header_hash=stored.header_hash,
        batch_id=stored.batch_id,
        state=stored.state,
        receipts=header.receipt_count,
        total=header.total,
        posted_at=stored.posted_at,
        ends_at=_ends_at(stored, chain),
    )


def _ends_at(stored: StoredBatch, chain: Chain | None) -> int | None:
    if chain is None or stored.batch_id is None or stored.state != "posted":
        return None
    try:
        return chain.batches.ends_at(chain.batches.batch(stored.batch_id))
    except NodeError:
        return None


def purse_of(chain: Chain, account: Address, operator: Address | None) -> Purse:
    allotted = chain.escrow.redeemable(account, operator) if operator else 0
    return Purse(account, chain.token.balance_of(account), chain.escrow.balance_of(account), allotted)


def money_calls(chain: Chain, account: Address, operator: Address, amount: int) -> tuple[Call, ...]:
    """Deposit and allot to an operator; an allowance only where the present one is too small."""
    token, escrow = chain.token, chain.escrow
    calls = [
        Call(escrow.address, escrow.calldata("deposit", amount), "Deposit"),
        Call(escrow.address, escrow.calldata("allot", operator, amount), "Allot to this node"),
    ]
    if token.allowance(account, escrow.address) < amount:
        calls.insert(
            0, Call(token.address, token.calldata("approve", escrow.address, amount), "Allow the escrow")
        )
    return tuple(calls)
