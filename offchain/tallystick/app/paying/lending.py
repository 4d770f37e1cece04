"""Session keys that this process holds for people who pay by a wallet of their own.

The wallet lets a key spend so much, and the escrow holds it to that. The key is in this process's memory alone: when the
process ends, nobody can spend the rest. Its money is never lost by that, as it stays allotted to the consumer's name.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from tallystick.app.overview.books import allowance_call, key_call
from tallystick.app.overview.earnings import Call
from tallystick.app.paying.market import Market
from tallystick.app.paying.purse import Wallet
from tallystick.app.paying.talk import TalkDesk
from tallystick.app.results import Offer
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address
from tallystick.errors import InsufficientFunds, InvalidInput, NotAuthorised
from tallystick.ports import Chain, Signer

MOST_HOURS, MOST_KEPT = 168, 1_000


@dataclass(frozen=True, slots=True)
class Grant:
    """What a wallet sends, in this order, so that `signer` may spend `cap` base units at `operator`."""

    signer: Address
    operator: Address
    cap: int
    hours: int
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Allowance:
    """Base units. `promised` is the most that can be redeemed of what the key has signed, `paid` what answers cost."""

    signer: Address
    operator: Address
    cap: int
    promised: int
    paid: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class _Lent:
    market: Market
    signer: Address
    ends_at: int


class Lending:
    """One key a consumer; a new grant takes the place of the one before as soon as the chain has it."""

    def __init__(
        self,
        chain: Callable[[], Chain],
        new_key: Callable[[], Signer],
        open_market: Callable[[Wallet], Market],
        domain: Callable[[], Domain],
    ) -> None:
        self._chain, self._new_key, self._open, self._domain = chain, new_key, open_market, domain
        self._lock = threading.RLock()
        self._waiting: OrderedDict[Address, _Lent] = OrderedDict()
        self._held: OrderedDict[Address, _Lent] = OrderedDict()

    def offer(self, consumer: Address) -> Offer:
        """What answers cost where this lends; nothing is promised."""
        return self._market(consumer, self._new_key(), 0).offer()

    def prepare(self, consumer: Address, *, cap: int, hours: int) -> Grant:
        """A new key, and what the wallet sends for it: only what is missing of the money, then the cap and its end."""
        if not 1 <= hours <= MOST_HOURS:
            raise InvalidInput(f"A key here ends after 1 to {MOST_HOURS} hours.", "Choose within that.")
        chain, key = self._chain(), self._new_key()
        market = self._market(consumer, key, cap)
        operator = market.offer().terms.operator
        calls = (
            *_missing_money(chain, consumer, operator, cap),
            key_call(chain, "authorise", consumer, key.address, operator, cap, hours),
        )
        with self._lock:
            _keep(self._waiting, consumer, _Lent(market, key.address, chain.now() + hours * 3_600))
        return Grant(key.address, operator, cap, hours, calls)

    def allowance(self, consumer: Address) -> Allowance | None:
        """None while no key may spend here; the chain is asked where a wallet was to send something."""
        lent = self._present(consumer)
        if lent is None:
            return None
        purse, operator = lent.market.purse, lent.market.offer().terms.operator
        return Allowance(lent.signer, operator, purse.cap, purse.promised, purse.paid, lent.ends_at)

    def desk(self, consumer: Address) -> TalkDesk:
        """Asks and pays in the consumer's name, within the cap."""
        lent = self._present(consumer)
        if lent is None:
            raise NotAuthorised(
                "No key may pay for you here.", "Let the studio spend up to a cap, on this page."
            )
        return TalkDesk(lent.market, self._domain)

    def forget(self, consumer: Address) -> None:
        """From now on nobody can spend by that key."""
        with self._lock:
            self._held.pop(consumer, None)
            self._waiting.pop(consumer, None)

    def _present(self, consumer: Address) -> _Lent | None:
        with self._lock:
            chain, waiting = self._chain(), self._waiting.get(consumer)
            if waiting is not None and _is_granted(chain, consumer, waiting):
                del self._waiting[consumer]
                _keep(self._held, consumer, waiting)
            found = self._held.get(consumer)
            if found is not None and chain.now() >= found.ends_at:
                del self._held[consumer]
                return None
            return found

    def _market(self, consumer: Address, key: Signer, cap: int) -> Market:
        chain = self._chain()
        return self._open(Wallet(consumer, key, cap, chain.chain_id, chain.escrow.address))


def _is_granted(chain: Chain, consumer: Address, lent: _Lent) -> bool:
    """What counts is what the escrow holds the key to."""
    left = chain.escrow.spendable(consumer, lent.signer, lent.market.offer().terms.operator)
    if not left:
        return False
    lent.market.purse.cap = min(left, lent.market.purse.cap)
    return True


def _missing_money(chain: Chain, consumer: Address, operator: Address, amount: int) -> tuple[Call, ...]:
    escrow = chain.escrow
    allot = max(amount - escrow.redeemable(consumer, operator), 0)
    deposit = max(allot - escrow.balance_of(consumer), 0)
    held = chain.token.balance_of(consumer)
    if deposit > held:
        raise InsufficientFunds(
            f"The wallet holds {held} base units of OPEN; {deposit} are missing for this cap.",
            "Choose a lower cap, or get OPEN first.",
        )
    calls = list[Call]()
    if deposit:
        calls += allowance_call(chain, consumer, escrow.address, deposit, "Allow the escrow")
        calls.append(Call(escrow.address, escrow.calldata("deposit", deposit), "Deposit"))
    if allot:
        calls.append(Call(escrow.address, escrow.calldata("allot", operator, allot), "Allot to the operator"))
    return tuple(calls)


def _keep(kept: OrderedDict[Address, _Lent], consumer: Address, lent: _Lent) -> None:
    kept[consumer] = lent
    kept.move_to_end(consumer)
    while len(kept) > MOST_KEPT:
        kept.popitem(last=False)
