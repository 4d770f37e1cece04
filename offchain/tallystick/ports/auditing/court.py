"""Sampled audits on the chain: what the court, its roster, its fund and its beacon tell and are asked."""

from dataclasses import dataclass
from typing import Protocol

from tallystick.domain.ids import Address, Hash
from tallystick.ports.batches import OnChainBatch
from tallystick.ports.chain import Transaction


@dataclass(frozen=True, slots=True)
class Audit:
    """One batch's audit. `phase` and `outcome` are numbers of `pipeline.auditing.court`; times in seconds.

    `round` is the beacon's of the draw in force, `done` has a bit for each place that did what the phase asks.
    `started_at` is when the batch's window began, 0 before.
    """

    poster: Address
    since: int
    started_at: int
    phase: int
    outcome: int
    round: int
    drawn_at: int
    slots: int
    receipts: int
    samples: int
    attempt: int
    done: int
    is_replacement: bool
    is_appealed: bool
    affordable: int


@dataclass(frozen=True, slots=True)
class Seat:
    """`until` is the first second at which it is drawn no more, None while it stands; `bond` in base units."""

    number: int
    holder: Address
    since: int
    until: int | None
    reader_key: bytes
    bond: int


@dataclass(frozen=True, slots=True)
class Purse:
    """Base units: `fee` a verifier and receipt, `budget` the most of all, `held` what is there before the pool pays."""

    fee: int
    budget: int
    held: int
    closed_at: int


class Beacon(Protocol):
    """Rounds are numbers of blocks, or of a network that signs them."""

    @property
    def address(self) -> Address: ...
    def seed_of(self, round_: int) -> Hash | None:
        """None while nobody has published it."""

    def is_due(self, round_: int) -> bool:
        """Whether the seed of a round can be known by now."""

    def is_unbiasable(self) -> bool: ...
    @property
    def needs_signature(self) -> bool:
        """Whether a network's signature publishes a seed, or the chain itself knows it."""

    def publish(
        self, round_: int, signature: tuple[int, int] | None = None, *, intent: str | None = None
    ) -> Transaction: ...


class VerifierRoster(Protocol):
    """Bonds need an allowance."""

    @property
    def address(self) -> Address: ...
    def seat_bond(self) -> int: ...
    def seat_thaw(self) -> int: ...
    def active_seats(self) -> int: ...
    def seat_of(self, seat: int) -> Seat: ...
    def seats_of(self, holder: Address) -> tuple[Seat, ...]: ...
    def enrol(self, reader_key: bytes, *, intent: str | None = None) -> tuple[int, Transaction]: ...
    def leave(self, seat: int, *, intent: str | None = None) -> Transaction: ...
    def withdraw_seat(self, seat: int, *, intent: str | None = None) -> Transaction: ...


class AuditCourt(Protocol):
    """Whatever is sent under an intent is sent once."""

    @property
    def address(self) -> Address: ...
    def least_seats(self) -> int: ...
    def fee(self) -> int: ...
    def audit_of(self, batch_id: int) -> Audit: ...
    def ends_at(self, audit: Audit, steps: int = 1) -> int: ...
    def drawn_of(self, batch_id: int) -> tuple[int, ...]: ...
    def sample_of(self, batch_id: int) -> tuple[int, ...]: ...
    def alarm_of(self, poster: Address) -> int: ...
    def appeal_bond_of(self, batch_id: int) -> int: ...
    def opened(self, first: int, last: int, *, poster: Address | None = None) -> tuple[int, ...]: ...
    def delivered(self, batch_id: int) -> tuple[Hash, ...]: ...
    def open(self, batch: OnChainBatch, *, intent: str | None = None) -> Transaction: ...
    def attest(self, batch_id: int, place: int, *, intent: str | None = None) -> Transaction: ...
    def deliver(self, batch_id: int, digest: Hash, *, intent: str | None = None) -> Transaction: ...
    def commit_answer(
        self, batch_id: int, place: int, commitment: Hash, *, intent: str | None = None
    ) -> Transaction: ...
    def reveal_answer(
        self,
        batch_id: int,
        place: int,
        answer: int,
        report: Hash,
        salt: bytes,
        *,
        intent: str | None = None,
    ) -> Transaction: ...
    def retry(self, batch_id: int, *, intent: str | None = None) -> Transaction: ...
    def lapse(self, batch_id: int, *, intent: str | None = None) -> Transaction: ...
    def void_unserved(self, batch: OnChainBatch, *, intent: str | None = None) -> Transaction: ...
    def convict_silent(self, batch: OnChainBatch, *, intent: str | None = None) -> Transaction: ...
    def appeal(self, batch_id: int, *, intent: str | None = None) -> Transaction: ...
    def close(self, batch: OnChainBatch, *, intent: str | None = None) -> Transaction: ...
    def close_panel(self, batch: OnChainBatch, *, intent: str | None = None) -> Transaction: ...


class AuditFund(Protocol):
    @property
    def address(self) -> Address: ...
    def purse_of(self, batch_id: int) -> Purse: ...
    def units_of(self, batch_id: int, verifier: Address) -> int: ...
    def collect(
        self, batch: OnChainBatch, verifier: Address, *, intent: str | None = None
    ) -> Transaction: ...
    def take_reward(self, batch: OnChainBatch, *, intent: str | None = None) -> Transaction: ...
    def absorb(self, batch_id: int, *, intent: str | None = None) -> Transaction: ...
