"""What one session may promise: a cap over all its lanes and operators together."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from tallystick.domain.ids import NO_AGENT, Address, AssetId, Hash
from tallystick.errors import InsufficientFunds
from tallystick.ports import Ledger, Signer
from tallystick.ports.auditing.canaries import Consent


@dataclass(frozen=True, slots=True)
class Wallet:
    """Who pays, with which session key, at most how much in a session, on which chain and escrow.

    `agent` is named in every request that names none. `agree` consents, by the consumer's own key, that a receipt may
    be planted; None for a wallet that never does.
    """

    consumer: Address
    session: Signer
    cap: int
    chain_id: int
    escrow: Address
    agent: AssetId = NO_AGENT
    agree: Callable[[Hash], Consent] | None = None


class Purse:
    """Counts promised limits, not fees: an operator could redeem each of them. `paid` is what answers have cost."""

    def __init__(self, cap: int) -> None:
        self.cap, self.paid = cap, 0
        self._lock = threading.Lock()
        self._promised: dict[tuple[Address, int], int] = {}

    @property
    def promised(self) -> int:
        return sum(self._promised.values())

    def promise(self, operator: Address, lane: int, limit: int) -> None:
        """`InsufficientFunds` when the session would promise more than its cap."""
        with self._lock:
            after = self.promised - self._promised.get((operator, lane), 0) + limit
            if after > self.cap:
                raise InsufficientFunds(
                    f"This answer could bring the session to {after} base units, above its cap {self.cap}.",
                    "Choose fewer tokens, or begin a new session with a higher cap.",
                )
            self._promised[(operator, lane)] = limit

    def pay(self, fee: int) -> None:
        with self._lock:
            self.paid += fee


class LanePool:
    """Lanes of this session with one operator: one per answer on its way, used again once they are idle."""

    def __init__(self, ledger: Ledger, consumer: Address, operator: Address) -> None:
        self._ledger, self._consumer, self._operator = ledger, consumer, operator
        self._lock = threading.Lock()
        self._idle: list[int] = []
        self._next = 0

    def take(self) -> int:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            lane = max(self._next, self._ledger.vouchers.next_lane(self._consumer, self._operator))
            self._next = lane + 1
            return lane

    def give_back(self, lane: int) -> None:
        """Only a lane whose last receipt is acknowledged, or that never had one."""
        with self._lock:
            self._idle.append(lane)
