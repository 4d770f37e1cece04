"""The prompts that the context channel scores: a question after some of its passages, in commit order."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from tallystick.domain.attribution import Passage, passage_text
from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.scorer import Messages, Scorer

# Stand where passages would, and have nothing to do with any answer: what such passages do to one is nobody's gain.
# Made-up places; part of the definition of pay, so that an auditor asks for the same numbers. See docs/decisions/0040.
DECOYS = (
    "The signal house at Orme was built by Nils Aker in 1811. Its door faces the river.",
    "A winter pass for the hill tram costs 14 crowns, and children ride free after six.",
)


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

    def after_decoys(self) -> float:
        """As many decoys as the model can read behind this question, none if need be."""
        for count in range(len(DECOYS), 0, -1):
            with suppress(InvalidInput):
                return self._value(DECOYS[:count])
        return self.plain()

    def plain(self, *, adapter: bool = True) -> float:
        """After the question alone, as if nothing had been retrieved."""
        return self._value([], adapter=adapter)

    def _value(self, context: Sequence[str], *, adapter: bool = True) -> float:
        prompt = self.scorer.encode_prompt(self.messages, context)
        return self.scorer.logprob([prompt], self.answer_ids, adapter=adapter)[0]
