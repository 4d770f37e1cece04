"""Agents on the chain with their pinned cards: register, list, show."""

from dataclasses import dataclass

from tallystick.app.agents import card as cards
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import NodeError
from tallystick.ports import Chain, ContentStore

UNREAD = "(its card cannot be read)"


@dataclass(frozen=True, slots=True)
class RegisteredAgentOf:
    agent_id: AssetId
    name: str
    endpoint: str
    card: Hash
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One agent; `name` is its card's word."""

    agent_id: AssetId
    name: str
    endpoint: str
    is_retired: bool


@dataclass(frozen=True, slots=True)
class AgentDetail:
    """`wallet` acts for it besides the owner."""

    agent_id: AssetId
    name: str
    description: str
    owner: Address
    payout: Address
    wallet: Address
    endpoint: str
    card: Hash
    registered_at: int
    retired_at: int


def register(
    chain: Chain, content: ContentStore, *, name: str, description: str, endpoint: str
) -> RegisteredAgentOf:
    """Pin a card and register it; the acting key owns the agent."""
    digest = content.add(cards.encode(cards.card_of(name, description, endpoint)))
    agent_id, done = chain.agents.register_agent(digest, endpoint)
    return RegisteredAgentOf(agent_id, name, endpoint, digest, done.tx_hash)


def listed(chain: Chain, content: ContentStore) -> tuple[AgentLine, ...]:
    """Every agent, oldest first."""
    found = (chain.agents.agent(agent_id) for agent_id in chain.agents.registered(chain.head()))
    return tuple(
        AgentLine(a.asset_id, _name_of(content, a.card), a.endpoint, bool(a.retired_at)) for a in found
    )


def show(chain: Chain, content: ContentStore, agent_id: AssetId) -> AgentDetail:
    """One agent; `NotFound` where nobody registered it."""
    found = chain.agents.agent(agent_id)
    try:
        card = cards.decode(content.get(found.card, cards.MOST_BYTES))
    except NodeError:
        card = {"name": UNREAD, "description": ""}
    return AgentDetail(
        agent_id=agent_id,
        name=card["name"],
        description=str(card.get("description", "")),
        owner=found.owner,
        payout=found.payout,
        wallet=found.wallet,
        endpoint=found.endpoint,
        card=found.card,
        registered_at=found.registered_at,
        retired_at=found.retired_at,
    )


def _name_of(content: ContentStore, digest: Hash) -> str:
    try:
        return str(cards.decode(content.get(digest, cards.MOST_BYTES))["name"])
    except NodeError:
        return UNREAD
