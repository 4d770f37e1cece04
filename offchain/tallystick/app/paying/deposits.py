"""A consumer's money at the escrow: allotted to operators, thawed, and withdrawn. Amounts are base units of OPEN."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.app.overview.earnings import Call
from tallystick.domain.ids import Address, Hash
from tallystick.errors import InsufficientFunds, InvalidInput, NotFound
from tallystick.ports import Chain

ACTS = ("allot", "thaw", "withdraw")


@dataclass(frozen=True, slots=True)
class AllottedTo:
    """What an operator may count on is `firm`; what thaws may be redeemed, too, until it is withdrawn.

    That can be from `thaw_ends_at` on.
    """

    operator: Address
    firm: int
    thawing: int
    thaw_ends_at: int
    is_thawed: bool


@dataclass(frozen=True, slots=True)
class Purse:
    """In the wallet, deposited and free, and allotted: to this node what it may redeem, and to each operator."""

    account: Address
    held: int
    deposited: int
    allotted: int
    allotments: tuple[AllottedTo, ...]

    @property
    def thawed(self) -> int:
        """What can be withdrawn besides what is free."""
        return sum(a.thawing for a in self.allotments if a.is_thawed)


@dataclass(frozen=True, slots=True)
class Thawing:
    """All that thaws there, the clock of which began anew."""

    operator: Address
    thawing: int
    thaw_ends_at: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class WithdrawnMoney:
    """`left` stays deposited and free."""

    amount: int
    left: int
    tx_hash: Hash


def purse_of(
    chain: Chain, account: Address, operators: Sequence[Address], here: Address | None = None
) -> Purse:
    """`operators` are those that the account ever allotted to; `here` is this node."""
    found = (allotted_to(chain, account, operator) for operator in operators)
    return Purse(
        account=account,
        held=chain.token.balance_of(account),
        deposited=chain.escrow.balance_of(account),
        allotted=chain.escrow.redeemable(account, here) if here else 0,
        allotments=tuple(a for a in found if a.firm or a.thawing),
    )


def allotted_to(chain: Chain, account: Address, operator: Address) -> AllottedTo:
    found, period = chain.escrow.allotment_of(account, operator), chain.escrow.thaw_period()
    ends_at = found.thaw_ends_at
    if found.thawing:  # while the chain was down nobody could redeem, so that a thaw lasts longer by that
        ends_at = max(ends_at, chain.parameters.end_of(ends_at - period, period))
    is_thawed = bool(found.thawing) and chain.now() >= ends_at
    return AllottedTo(operator, found.amount - found.thawing, found.thawing, ends_at, is_thawed)


def thaw(chain: Chain, account: Address, operator: Address, amount: int | None) -> Thawing:
    """Start to take back an amount, or with None all that is firm."""
    done = chain.escrow.start_thaw(operator, to_thaw(chain, account, operator, amount))
    now = allotted_to(chain, account, operator)
    return Thawing(operator, now.thawing, now.thaw_ends_at, done.tx_hash)


def to_thaw(chain: Chain, account: Address, operator: Address, amount: int | None) -> int:
    firm = allotted_to(chain, account, operator).firm
    if not firm:
        raise NotFound(
            f"{account} has nothing firm allotted to {operator}.", "Look with `tallystick pay show`."
        )
    if amount is not None and amount > firm:
        raise InsufficientFunds(f"{firm} base units are firm there, not {amount}.", "Thaw less, or all.")
    return firm if amount is None else amount


def withdraw(chain: Chain, purse: Purse, amount: int | None) -> WithdrawnMoney:
    """To the wallet: first what has thawed becomes free, then an amount, or with None all that is free, leaves."""
    wanted = to_withdraw(purse, amount)
    for one in _thawed(purse):
        chain.escrow.finish_thaw(one.operator)
    done = chain.escrow.withdraw(wanted)
    return WithdrawnMoney(wanted, chain.escrow.balance_of(purse.account), done.tx_hash)


def to_withdraw(purse: Purse, amount: int | None) -> int:
    free = purse.deposited + purse.thawed
    if free and (amount is None or amount <= free):
        return free if amount is None else amount
    later = [a.thaw_ends_at for a in purse.allotments if a.thawing and not a.is_thawed]
    hint = f"More is free at {min(later)}." if later else "Thaw what is allotted with `tallystick pay thaw`."
    raise InsufficientFunds(f"{free} base units can be withdrawn now.", hint)


def check_free(purse: Purse, amount: int) -> None:
    if amount > purse.deposited:
        raise InsufficientFunds(
            f"{purse.deposited} base units are deposited and free, not {amount}.",
            "Deposit first with `tallystick pay deposit`.",
        )


def money_moves(
    chain: Chain, act: str, purse: Purse, operator: Address | None, amount: int | None
) -> tuple[Call, ...]:
    """What a consumer's wallet sends to `allot`, to `thaw` (None: all) or to `withdraw` (None: all that is free)."""
    escrow = chain.escrow

    def call(what: str, function: str, *arguments: object) -> Call:
        return Call(escrow.address, escrow.calldata(function, *arguments), what)

    if act == "withdraw":
        wanted = to_withdraw(purse, amount)
        freed = [call("Free what has thawed", "finishThaw", one.operator) for one in _thawed(purse)]
        return (*freed, call("Withdraw", "withdraw", wanted))
    if operator is None:
        raise InvalidInput(f"To {act} takes an operator.", "Name its address.")
    if act == "thaw":
        wanted = to_thaw(chain, purse.account, operator, amount)
        return (call("Start to thaw", "startThaw", operator, wanted),)
    if act != "allot":
        raise InvalidInput(f"Deposits cannot be asked to {act}.", f"One of {', '.join(ACTS)}.")
    if amount is None:
        raise InvalidInput("To allot takes an amount.", "Write it like 12.5.")
    check_free(purse, amount)
    return (call("Allot", "allot", operator, amount),)


def _thawed(purse: Purse) -> tuple[AllottedTo, ...]:
    return tuple(a for a in purse.allotments if a.is_thawed)
