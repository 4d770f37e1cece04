"""What is signed for the chain, before and after it is sent."""

from dataclasses import dataclass
from typing import Protocol

from tallystick.domain.ids import Address, Hash


@dataclass(frozen=True, slots=True)
class OutboxCall:
    """What a transaction does; with other fees it may be signed again. `value` in wei."""

    to: Address
    data: bytes
    value: int
    gas: int


@dataclass(frozen=True, slots=True)
class OutboxAttempt:
    """One signature for a nonce. Fees in wei a unit of gas, `signed_at` in seconds; a no-op takes the nonce only."""

    tx_hash: Hash
    raw: bytes
    max_fee: int
    tip: int
    signed_at: int
    is_noop: bool = False


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One nonce with every attempt at it, of which one at most is mined.

    State is signed, mined, reverted, cancelled (a no-op was mined in its stead) or lost (another program used the
    nonce). Until it `is_final` a reorganisation may take it back. `call` is None in entries of old ledgers.
    """

    chain: str
    sender: Address
    nonce: int
    summary: str
    call: OutboxCall | None
    attempts: tuple[OutboxAttempt, ...]
    intent: str | None = None
    state: str = "signed"
    is_final: bool = False
    block: int | None = None
    block_hash: Hash | None = None

    @property
    def last(self) -> OutboxAttempt:
        return self.attempts[-1]


class Outbox(Protocol):
    """`tx_hash` is that of any attempt and names its entry."""

    def store(self, entry: OutboxEntry) -> None: ...
    def add_attempt(self, tx_hash: Hash, attempt: OutboxAttempt) -> None: ...
    def mark(
        self,
        tx_hash: Hash,
        state: str,
        *,
        block: int | None = None,
        block_hash: Hash | None = None,
        is_final: bool = False,
    ) -> None: ...
    def unsettled(self, chain: str, sender: Address, *, nonce: int) -> tuple[OutboxEntry, ...]: ...
    def by_intent(self, chain: str, sender: Address, intent: str) -> OutboxEntry | None: ...
    def next_nonce(self, chain: str, sender: Address) -> int: ...
    def signed_since(self, chain: str, sender: Address, at: int) -> tuple[OutboxEntry, ...]:
        """Not lost, and with an attempt signed at `at` or later."""

    def open_senders(self) -> tuple[Address, ...]:
        """Keys with something that is not final, over all chains."""

    def recent(self, limit: int = ...) -> tuple[OutboxEntry, ...]: ...
