"""Demands for leaves of batches and of reward proposals: what the chain tells of them and is asked."""

from collections.abc import Mapping
from typing import Any, Protocol

from tallystick.domain.challenge import BatchLeaf, LeafDemand, RewardLeaf
from tallystick.domain.ids import Address, Hash
from tallystick.ports.batches import OnChainBatch
from tallystick.ports.chain import Transaction
from tallystick.ports.rewards import Proposal

Struct = tuple[Any, ...]


class ChallengeBook(Protocol):
    """Bonds are wei; who answers gets them."""

    @property
    def address(self) -> Address: ...
    def bond_of(self, number: int) -> int: ...
    def demands(self, number: int | None = None) -> tuple[LeafDemand, ...]: ...
    def asked(self, number: int) -> frozenset[tuple[int, int]]: ...
    def is_answered(self, number: int, kind: int, index: int) -> bool: ...
    def owed_to(self, account: Address) -> int: ...
    def withdraw(self) -> Transaction: ...


class DataChallenges(ChallengeBook, Protocol):
    def demand(
        self, batch: OnChainBatch, kind: BatchLeaf, index: int, *, bond: int, intent: str | None = None
    ) -> Transaction: ...
    def answer_receipt(
        self, batch: OnChainBatch, opening: Struct, voucher: Struct, *, intent: str | None = None
    ) -> Transaction: ...
    def answer_credit(
        self, batch: OnChainBatch, opening: Struct, *, intent: str | None = None
    ) -> Transaction: ...
    def answer_origin(
        self,
        batch: OnChainBatch,
        opening: Struct,
        convicted: OnChainBatch,
        origin: Struct,
        head: Hash,
        value: int,
        *,
        intent: str | None = None,
    ) -> Transaction: ...
    def shown_lines(self, batch_id: int) -> Mapping[int, bytes]: ...
    def convict_silent(self, batch: OnChainBatch, kind: BatchLeaf, index: int) -> Transaction: ...
    def reclaim(self, batch: OnChainBatch, kind: BatchLeaf, index: int) -> Transaction: ...


class RewardChallenges(ChallengeBook, Protocol):
    def demand(
        self,
        proposal_id: int,
        proposal: Proposal,
        kind: RewardLeaf,
        index: int,
        *,
        bond: int,
        intent: str | None = None,
    ) -> Transaction: ...
    def answer_epoch(
        self, proposal_id: int, proposal: Proposal, opening: Struct, *, intent: str | None = None
    ) -> Transaction: ...
    def answer_cumulative(
        self, proposal_id: int, proposal: Proposal, opening: Struct, *, intent: str | None = None
    ) -> Transaction: ...
    def convict_silent(
        self, proposal_id: int, proposal: Proposal, kind: RewardLeaf, index: int
    ) -> Transaction: ...
    def reclaim(self, proposal_id: int, kind: RewardLeaf, index: int) -> Transaction: ...
