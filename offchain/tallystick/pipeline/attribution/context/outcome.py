"""The context channel as a receipt has it: measured gains, and the shares of the retrieval pot."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.domain.attribution import Evidence, Gains, Passage
from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.usage import Share
from tallystick.pipeline.attribution.context.channel import ContextValues, context_values
from tallystick.pipeline.attribution.context.earlier import Asked, Earlier, nobody, with_earlier
from tallystick.pipeline.attribution.context.prompts import Scored, in_commit_order
from tallystick.pipeline.attribution.integer_shares import earned_ppm
from tallystick.pipeline.attribution.scorer import Messages, Scorer
from tallystick.pipeline.attribution.split import micro, shares_of


@dataclass(frozen=True, slots=True)
class ContextOutcome:
    """`training_ppm` is what the adapter earned of its pots, by the same gains; evidence has the best passage first."""

    values: ContextValues
    gains: Gains
    training_ppm: int
    shares: tuple[Share, ...]
    evidence: tuple[Evidence, ...]


def context_outcome(
    scorer: Scorer,
    messages: Messages,
    passages: Sequence[Passage],
    answer_ids: Sequence[int],
    *,
    screening: float = 1.0,
    earlier: Earlier = nobody,
) -> ContextOutcome:
    """Of the answer's own tokens, one at least. With the reference scorer and `earlier` this defines what is paid."""
    scored, ordered = Scored(scorer, messages, answer_ids), in_commit_order(passages)
    # The base goes first: it leaves the lower half of the question's row to the adapter and to the gradient.
    base = scored.plain(adapter=False)
    values = context_values(scored, ordered, screening=screening)
    values, asked = with_earlier(scored, ordered, values, earlier)
    gains = gains_of(base, values, len(answer_ids))
    training_ppm, retrieval_ppm = earned_ppm(gains)
    shares = shares_of(
        Pot.RETRIEVAL, retrieval_ppm, _by_dataset(ordered, values, asked), micro(values.gained)
    )
    return ContextOutcome(values, gains, training_ppm, shares, _evidence(ordered, values, asked))


def gains_of(base: float, values: ContextValues, tokens: int) -> Gains:
    """Nats a token. What the mere form of a prompt with passages does is left out of what they gained."""
    return Gains(base / tokens, values.plain / tokens, (values.plain + values.gained) / tokens)


def _by_dataset(
    passages: Sequence[Passage], values: ContextValues, asked: Sequence[Asked]
) -> dict[AssetId, int]:
    paid = [*zip(passages, values.values, strict=True), *((a.passage, a.value) for a in asked)]
    earned: dict[AssetId, int] = {}
    for passage, value in paid:
        earned[passage.dataset_id] = earned.get(passage.dataset_id, 0) + micro(value)
    return earned


def _evidence(
    passages: Sequence[Passage], values: ContextValues, asked: Sequence[Asked]
) -> tuple[Evidence, ...]:
    outdone = {(a.instead_of.dataset_id, a.instead_of.record_index) for a in asked if a.value > 0}
    found = []
    for place, (p, value) in enumerate(zip(passages, values.values, strict=True)):
        is_outdone = value == 0 and (p.dataset_id, p.record_index) in outdone
        told = "gave no more than an earlier passage" if is_outdone else values.reason(place)
        found.append(Evidence("context", p.dataset_id, p.record_index, value, told))
    found += [a.evidence for a in asked]
    return tuple(sorted(found, key=lambda e: -e.value))
