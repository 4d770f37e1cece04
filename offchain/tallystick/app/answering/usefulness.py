"""What answers tell of their passages: from each as it is billed, kept in the books for the next start."""

from collections.abc import Callable, Iterable, Sequence

from tallystick.domain.answers.usefulness import Asked, Lesson, Place, Standing
from tallystick.domain.attribution import Evidence

Learn = Callable[[Lesson], Sequence[Standing]]
Recall = Callable[[Iterable[Standing]], None]
# Answers shorter than that cost too little to be believed.
LEAST_TOKENS = 8
MICRO = 1_000_000


def lesson_of(shown: Sequence[Place], evidence: Iterable[Evidence], tokens: int) -> Lesson | None:
    """Of one answer of so many tokens; `shown` has the passage nearest to the question first. None if it is none."""
    if not shown or tokens < LEAST_TOKENS:
        return None
    rows = [e for e in evidence if e.channel == "context"]
    raised = frozenset((e.asset_id, e.record_index) for e in rows if e.value > 0)
    asked = tuple(
        Asked((e.asset_id, e.record_index), e.instead_of, round(e.value * MICRO))
        for e in rows
        if e.instead_of is not None
    )
    return Lesson(tuple(shown), raised, asked)
