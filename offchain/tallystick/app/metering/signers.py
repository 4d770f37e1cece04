"""Remembers who may sign for whom, so that a voucher costs no call to the chain."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from tallystick.domain.ids import Address

# A revoked signer's vouchers stay redeemable until the thaw is over, days later: a minute's yes risks nothing.
TRUSTED_S = 60.0
_MOST = 100_000


class Escrow(Protocol):
    """What the escrow says of a consumer."""

    def can_sign(self, consumer: Address, signer: Address) -> bool: ...
    def spendable(self, consumer: Address, signer: Address) -> int | None: ...
    def redeemable(self, consumer: Address, operator: Address) -> int: ...
    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int: ...


class KnownSigners:
    """An escrow whose yes to `can_sign` holds for TRUSTED_S. A no is asked anew each time."""

    def __init__(self, escrow: Escrow, clock: Callable[[], float] = time.monotonic) -> None:
        self._escrow, self._clock = escrow, clock
        self._until: dict[tuple[Address, Address], float] = {}
        self._uncapped_until: dict[tuple[Address, Address], float] = {}
        self._lock = threading.Lock()

    def can_sign(self, consumer: Address, signer: Address) -> bool:
        pair = (consumer, signer)
        if self._until.get(pair, 0.0) > self._clock():
            return True
        may = self._escrow.can_sign(consumer, signer)
        with self._lock:
            if len(self._until) >= _MOST:
                self._until.clear()
            if may:
                self._until[pair] = self._clock() + TRUSTED_S
            else:
                self._until.pop(pair, None)
        return may

    def spendable(self, consumer: Address, signer: Address) -> int | None:
        """That a key has no cap holds as long: it gets one only after a thaw. A cap is asked anew each time."""
        pair = (consumer, signer)
        if self._uncapped_until.get(pair, 0.0) > self._clock():
            return None
        left = self._escrow.spendable(consumer, signer)
        if left is None:
            with self._lock:
                if len(self._uncapped_until) >= _MOST:
                    self._uncapped_until.clear()
                self._uncapped_until[pair] = self._clock() + TRUSTED_S
        return left

    def redeemable(self, consumer: Address, operator: Address) -> int:
        return self._escrow.redeemable(consumer, operator)

    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int:
        return self._escrow.redeemed(consumer, operator, lane)
