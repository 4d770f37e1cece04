"""An agent from every side: its card, what consumers said of it, what its keys may spend, and its bounties."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.app.agents.bounties import BountyLine
from tallystick.app.agents.registry import AgentDetail
from tallystick.app.agents.reputation import Reputation
from tallystick.app.paying.spending import SpendingKey
from tallystick.domain.ids import ZERO_HASH, Address, Hash
from tallystick.ports import ChainEvent

WORDS = 25


@dataclass(frozen=True, slots=True)
class Word:
    """What a consumer said: 0 to 100, weighed by what burned behind the receipt. `tag` is None for none."""

    consumer: Address
    score: int
    burned: int
    tag: Hash | None
    receipt: Hash
    block: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """`words` are the newest of `reputation.words`; keys are of the agent's owner and wallet, or held by them."""

    agent: AgentDetail
    reputation: Reputation
    words: tuple[Word, ...]
    keys: tuple[SpendingKey, ...]
    posted: tuple[BountyLine, ...]
    won: tuple[BountyLine, ...]


def words_of(agent: AgentDetail, events: Sequence[ChainEvent]) -> tuple[Word, ...]:
    """The newest first."""
    found = [e for e in events if e.values["agentId"] == agent.agent_id]
    return tuple(_word(e) for e in found[::-1][:WORDS])


def _word(event: ChainEvent) -> Word:
    told, tag = event.values, Hash(event.values["tag"])
    return Word(
        consumer=Address(told["consumer"]),
        score=told["score"],
        burned=told["weight"],
        tag=None if tag == ZERO_HASH else tag,
        receipt=Hash(told["receiptDigest"]),
        block=event.block,
        tx_hash=event.tx_hash,
    )


def bounties_of(
    agent: AgentDetail, bounties: Sequence[BountyLine], awards: Sequence[ChainEvent]
) -> tuple[tuple[BountyLine, ...], tuple[BountyLine, ...]]:
    """Those that its owner or wallet posted, and those whose money one of them won."""
    accounts = (agent.owner, agent.wallet)
    won = {e.values["bountyId"] for e in awards if e.values["tuner"] in accounts}
    return (
        tuple(b for b in bounties if b.poster in accounts),
        tuple(b for b in bounties if b.bounty_id in won),
    )
