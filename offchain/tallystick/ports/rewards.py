"""Reward periods on the chain: what it tells and what it is asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.ports.batches import OnChainBatch
from tallystick.ports.chain import ChainEvent, Transaction


@dataclass(frozen=True, slots=True)
class Proposal:
    """In the contract's order. Ranges are half-open, over finality indices; it follows period `base`."""

    epoch_root: Hash
    epoch_sum: int
    epoch_count: int
    cumulative_root: Hash
    cumulative_sum: int
    cumulative_count: int
    data_digest: Hash
    finality_from: int
    finality_to: int
    matured_from: int
    matured_to: int
    base: int


@dataclass(frozen=True, slots=True)
class OnChainProposal:
    """Status is open, active, convicted or released."""

    proposal_id: int
    proposer: Address
    proposed_at: int
    status: str
    version: int


@dataclass(frozen=True, slots=True)
class SubmittedProposal:
    proposal_id: int
    proposer: Address
    proposal: Proposal
    block: int


@dataclass(frozen=True, slots=True)
class ActivePeriod:
    number: int
    cumulative_root: Hash
    cumulative_sum: int
    cumulative_count: int
    finality_to: int
    matured_to: int
    data_digest: Hash


@dataclass(frozen=True, slots=True)
class ClaimProof:
    """One asset's cumulative leaf with its path, packed from leaf to root."""

    asset_id: AssetId
    previous: int
    cumulative: int
    index: int
    path: bytes


@dataclass(frozen=True, slots=True)
class PaidClaim:
    """One payment to whoever held the asset's payout address."""

    asset_id: AssetId
    account: Address
    amount: int
    tx_hash: Hash


class RewardReferee(Protocol):
    """Kinds are the referee's function names; evidence is nested tuples in ABI order."""

    def convict(
        self, kind: str, proposal_id: int, proposal: Proposal, *evidence: object, intent: str | None = None
    ) -> Transaction: ...
    def holds(
        self, kind: str, proposal_id: int, proposal: Proposal, *evidence: object, reporter: Address
    ) -> bool: ...
    def gas_of(
        self, kind: str, proposal_id: int, proposal: Proposal, *evidence: object, reporter: Address
    ) -> int | None: ...
    def withheld_of(self, batch: OnChainBatch) -> AssetId | None: ...
    def forfeit(self, earning: tuple[object, ...], *, intent: str | None = None) -> Transaction: ...


class RewardDistributor(Protocol):
    @property
    def address(self) -> Address: ...
    def propose(
        self,
        proposal: Proposal,
        last_matured: OnChainBatch | None,
        *,
        intent: str | None = None,
        unless: Callable[[], object] | None = None,
    ) -> tuple[int, Transaction]:
        """`unless` raises what forbids it, and is asked when nothing of this key is under way."""

    def activate(self, proposal_id: int, proposal: Proposal) -> Transaction: ...
    def release(self, proposal_id: int, proposal: Proposal) -> Transaction: ...
    def claim(self, proof: ClaimProof) -> tuple[int, Transaction]: ...
    def claim_data(self, proof: ClaimProof) -> bytes: ...
    def claims_data(self, proofs: Sequence[ClaimProof]) -> bytes: ...
    def claim_many(self, proofs: Sequence[ClaimProof]) -> tuple[int, Transaction]: ...
    def convictions(self, first: int, last: int) -> tuple[ChainEvent, ...]: ...
    def active_period(self) -> ActivePeriod: ...
    def period(self, number: int) -> ActivePeriod: ...
    def proposal(self, proposal_id: int) -> OnChainProposal: ...
    def proposed(self, first: int, last: int) -> tuple[SubmittedProposal, ...]: ...
    def claims(self, first: int, last: int, *, asset_id: AssetId | None = None) -> tuple[PaidClaim, ...]: ...
    def claimed_of(self, asset_id: AssetId) -> int: ...
    def funded(self) -> int: ...
    def ends_at(self, proposal_id: int) -> int: ...
    def maturity(self) -> int: ...
