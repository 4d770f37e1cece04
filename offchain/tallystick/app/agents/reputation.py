"""A consumer's word on an agent, proven by its receipt in a final batch; and what was said of an agent so far."""

from dataclasses import dataclass

from tallystick.app.auditing.batches import domain_of, fetch_batch
from tallystick.commitments.keccak import keccak256
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import NO_AGENT, ZERO_HASH, AssetId, Hash
from tallystick.errors import Conflict, InvalidInput, NodeError, NotAuthorised, NotFound
from tallystick.pipeline.auditing.audited import AuditedBatch
from tallystick.pipeline.auditing.openings import open_receipt
from tallystick.ports import Chain, ContentStore, OnChainBatch, Signer
from tallystick.ports.agents import AgentFeedback


@dataclass(frozen=True, slots=True)
class GivenFeedback:
    """`burned` is what the word weighs."""

    agent_id: AssetId
    receipt: Hash
    score: int
    burned: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class Reputation:
    """`score` is 0 .. 100, weighed by `burned`, what burned behind all receipts that spoke; None before the first."""

    agent_id: AssetId
    score: float | None
    burned: int
    words: int


def tag_of(word: str) -> Hash:
    """What stands for a word on the chain; zero for none."""
    return Hash(keccak256(word.encode())) if word else ZERO_HASH


def give(
    chain: Chain, content: ContentStore, signer: Signer, receipt: Hash, *, score: int, tag: str
) -> GivenFeedback:
    """Say how well the agent of a receipt of ours did; `Conflict` before its batch is final or after it spoke."""
    if not 0 <= score <= 100:
        raise InvalidInput(f"A score is 0 to 100, not {score}.")
    if chain.reputation.has_spoken(receipt):
        raise Conflict(f"The receipt 0x{receipt.hex()} spoke before.", "Each speaks once.")
    on_chain, batch, index = _find(chain, content, receipt)
    shown = batch.leaves[index].signed.receipt
    if shown.agent_id == NO_AGENT:
        raise InvalidInput(f"The receipt 0x{receipt.hex()} names no agent.", "Only who was named is judged.")
    if shown.consumer != signer.address:
        raise NotAuthorised(f"{shown.consumer} paid for this answer.", "Speak with the consumer's own key.")
    feedback = AgentFeedback(shown.agent_id, receipt, score, tag_of(tag), ZERO_HASH)
    signature = signer.sign(chain.reputation.feedback_statement(feedback))
    done = chain.reputation.give_feedback(feedback, signature, on_chain, open_receipt(batch, index))
    weight = done.event("FeedbackGiven").values["weight"]
    return GivenFeedback(shown.agent_id, receipt, score, weight, done.tx_hash)


def reputation_of(chain: Chain, agent_id: AssetId, tag: str = "") -> Reputation:
    """All in all, or under one tag."""
    found = chain.reputation.standing_of(agent_id, tag_of(tag) if tag else None)
    return Reputation(agent_id, found.score, found.weight, found.count)


def _find(chain: Chain, content: ContentStore, receipt: Hash) -> tuple[OnChainBatch, AuditedBatch, int]:
    """The final batch that holds the receipt, newest first; files that cannot be had are passed over."""
    domain, waits = domain_of(chain), False
    for submitted in reversed(chain.batches.submitted(0, chain.head())):
        try:
            batch = fetch_batch(chain, content, submitted)
        except NodeError:
            continue
        for index, leaf in enumerate(batch.leaves):
            if receipt_digest(domain, leaf.signed.receipt) != receipt:
                continue
            on_chain = chain.batches.batch(submitted.batch_id)
            if on_chain.status == "final":
                return on_chain, batch, index
            waits = True
    if waits:
        raise Conflict(f"The batch of 0x{receipt.hex()} is not final.", "Speak when its window is over.")
    raise NotFound(f"No batch settles the receipt 0x{receipt.hex()} yet.", "Its operator closes one later.")
