"""This node's batches and an account's money, as a person asks for them."""

from contextlib import suppress
from dataclasses import dataclass

from tallystick.app import staking
from tallystick.app.overview.earnings import Call
from tallystick.app.paying import session_keys
from tallystick.app.settlement.header import decode_header
from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import Voucher
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
class VoucherLine:
    """A lane's latest voucher, base units: the operator may redeem `limit`, of which receipts make up `acknowledged`.

    `redeemed` is what it has by now, None where the chain was not asked or is silent.
    """

    consumer: Address
    operator: Address
    lane: int
    limit: int
    acknowledged: int
    redeemed: int | None

    @property
    def waiting(self) -> int | None:
        """What was acknowledged and is not redeemed yet."""
        return None if self.redeemed is None else max(self.acknowledged - self.redeemed, 0)


def voucher_line(voucher: Voucher, chain: Chain | None) -> VoucherLine:
    redeemed = None
    if chain is not None:
        with suppress(NodeError):
            redeemed = chain.escrow.redeemed(voucher.consumer, voucher.operator, voucher.lane)
    return VoucherLine(
        consumer=voucher.consumer,
        operator=voucher.operator,
        lane=voucher.lane,
        limit=voucher.limit,
        acknowledged=voucher.acknowledged,
        redeemed=redeemed,
    )


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


def money_calls(chain: Chain, account: Address, operator: Address, amount: int) -> tuple[Call, ...]:
    """Deposit and allot to an operator; an allowance only where the present one is too small."""
    escrow = chain.escrow
    calls = (
        Call(escrow.address, escrow.calldata("deposit", amount), "Deposit"),
        Call(escrow.address, escrow.calldata("allot", operator, amount), "Allot to this node"),
    )
    return (*allowance_call(chain, account, escrow.address, amount, "Allow the escrow"), *calls)


def stake_calls(
    chain: Chain, act: str, holder: Address, operator: Address, amount: int | None
) -> tuple[Call, ...]:
    """What a holder's wallet sends to `delegate`, `thaw` (None: all), `withdraw` or `claim` in an operator's pool."""
    stake = chain.stake

    def call(what: str, function: str, *arguments: object) -> Call:
        return Call(stake.address, stake.calldata(function, operator, *arguments), what)

    if act == "delegate":
        staking.check_open(chain, holder, operator)
        needed = allowance_call(chain, holder, stake.address, amount or 0, "Allow the stake")
        return (*needed, call("Delegate", "delegate", amount or 0))
    if act == "thaw":
        shares = staking.shares_to_thaw(chain, holder, operator, amount)
        return (call("Start to take back", "startThaw", shares),)
    if act == "withdraw":
        return (call("Withdraw", "withdraw"),)
    waits = chain.token.balance_of(stake.forwarder_of(operator)) > 0
    return (call("Bring in rewards", "sweep" if waits else "accrue"),)


def key_call(
    chain: Chain,
    act: str,
    consumer: Address,
    signer: Address,
    operator: Address | None,
    cap: int,
    hours: int,
) -> Call:
    """What a consumer's wallet sends to `authorise` a key, with a cap at an operator or (0) none, or to `revoke` it."""
    escrow = chain.escrow
    if act == "revoke":
        session_keys.show(chain, consumer, signer)
        return Call(escrow.address, escrow.calldata("revokeSigner", signer), "Revoke the key")
    until = session_keys.ends_at(chain, cap, hours)
    if not cap:
        return Call(escrow.address, escrow.calldata("authorizeSigner", signer), "Let the key spend")
    at = session_keys.where(operator)
    session_keys.check_wider(chain, consumer, signer, at, cap, until)
    return Call(
        escrow.address, escrow.calldata("authorizeCapped", signer, at, cap, until), "Let the key spend"
    )


def allowance_call(
    chain: Chain, account: Address, spender: Address, amount: int, what: str
) -> tuple[Call, ...]:
    """Empty where the present allowance is enough."""
    token = chain.token
    if token.allowance(account, spender) >= amount:
        return ()
    return (Call(token.address, token.calldata("approve", spender, amount), what),)
