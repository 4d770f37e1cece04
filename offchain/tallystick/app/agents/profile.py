"""An agent from every side: its card, what consumers said of it, what its keys may spend, and its bounties."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.app.agents.bounties import BountyLine
from tallystick.app.agents.registry import AgentDetail
from tallystick.app.agents.reputation import Reputation
from tallystick.domain.ids import ZERO_HASH, Address, Hash
from tallystick.ports import Chain, ChainEvent

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
class SpendingKey:
    """A key that may sign for `consumer`'s money. `cap` and `left` are None where all that is allotted may be spent."""

    consumer: Address
    signer: Address
    may_sign: bool
    cap: int | None
    spent: int | None
    left: int | None
    ends_at: int | None


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


def keys_of(chain: Chain, agent: AgentDetail, events: Sequence[ChainEvent]) -> tuple[SpendingKey, ...]:
    """The newest first; a key that was capped again counts from that cap on."""
    accounts, caps = {agent.owner, agent.wallet}, dict[tuple[Address, Address], int]()
    pairs = dict[tuple[Address, Address], None]()
    for event in events:
        pair = Address(event.values["consumer"]), Address(event.values["signer"])
        if accounts.isdisjoint(pair):
            continue
        pairs.pop(pair, None)
        pairs[pair] = None
        if event.name == "SignerCapped":
            caps[pair] = event.values["cap"]
    return tuple(_key(chain, *pair, caps.get(pair)) for pair in reversed(pairs))


def _key(chain: Chain, consumer: Address, signer: Address, cap: int | None) -> SpendingKey:
    found = chain.escrow.signer_of(consumer, signer)
    is_capped = found.is_capped and cap is not None
    return SpendingKey(
        consumer=consumer,
        signer=signer,
        may_sign=chain.escrow.can_sign(consumer, signer),
        cap=cap if is_capped else None,
        spent=max(cap - found.left, 0) if is_capped and cap is not None else None,
        left=found.left if is_capped else None,
        ends_at=found.revoked_from or None,
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
