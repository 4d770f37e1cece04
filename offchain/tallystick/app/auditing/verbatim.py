"""Spans that an answer's evidence names, looked up in the records themselves: exact, and without a model."""

from collections.abc import Iterator

from tallystick.domain.answers.levels import BY_AUDIT_GAME, Fault
from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.pipeline.attribution.spans.words import canonical, words_of
from tallystick.pipeline.auditing.answers.sources import Provenance

CHANNEL = "spans"


def span_faults(opened: OpenedAnswer, known: Provenance) -> Iterator[Fault]:
    """Of rows whose record can be read; that the record is under its root, `known` has shown."""
    for row in opened.shown.evidence:
        held = known.sets.get(row.asset_id)
        if row.channel != CHANNEL or held is None or held.records is None:
            continue
        if row.record_index < held.count and not _shared(
            opened.output.answer, held.records[row.record_index].text, int(row.value)
        ):
            said = f"{int(row.value)} bytes of record {row.record_index} of 0x{row.asset_id.hex()}"
            yield Fault("span", said, "the answer has no such run of words", BY_AUDIT_GAME)


def _shared(answer: str, text: str, length: int) -> bool:
    """Whether so many bytes of the canonical answer, from some word on, stand in the canonical text."""
    plain, body = canonical(answer), canonical(text)
    starts = (word.start for word in words_of(plain) if word.start + length <= len(plain))
    return length > 0 and any(plain[at : at + length] in body for at in starts)
