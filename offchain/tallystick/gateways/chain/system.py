"""All contracts of one deployment, for one key. Knows which wrapper belongs to which address."""

from functools import cached_property
from pathlib import Path

from tallystick.domain.ids import Address
from tallystick.gateways.chain.audits.canaries import Canaries
from tallystick.gateways.chain.audits.court import AuditCourt, AuditFund
from tallystick.gateways.chain.audits.seats import Beacon, VerifierRoster
from tallystick.gateways.chain.batches import AttributionRegistry
from tallystick.gateways.chain.challenges import DataChallenges, RewardChallenges
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.deployment import Deployment, check_deployment, read_deployment
from tallystick.gateways.chain.escrow import Token, UsageEscrow
from tallystick.gateways.chain.governing.votes import Governance
from tallystick.gateways.chain.payments import Payments
from tallystick.gateways.chain.referees import Referees, RewardReferee
from tallystick.gateways.chain.registries.agents import AgentRegistry
from tallystick.gateways.chain.registries.bounties import BountyBoard
from tallystick.gateways.chain.registries.datasets import DatasetRegistry
from tallystick.gateways.chain.registries.models import ModelRegistry
from tallystick.gateways.chain.registries.prior_art import PriorArt
from tallystick.gateways.chain.registries.reputation import AgentReputation
from tallystick.gateways.chain.rewards import RewardDistributor
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.policy import DEFAULT, SendPolicy
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.chain.stake import OperatorStake, Parameters
from tallystick.ports import Outbox, Signer
from tallystick.ports.indexing import BlockMark


