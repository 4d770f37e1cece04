"""Remembers who may sign for whom, so that a voucher costs no call to the chain."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from tallystick.domain.ids import Address

# A revoked signer's vouchers stay redeemable until the thaw is over, days later: a minute's yes costs nobody but
# whoever revoked it, by what the key may promise in that minute.
TRUSTED_S = 60.0
_MOST = 100_000


class Escrow(Protocol):
    """What the escrow says of a consumer."""

    def can_sign(self, consumer: Address, signer: Address) -> bool: ...
    def may_promise(self, consumer: Address, signer: Address) -> bool: ...
    def spendable(self, consumer: Address, signer: Address, operator: Address) -> int | None: ...
    def redeemable(self, consumer: Address, operator: Address) -> int: ...
    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int: ...


class _Known:
    """Pairs of consumer and signer of which something holds for TRUSTED_S."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._until: dict[tuple[Address, Address], float] = {}

    def holds(self, pair: tuple[Address, Address], ask: Callable[[], bool]) -> bool:
        """A yes is remembered, a no is asked anew each time."""
        if self._until.get(pair, 0.0) > self._clock():
            return True
        told = ask()
        with self._lock:
            if len(self._until) >= _MOST:
                self._until.clear()
            if told:
                self._until[pair] = self._clock() + TRUSTED_S
            else:
                self._until.pop(pair, None)
        return told


class KnownSigners:
    """An escrow whose yes to `can_sign` and `may_promise` holds for TRUSTED_S. A no is asked anew each time."""

    def __init__(self, escrow: Escrow, clock: Callable[[], float] = time.monotonic) -> None:
        self._escrow = escrow
        self._signs, self._promises, self._uncapped = (_Known(clock) for _ in range(3))

    def can_sign(self, consumer: Address, signer: Address) -> bool:
        return self._signs.holds((consumer, signer), lambda: self._escrow.can_sign(consumer, signer))

    def may_promise(self, consumer: Address, signer: Address) -> bool:
        return self._promises.holds((consumer, signer), lambda: self._escrow.may_promise(consumer, signer))

    def spendable(self, consumer: Address, signer: Address, operator: Address) -> int | None:
        """That a key has no cap holds as long: it gets one only after a thaw. A cap is asked anew each time."""
        left: int | None = None

        def is_uncapped() -> bool:
            nonlocal left
            left = self._escrow.spendable(consumer, signer, operator)
            return left is None

        return None if self._uncapped.holds((consumer, signer), is_uncapped) else left

    def redeemable(self, consumer: Address, operator: Address) -> int:
        return self._escrow.redeemable(consumer, operator)

    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int:
        return self._escrow.redeemed(consumer, operator, lane)
