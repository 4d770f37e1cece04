"""The chain: what it tells and what it is asked. One Protocol a contract, seen with one key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tallystick.domain.batch import BatchHeader
from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import SignedVoucher


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """A log as plain values: addresses lower-case, integers as int, hashes as bytes."""

    contract: str
    name: str
    values: Mapping[str, Any]
    block: int
    block_hash: Hash
    tx_hash: Hash
    log_index: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """A mined transaction with the called contract's events."""

    tx_hash: Hash
    summary: str
    block: int
    gas_used: int
    events: tuple[ChainEvent, ...]

    def event(self, name: str) -> ChainEvent:
        """The one of that name; StopIteration would be a defect of ours."""
        return next(e for e in self.events if e.name == name)


@dataclass(frozen=True, slots=True)
class Allotment:
    amount: int
    thawing: int
    thaw_ends_at: int


@dataclass(frozen=True, slots=True)
class Stake:
    """`active` includes `locked` and not `thawing`."""

    active: int
    locked: int
    thawing: int
    thaw_ends_at: int


@dataclass(frozen=True, slots=True)
class OnChainBatch:
    """Status is open, final, convicted, voided or released; `finality_index` counts once it is final."""

    batch_id: int
    header_hash: Hash
    operator: Address
    submitted_at: int
    status: str
    total: int
    finality_index: int


@dataclass(frozen=True, slots=True)
class SubmittedBatch:
    batch_id: int
    header_hash: Hash
    header: BatchHeader
    block: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class FinalBatch:
    finality_index: int
    batch_id: int
    finalised_at: int


class Token(Protocol):
    """OPEN in base units, 10^6 to one."""

    @property
    def address(self) -> Address: ...
    def balance_of(self, account: Address) -> int: ...
    def allowance(self, owner: Address, spender: Address) -> int: ...
    def transfer(self, to: Address, amount: int) -> Transaction: ...
    def approve(self, spender: Address, amount: int) -> Transaction: ...


class UsageEscrow(Protocol):
    @property
    def address(self) -> Address: ...
    def deposit(self, amount: int) -> Transaction: ...
    def withdraw(self, amount: int) -> Transaction: ...
    def allot(self, operator: Address, amount: int) -> Transaction: ...
    def authorize_signer(self, signer: Address) -> Transaction: ...
    def redeem_many(self, items: Sequence[tuple[SignedVoucher, int]]) -> Transaction: ...
    def balance_of(self, consumer: Address) -> int: ...
    def redeemable(self, consumer: Address, operator: Address) -> int: ...
    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int: ...
    def can_sign(self, consumer: Address, signer: Address) -> bool: ...
    def was_signer(self, consumer: Address, signer: Address) -> bool: ...
    def unsettled_of(self, operator: Address) -> int: ...


class OperatorStake(Protocol):
    @property
    def address(self) -> Address: ...
    def deposit(self, amount: int) -> Transaction: ...
    def free_of(self, operator: Address) -> int: ...
    def stake_of(self, operator: Address) -> Stake: ...
    def required_bond(self, total: int) -> int: ...


class AttributionRegistry(Protocol):
    @property
    def address(self) -> Address: ...
    def submit_batch(self, header: BatchHeader, *, intent: str | None = None) -> tuple[int, Transaction]: ...
    def finalise_batch(self, batch_id: int, header: BatchHeader) -> Transaction: ...
    def release_voided(self, batch_id: int, header: BatchHeader) -> Transaction: ...
    def batch(self, batch_id: int) -> OnChainBatch: ...
    def last_header_of(self, operator: Address) -> Hash: ...
    def next_of(self, operator: Address) -> int: ...
    def batch_count(self) -> int: ...
    def finality_count(self) -> int: ...
    def final_at(self, finality_index: int) -> FinalBatch: ...
    def challenge_window(self) -> int: ...
    def submitted(
        self, first: int, last: int, *, operator: Address | None = None
    ) -> tuple[SubmittedBatch, ...]: ...


class Referees(Protocol):
    """Kinds are the referees' function names; evidence is nested tuples in ABI order."""

    def kinds(self) -> tuple[str, ...]: ...
    def terms_grace(self) -> int: ...
    def convict(self, kind: str, batch_id: int, header: BatchHeader, *evidence: object) -> Transaction: ...
    def holds(
        self, kind: str, batch_id: int, header: BatchHeader, *evidence: object, reporter: Address
    ) -> bool: ...
