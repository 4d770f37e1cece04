"""Batches, referees and parameters on the chain: what they tell and what they are asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tallystick.domain.batch import STATUSES, BatchHeader, Stamp, named
from tallystick.domain.digests import header_hash
from tallystick.domain.ids import Address, Hash
from tallystick.ports.chain import ChainEvent, Transaction


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """One version; windows in seconds, bonds and caps in base units. Field order is the contract's."""

    version: int
    challenge_window: int
    reward_window: int
    response_window: int
    burned_bps: int
    reporter_bps: int
    cover_percent: int
    proposal_bond: int
    deposit_cap: int


@dataclass(frozen=True, slots=True)
class OnChainBatch:
    """A batch with its stamp, which hash to what the chain keeps. An orphan is open and waits to be voided."""

    batch_id: int
    header: BatchHeader
    stamp: Stamp
    is_orphan: bool = False

    @property
    def header_hash(self) -> Hash:
        return header_hash(self.header)

    @property
    def status(self) -> str:
        """open, final, convicted, voided or released."""
        return STATUSES[self.stamp.status]

    @property
    def finality_index(self) -> int:
        return self.stamp.finality_index

    @property
    def submitted_at(self) -> int:
        return self.stamp.submitted_at

    @property
    def named(self) -> tuple[Any, ...]:
        """As the contracts' calls name it."""
        return named(self.batch_id, self.header, self.stamp)


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


class AttributionRegistry(Protocol):
    @property
    def address(self) -> Address: ...
    def submit_batch(self, header: BatchHeader, *, intent: str | None = None) -> tuple[int, Transaction]: ...
    def replace_batch(
        self, header: BatchHeader, convicted: OnChainBatch, *, intent: str | None = None
    ) -> tuple[int, Transaction]: ...
    def finalise_batch(self, batch_id: int) -> Transaction: ...
    def void_batch(self, batch_id: int) -> Transaction: ...
    def release_voided(self, batch_id: int) -> Transaction: ...
    def batch(self, batch_id: int) -> OnChainBatch: ...
    def replacements_by(self, poster: Address) -> tuple[OnChainBatch, ...]: ...
    def is_next(self, batch: OnChainBatch) -> bool: ...
    def last_header_of(self, operator: Address) -> Hash: ...
    def ends_at(self, batch: OnChainBatch) -> int: ...
    def bond_of(self, total: int, version: int | None = None) -> int: ...
    def batch_count(self) -> int: ...
    def finality_count(self) -> int: ...
    def convictions(self, first: int, last: int) -> tuple[ChainEvent, ...]: ...
    def final_at(self, finality_index: int) -> FinalBatch: ...
    def submitted(
        self, first: int, last: int, *, operator: Address | None = None
    ) -> tuple[SubmittedBatch, ...]: ...


class Referees(Protocol):
    """Kinds are the referees' function names; evidence is nested tuples in ABI order."""

    def kinds(self) -> tuple[str, ...]: ...
    def terms_grace(self) -> int: ...
    def convict(
        self, kind: str, batch: OnChainBatch, *evidence: object, intent: str | None = None
    ) -> Transaction: ...
    def holds(self, kind: str, batch: OnChainBatch, *evidence: object, reporter: Address) -> bool: ...
    def gas_of(self, kind: str, batch: OnChainBatch, *evidence: object, reporter: Address) -> int | None: ...


class Parameters(Protocol):
    def current(self) -> ParameterSet: ...
    def at_version(self, version: int) -> ParameterSet: ...
    def end_of(self, start: int, length: int) -> int: ...
    def bounds(self) -> Mapping[str, tuple[int, int]]: ...
    def setting(self, wanted: ParameterSet) -> tuple[Address, bytes]: ...
    def versions(self, first: int, last: int) -> tuple[ChainEvent, ...]: ...
