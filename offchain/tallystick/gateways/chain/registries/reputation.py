"""What was said of agents: one method a contract call."""

from tallystick.commitments.statements import Statement
from tallystick.commitments.typed_data import agent_feedback_statement, domain_separator
from tallystick.domain.ids import AssetId, Hash
from tallystick.gateways.chain.binding import Binding
from tallystick.ports import ChainEvent, OnChainBatch, Transaction
from tallystick.ports.agents import AgentFeedback, Standing


class AgentReputation(Binding):
    """Satisfies `ports.agents.AgentReputation`."""

    def feedback_statement(self, feedback: AgentFeedback) -> Statement:
        """What the receipt's consumer signs."""
        domain = domain_separator(self._contract.rpc.chain_id, self.address)
        said = feedback.agent_id, feedback.receipt, feedback.score, feedback.tag, feedback.evidence
        return agent_feedback_statement(domain, *said)

    def give_feedback(
        self, feedback: AgentFeedback, signature: bytes, batch: OnChainBatch, opening: tuple[object, ...]
    ) -> Transaction:
        return self._send("giveFeedback", _row(feedback), signature, batch.named, opening)

    def standing_of(self, agent_id: AssetId, tag: Hash | None = None) -> Standing:
        """All in all, or under one tag."""
        found = (
            self._call("standingOf", agent_id) if tag is None else self._call("standingUnder", agent_id, tag)
        )
        return Standing(found["weight"], found["count"], found["weighted"])

    def words(self, first: int, last: int) -> tuple[ChainEvent, ...]:
        return self._events("FeedbackGiven", first, last)

    def has_spoken(self, receipt: Hash) -> bool:
        return bool(self._call("hasSpoken", receipt))


def _row(f: AgentFeedback) -> tuple[object, ...]:
    return (f.agent_id, f.receipt, f.score, f.tag, f.evidence)
