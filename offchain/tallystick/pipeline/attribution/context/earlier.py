"""Earlier passages beside a paid one, whether they were retrieved or not: what they would have given is theirs.

A copy that clusters miss may take its original's place in the prompt. So for each passage that is to be paid, passages
before it in commit order stand in its place for once, and its rise is shared by the split's own rule: increments of the
running maximum in commit order. Whom to ask is told by docs/decisions/0057 and 0069.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tallystick.domain.attribution import Evidence, Passage
from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.context.channel import ContextValues, floor_of, lifts
from tallystick.pipeline.attribution.context.prompts import Scored
from tallystick.pipeline.attribution.split import MICRO, increments, micro

# Of one passage, the passages before it in commit order to ask about, in that order; few.
Earlier = Callable[[Passage], Sequence[Passage]]
# The same for an answer: its messages, what stood in its prompt, its tokens.
Asking = Callable[[Sequence[dict[str, str]], Sequence[Passage], Sequence[int]], Earlier]


def nobody(passage: Passage) -> Sequence[Passage]:
    return ()


def asks_nobody(
    messages: Sequence[dict[str, str]], passages: Sequence[Passage], answer_ids: Sequence[int]
) -> Earlier:
    return nobody


@dataclass(frozen=True, slots=True)
class Asked:
    """An earlier passage that stood in for a paid one, and what it is paid of its rise; nats."""

    passage: Passage
    instead_of: Passage
    value: float

    @property
    def evidence(self) -> Evidence:
        later = self.instead_of.dataset_id, self.instead_of.record_index
        other = f"record {later[1]} of 0x{later[0].hex()}"
        given = "gives what the later" if self.value > 0 else "gives nothing of what the later"
        told = f"outside the prompt, {given} {other} gave"
        asked = self.passage
        return Evidence("context", asked.dataset_id, asked.record_index, self.value, told, later)


def shared(raised: int, earlier: Sequence[int], floor: int) -> list[int]:
    """What each earlier passage is paid, in commit order, then what is left for the passage itself.

    `raised` is the passage's gain over the bar, `earlier` are theirs when each stands in its place; micro-nats. They add
    up to what it would be paid by itself at most: whoever gives more than it did is paid as if it gave the same.
    """
    values = [min(value, raised) for value in earlier]
    values.append(raised)
    return increments(values, floor)


def with_earlier(
    scored: Scored, passages: Sequence[Passage], values: ContextValues, earlier: Earlier
) -> tuple[ContextValues, tuple[Asked, ...]]:
    """The values with what earlier passages take of them. `passages` and `values` are `context_values`' own."""
    if not any(value > 0 for value in values.values):
        return values, ()
    floor = floor_of(len(scored.answer_ids))
    lifted = lifts(values.start, values.prefixes, floor)
    shown = {(p.dataset_id, p.record_index) for p in passages}
    bar, left, asked = 0, list(values.values), list[Asked]()
    for k, passage in enumerate(passages):
        prefix, alone = values.prefixes[k], values.alone[k]
        if values.values[k] > 0 and prefix is not None and alone is not None:
            others = [o for o in earlier(passage) if (o.dataset_id, o.record_index) not in shown]
            gains = [_gain(scored, passages[:k], other, values.start, bar, floor) for other in others]
            raised = min(micro(prefix - values.start) - bar, micro(alone))
            *theirs, own = shared(raised, gains, micro(floor))
            if others:
                left[k] = own / MICRO
            asked += [Asked(o, passage, v / MICRO) for o, v in zip(others, theirs, strict=True)]
        bar += lifted[k]
    return replace(values, values=tuple(left)), tuple(asked)


def _gain(
    scored: Scored, before: Sequence[Passage], other: Passage, start: float, bar: int, floor: float
) -> int:
    """Over the bar in the place behind `before`, at most alone; nothing for what is too long to be read there."""
    try:
        gain = micro(scored.after([*before, other]) - start) - bar
        if before and gain > micro(floor):
            gain = min(gain, micro(scored.after([other]) - start))
    except InvalidInput:
        return 0
    return gain
