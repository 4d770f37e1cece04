"""Agents, what was said of them, and bounties for adapters, seen with one key."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from tallystick.commitments.statements import Statement
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.ports.batches import OnChainBatch
from tallystick.ports.chain import ChainEvent, Transaction


@dataclass(frozen=True, slots=True)
class RegisteredAgent:
    """`card` is the sha2-256 digest of its CIDv0; `wallet` acts for it besides the owner, null address for nobody."""

    asset_id: AssetId
    owner: Address
    payout: Address
    wallet: Address
    card: Hash
    endpoint: str
    registered_at: int
    retired_at: int


class AgentRegistry(Protocol):
    @property
    def address(self) -> Address: ...
    def register_agent(self, card: Hash, endpoint: str) -> tuple[AssetId, Transaction]: ...
    def set_card(self, agent_id: AssetId, card: Hash) -> Transaction: ...
    def set_endpoint(self, agent_id: AssetId, endpoint: str) -> Transaction: ...
    def wallet_statement(
        self, agent_id: AssetId, owner: Address, wallet: Address, deadline: int
    ) -> Statement:
        """What the wallet signs to act for the agent until another does."""

    def set_wallet(
        self, agent_id: AssetId, wallet: Address, deadline: int, signature: bytes
    ) -> Transaction: ...
    def remove_wallet(self, agent_id: AssetId) -> Transaction: ...
    def agent(self, agent_id: AssetId) -> RegisteredAgent: ...
    def registered(self, last: int) -> tuple[AssetId, ...]: ...
    def payout_of(self, asset_id: AssetId) -> Address: ...
    def set_payout(self, asset_id: AssetId, payout: Address) -> Transaction: ...
    def retired_at(self, asset_id: AssetId) -> int: ...
    def registered_at(self, asset_id: AssetId) -> int: ...
    def retire_asset(self, asset_id: AssetId) -> Transaction: ...


@dataclass(frozen=True, slots=True)
class AgentFeedback:
    """A consumer's word on an agent, about one receipt. `score` is 0 .. 100; `tag` and `evidence` are zero for none."""

    agent_id: AssetId
    receipt: Hash
    score: int
    tag: Hash
    evidence: Hash


@dataclass(frozen=True, slots=True)
class Standing:
    """`weight`: what burned behind `count` receipts that spoke, base units; `weighted`: the sum of weight times score."""

    weight: int
    count: int
    weighted: int

    @property
    def score(self) -> float | None:
        """0 .. 100, None before the first word."""
        return self.weighted / self.weight if self.weight else None


class AgentReputation(Protocol):
    @property
    def address(self) -> Address: ...
    def feedback_statement(self, feedback: AgentFeedback) -> Statement:
        """What the receipt's consumer signs."""

    def give_feedback(
        self, feedback: AgentFeedback, signature: bytes, batch: OnChainBatch, opening: tuple[object, ...]
    ) -> Transaction: ...
    def standing_of(self, agent_id: AssetId, tag: Hash | None = None) -> Standing: ...
    def has_spoken(self, receipt: Hash) -> bool: ...
    def words(self, first: int, last: int) -> tuple[ChainEvent, ...]: ...


class BountyStatus(IntEnum):
    NONE = 0
    OPEN = 1
    AWARDED = 2
    REFUNDED = 3


@dataclass(frozen=True, slots=True)
class Bounty:
    """Times are seconds; `least_gain` is ppm of the score over the incumbent's."""

    bounty_id: int
    poster: Address
    deadline: int
    judged_until: int
    status: BountyStatus
    budget: int
    least_gain: int
    dataset_id: AssetId
    evaluation_id: Hash
    incumbent: AssetId


class BountyBoard(Protocol):
    @property
    def address(self) -> Address: ...
    def post(self, offered: Bounty) -> tuple[int, Transaction]: ...
    def submit(self, bounty_id: int, model_id: AssetId) -> Transaction: ...
    def award(self, bounty_id: int, model_id: AssetId) -> Transaction: ...
    def refund(self, bounty_id: int) -> Transaction: ...
    def bounty(self, bounty_id: int) -> Bounty: ...
    def bounty_count(self) -> int: ...
    def submissions(self, bounty_id: int, last: int) -> tuple[tuple[AssetId, Address], ...]: ...
    def passes(self, bounty_id: int, model_id: AssetId) -> bool: ...
    def awards(self, first: int, last: int) -> tuple[ChainEvent, ...]: ...
