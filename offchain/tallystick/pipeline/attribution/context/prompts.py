"""The prompts that the context channel scores: a question after some of its passages, in commit order."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.domain.attribution import Passage, passage_text
from tallystick.pipeline.attribution.scorer import Messages, Scorer

# Stands where a passage would, and says nothing: what its mere form does to an answer is nobody's gain.
PLACEHOLDER = "(none)"


def in_commit_order(passages: Sequence[Passage]) -> list[Passage]:
    """As they stand in the prompt: by their data sets' place in chain order, then by record."""
    return sorted(passages, key=lambda p: (p.order, p.record_index))


@dataclass(frozen=True, slots=True)
class Scored:
    """One answer with a scorer: its log-probability (nats, summed over its tokens) after any passages."""

    scorer: Scorer
    messages: Messages
    answer_ids: Sequence[int]

    def after(self, passages: Sequence[Passage]) -> float:
        return self._value([passage_text(p) for p in passages])

    def after_placeholder(self) -> float:
        return self._value([PLACEHOLDER])

    def plain(self, *, adapter: bool = True) -> float:
        """After the question alone, as if nothing had been retrieved."""
        return self._value([], adapter=adapter)

    def _value(self, context: Sequence[str], *, adapter: bool = True) -> float:
        prompt = self.scorer.encode_prompt(self.messages, context)
        return self.scorer.logprob([prompt], self.answer_ids, adapter=adapter)[0]