class ChainSystem:
    """Satisfies `ports.Chain`. Without a sender it only reads."""

    def __init__(self, rpc: Rpc, deployment: Deployment, sender: Sender | None = None) -> None:
        self.rpc, self.deployment, self.sender = rpc, deployment, sender

    def acting_as(self, signer: Signer, outbox: Outbox, policy: SendPolicy = DEFAULT) -> "ChainSystem":
        """The same contracts with another key. One sender a key and process: keep what this returns."""
        self.rpc.pin()
        return ChainSystem(self.rpc, self.deployment, Sender(self.rpc, signer, outbox, policy))

    @cached_property
    def token(self) -> Token:
        return Token(self._bound("OpenToken"), self.sender)

    @cached_property
    def escrow(self) -> UsageEscrow:
        return UsageEscrow(self._bound("UsageEscrow"), self.sender)

    @cached_property
    def payments(self) -> Payments:
        bound = self._bound("UsageEscrow"), self._bound("OpenToken")
        return Payments(*bound, self.sender, since=self.deployment.block)

    @cached_property
    def stake(self) -> OperatorStake:
        return OperatorStake(self._bound("OperatorStake"), self.sender)

    @cached_property
    def datasets(self) -> DatasetRegistry:
        return DatasetRegistry(self._bound("DatasetRegistry"), self.sender)

    @cached_property
    def prior_art(self) -> PriorArt:
        name = "PriorArt"
        return PriorArt(self._bound(name) if name in self.deployment.contracts else None)

    @cached_property
    def models(self) -> ModelRegistry:
        return ModelRegistry(self._bound("ModelRegistry"), self.sender, since=self.deployment.block)

    @cached_property
    def agents(self) -> AgentRegistry:
        return AgentRegistry(self._bound("AgentRegistry"), self.sender, since=self.deployment.block)

    @cached_property
    def reputation(self) -> AgentReputation:
        return AgentReputation(self._bound("AgentReputation"), self.sender)

    @cached_property
    def bounties(self) -> BountyBoard:
        return BountyBoard(self._bound("BountyBoard"), self.sender, since=self.deployment.block)

    @cached_property
    def batches(self) -> AttributionRegistry:
        bound, since = self._bound("AttributionRegistry"), self.deployment.block
        court = self._bound("AuditCourt") if "AuditCourt" in self.deployment.contracts else None
        return AttributionRegistry(bound, self.sender, self.parameters, court=court, since=since)

    @cached_property
    def parameters(self) -> Parameters:
        return Parameters(self._bound("Parameters"), self.sender)

    @cached_property
    def rewards(self) -> RewardDistributor:
        return RewardDistributor(self._bound("RewardDistributor"), self.sender, self.parameters)

    @cached_property
    def referees(self) -> Referees:
        names = sorted(
            name for name in self.deployment.contracts if name.endswith("Referee") and name != "RewardReferee"
        )
        return Referees([self._bound(name) for name in names], self.sender)

    @cached_property
    def reward_referee(self) -> RewardReferee:
        return RewardReferee(self._bound("RewardReferee"), self.sender)

    @cached_property
    def data_challenges(self) -> DataChallenges:
        return DataChallenges(self._bound("DataChallenges"), self.sender, since=self.deployment.block)

    @cached_property
    def reward_challenges(self) -> RewardChallenges:
        return RewardChallenges(self._bound("RewardChallenges"), self.sender, since=self.deployment.block)

    @cached_property
    def governance(self) -> Governance:
        """NotFound on a deployment without votes."""
        known = {at: name for name, at in self.deployment.contracts.items()}

        def contract_at(at: Address) -> Contract | None:
            return self._bound(known[at]) if at in known else None

        names = {"votes": "OpenVotes", "timelock": "TallyTimelock", "escrow": "UsageEscrow"}
        parts = {part: self._bound(name) for part, name in names.items()}
        return Governance(self._bound("TallyGovernor"), self.sender, contract_at=contract_at, **parts)

    @cached_property
    def court(self) -> AuditCourt:
        bound = self._bound("AuditCourt")
        return AuditCourt(bound, self.sender, self.parameters, since=self.deployment.block)

    @cached_property
    def canaries(self) -> Canaries:
        return Canaries(self._bound("Canaries"), self.sender)

    @cached_property
    def roster(self) -> VerifierRoster:
        return VerifierRoster(self._bound("VerifierRoster"), self.sender, since=self.deployment.block)

    @cached_property
    def audit_fund(self) -> AuditFund:
        return AuditFund(self._bound("AuditFund"), self.sender)

    @cached_property
    def beacon(self) -> Beacon:
        """The one that was deployed: drand's signatures, or block hashes."""
        name = "Beacon" if "Beacon" in self.deployment.contracts else "BlockBeacon"
        return Beacon(self._bound(name), self.sender)

    @property
    def chain_id(self) -> int:
        return self.rpc.chain_id

    @property
    def first_block(self) -> int:
        return self.deployment.block

    def has_signed(self, intent: str) -> bool:
        """Whether a transaction for this intent may yet be mined, or was."""
        return self.sender is not None and self.sender.has_signed(intent)

    def endpoints(self) -> tuple[tuple[str, bool], ...]:
        """Without their paths, in which keys may be, and whether each is used."""
        if self.rpc.failover is None:
            return ((self.rpc.shown_url, True),)
        self.rpc.failover.look()
        return tuple((each.url, each.state == "up") for each in self.rpc.failover.health())

    def head(self) -> int:
        """Number of the newest block."""
        return self.rpc.block_number()

    def newest(self) -> BlockMark:
        """The newest block: what the chain says does not change before another is."""
        return self.rpc.newest()

    def gas_price(self) -> int:
        """Wei that a unit of gas costs now, the tip included."""
        with self.rpc.translated():
            return self.rpc.base_fee() + int(self.rpc.web3.eth.max_priority_fee)

    def now(self) -> int:
        """Time of the newest block."""
        return self.rpc.timestamp()

    def _bound(self, name: str) -> Contract:
        return self.deployment.bind(self.rpc, name)


def connect(url: str, deployment_file: Path, *, timeout_s: float = 10.0) -> ChainSystem:
    """Read-only view of a deployment, checked: right chain, code at every address."""
    return connected(Rpc(url, timeout_s=timeout_s), deployment_file)


def connected(rpc: Rpc, deployment_file: Path) -> ChainSystem:
    """The same over an endpoint that is there."""
    deployment = read_deployment(deployment_file)
    check_deployment(rpc, deployment)
    return ChainSystem(rpc, deployment)
