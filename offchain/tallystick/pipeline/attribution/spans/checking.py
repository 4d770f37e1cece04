"""Checks of spans that an operator claims: exact, by anyone who has the texts, without a model.

`is_in` needs the one record, as its Merkle proof gives it. `differences` recomputes everything over the
manifest's records.
"""

from collections.abc import Sequence

from tallystick.pipeline.attribution.spans.index import Span, SpanIndex
from tallystick.pipeline.attribution.spans.words import canonical, is_inside


def is_in(span: Span, answer: str, record_text: str) -> bool:
    """Whether the span's bytes stand as whole words in the answer and at its offset in the record."""
    plain, text = canonical(answer), canonical(record_text)
    end, offset_end = span.start + span.length, span.offset + span.length
    if span.length <= 0 or min(span.start, span.offset) < 0 or end > len(plain) or offset_end > len(text):
        return False
    if plain[span.start : end] != text[span.offset : offset_end]:
        return False
    edges = ((plain, span.start), (plain, end), (text, span.offset), (text, offset_end))
    return not any(is_inside(raw, at) for raw, at in edges)


def differences(index: SpanIndex, answer: str, prompt: str, claimed: Sequence[Span]) -> tuple[str, ...]:
    """In what the claimed spans differ from those of the index; empty when they are exactly right, in their order."""
    found = index.spans(answer, prompt)
    if tuple(claimed) == found:
        return ()
    told = [f"claimed but not there: {_told(s)}" for s in claimed if s not in found]
    told += [f"left out: {_told(s)}" for s in found if s not in claimed]
    return tuple(told) or ("claimed in another order, or twice",)


def _told(span: Span) -> str:
    return f"{span.length} bytes of record {span.place} at {span.offset}, {span.weight} micro-bits"
