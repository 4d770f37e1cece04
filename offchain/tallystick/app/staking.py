"""Stake of one's own and stake delegated to others' pools. Amounts are base units of OPEN."""

from dataclasses import dataclass

from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, InsufficientFunds, NotFound
from tallystick.ports import Chain


@dataclass(frozen=True, slots=True)
class StakePool:
    """`staked` includes `locked`; `thawing` can still be slashed. `own` is what this key holds of it.

    `streaming` rewards reach the pool with time. Others can delegate while `is_open`: the operator asset pays
    `rewards_to`. A commission that is announced holds from `next_commission_at` on.
    """

    operator: Address
    staked: int
    free: int
    locked: int
    thawing: int
    streaming: int
    own: int
    own_thawing: int
    thaw_ends_at: int
    is_open: bool
    rewards_to: Address
    commission_bps: int
    next_commission_bps: int
    next_commission_at: int


@dataclass(frozen=True, slots=True)
class Delegated:
    """Stake in an operator's pool, which its slashes and its rewards reach from now on."""

    operator: Address
    amount: int
    own: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class StartedThaw:
    """What can be withdrawn at `thaw_ends_at`, unless it is slashed before."""

    operator: Address
    thawing: int
    thaw_ends_at: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class WithdrawnStake:
    operator: Address
    amount: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class ClaimedStream:
    """Rewards that were brought in: `commission` went to the operator, `pooled` streams, `released` has streamed."""

    operator: Address
    commission: int
    pooled: int
    released: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class AnnouncedCommission:
    commission_bps: int
    next_commission_bps: int
    next_commission_at: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class PoolAccess:
    """Whether others can delegate, and where the operator's rewards go."""

    is_open: bool
    rewards_to: Address
    tx_hash: Hash


def show(chain: Chain, operator: Address, holder: Address) -> StakePool:
    """An operator's pool as its holder sees it."""
    pool, mine = chain.stake.stake_of(operator), chain.stake.delegation_of(operator, holder)
    commission = chain.stake.commission_of(operator)
    return StakePool(
        operator=operator,
        staked=pool.active,
        free=chain.stake.free_of(operator),
        locked=pool.locked,
        thawing=pool.thawing,
        streaming=chain.stake.streaming_to(operator),
        own=mine.tokens,
        own_thawing=mine.thawing,
        thaw_ends_at=mine.thaw_ends_at,
        is_open=chain.stake.is_open(operator),
        rewards_to=chain.models.payout_of(chain.models.operator_asset_of(operator)),
        commission_bps=commission.bps,
        next_commission_bps=commission.next_bps,
        next_commission_at=commission.next_at,
    )


def delegate(chain: Chain, holder: Address, operator: Address, amount: int) -> Delegated:
    """Add to the pool of another operator, where it is open."""
    check_open(chain, holder, operator)
    chain.token.approve(chain.stake.address, amount)
    done = chain.stake.delegate(operator, amount)
    return Delegated(operator, amount, chain.stake.delegation_of(operator, holder).tokens, done.tx_hash)


def check_open(chain: Chain, holder: Address, operator: Address) -> None:
    if holder != operator and not chain.stake.is_open(operator):
        raise Conflict(
            f"The pool of {operator} is closed: its rewards do not reach it.",
            "The operator opens it with `tallystick stake open`.",
        )


def thaw(chain: Chain, holder: Address, operator: Address, amount: int | None) -> StartedThaw:
    """Start to take back an amount, or all that is held there."""
    done = chain.stake.start_thaw(operator, shares_to_thaw(chain, holder, operator, amount))
    event = done.event("StakeThawStarted").values
    return StartedThaw(operator, event["amount"], event["endsAt"], done.tx_hash)


def shares_to_thaw(chain: Chain, holder: Address, operator: Address, amount: int | None) -> int:
    """Of an amount, or of all that is held there."""
    held = chain.stake.delegation_of(operator, holder)
    if not held.shares:
        raise NotFound(
            f"{holder} holds nothing in the pool of {operator}.", "Look with `tallystick stake show`."
        )
    if amount is not None and amount > held.tokens:
        raise InsufficientFunds(
            f"{holder} holds {held.tokens} base units there, not {amount}.", "Thaw less, or all with --all."
        )
    # Rounding up may ask for a share more than there is.
    return held.shares if amount is None else min(chain.stake.shares_of(operator, amount), held.shares)


def withdraw(chain: Chain, operator: Address) -> WithdrawnStake:
    """Take out what has thawed."""
    done = chain.stake.withdraw(operator)
    return WithdrawnStake(operator, done.event("StakeWithdrawn").values["amount"], done.tx_hash)


def claim(chain: Chain, operator: Address) -> ClaimedStream:
    """Bring in the rewards that wait for a pool, and what has streamed since; anyone may, for everybody in it."""
    waits = chain.token.balance_of(chain.stake.forwarder_of(operator)) > 0
    done = chain.stake.sweep(operator) if waits else chain.stake.accrue(operator)
    told = {event.name: event.values for event in done.events}
    added, released = told.get("RewardsAdded"), told.get("RewardsReleased")
    return ClaimedStream(
        operator,
        added["commission"] if added else 0,
        added["pooled"] if added else 0,
        released["amount"] if released else 0,
        done.tx_hash,
    )


def announce(chain: Chain, commission_bps: int) -> AnnouncedCommission:
    """Announce this key's commission; it holds a thaw period later, so that delegators can leave first."""
    done = chain.stake.set_commission(commission_bps)
    told = done.event("CommissionAnnounced").values
    assert chain.sender is not None
    now = chain.stake.commission_of(chain.sender.address)
    return AnnouncedCommission(now.bps, told["commissionBps"], told["from"], done.tx_hash)


def set_open(chain: Chain, operator: Address, *, is_open: bool) -> PoolAccess:
    """Let the operator asset pay the pool, so that others can delegate; or let it pay the operator again."""
    asset = chain.models.operator_asset_of(operator)
    if not int(chain.models.payout_of(asset), 16):
        raise NotFound(
            f"{operator} is no registered operator.", "Run `tallystick model register NAME` first."
        )
    target = chain.stake.forwarder_of(operator) if is_open else operator
    done = chain.models.set_payout(asset, target)
    return PoolAccess(chain.stake.is_open(operator), target, done.tx_hash)
