"""The registry of agents: one method a contract call."""

from tallystick.commitments.statements import Statement
from tallystick.commitments.typed_data import agent_wallet_statement, domain_separator
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import NotFound
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.registries.assets import ContentRegistry
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.ports import Transaction
from tallystick.ports.agents import RegisteredAgent


class AgentRegistry(ContentRegistry):
    """Satisfies `ports.agents.AgentRegistry`. `since` is the block of its deployment."""

    def __init__(self, contract: Contract, sender: Sender | None, *, since: int = 0) -> None:
        super().__init__(contract, sender)
        self._since = since

    def register_agent(self, card: Hash, endpoint: str) -> tuple[AssetId, Transaction]:
        done = self._send("registerAgent", card, endpoint)
        return AssetId(done.event("AgentRegistered").values["agentId"]), done

    def set_card(self, agent_id: AssetId, card: Hash) -> Transaction:
        return self._send("setCard", agent_id, card)

    def set_endpoint(self, agent_id: AssetId, endpoint: str) -> Transaction:
        return self._send("setEndpoint", agent_id, endpoint)

    def wallet_statement(
        self, agent_id: AssetId, owner: Address, wallet: Address, deadline: int
    ) -> Statement:
        """What the wallet signs to act for the agent until another does."""
        domain = domain_separator(self._contract.rpc.chain_id, self.address)
        return agent_wallet_statement(domain, agent_id, owner, wallet, deadline)

    def set_wallet(self, agent_id: AssetId, wallet: Address, deadline: int, signature: bytes) -> Transaction:
        return self._send("setAgentWallet", agent_id, wallet, deadline, signature)

    def remove_wallet(self, agent_id: AssetId) -> Transaction:
        return self._send("removeAgentWallet", agent_id)

    def agent(self, agent_id: AssetId) -> RegisteredAgent:
        at = self.registered_at(agent_id)
        if at == 0:
            raise NotFound(f"No agent 0x{agent_id.hex()} is registered.", "Check the id and the chain.")
        return RegisteredAgent(
            asset_id=agent_id,
            owner=self.owner_of(agent_id),
            payout=self.payout_of(agent_id),
            wallet=Address(self._call("walletOf", agent_id)),
            card=Hash(self._call("cardOf", agent_id)),
            endpoint=str(self._call("endpointOf", agent_id)),
            registered_at=at,
            retired_at=self.retired_at(agent_id),
        )

    def registered(self, last: int) -> tuple[AssetId, ...]:
        """Every agent that was registered until this block, oldest first."""
        events = self._events("AgentRegistered", self._since, last)
        return tuple(AssetId(e.values["agentId"]) for e in events)
