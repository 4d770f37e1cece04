"""Slot errors of a text made from attributes: what it lacks, says otherwise, or adds.

The rate is that of Wen et al. (2015), errors over slots, with wrong values apart as in Dusek, Howcroft and Rieser (2019).
It reads text by patterns, so it is itself wrong now and then: compare models by it, do not trust one verdict.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tallystick.domain.lexical import normalised
from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.words import whole

Span = tuple[int, int]
# Attribute to value to the pattern of its phrases, on normalised text.
Lexicon = Mapping[str, Mapping[str, str]]
NOTHING_KNOWN: Mapping[str, Collection[str]] = MappingProxyType({})
_SLOT = re.compile(r"\s*([^\[\],]+?)\s*\[\s*([^\[\]]*?)\s*\]\s*(?:,|$)")
_PLACEHOLDER = re.compile(r"(?<!\w)x-(\w+)")


@dataclass(frozen=True, slots=True)
class SlotErrors:
    """Names of attributes, sorted; an attribute stands in one of them at most once."""

    slots: int
    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.missing) + len(self.wrong) + len(self.added)


def parse_mr(text: str) -> dict[str, str]:
    """`name[The Eagle], area[riverside]` as attribute to value, in order."""
    slots: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _SLOT.match(text, position)
        if match is None or not match[2] or match[1] in slots:
            raise InvalidInput(
                f"This is no list of attributes: {text[position:]!r}.",
                "Write `name[value], name[value]`, each once.",
            )
        slots[match[1]] = match[2]
        position = match.end()
    if not slots:
        raise InvalidInput("There are no attributes.", "Write `name[value], name[value]`.")
    return slots


def slot_errors(
    slots: Mapping[str, str],
    text: str,
    lexicon: Lexicon,
    known: Mapping[str, Collection[str]] = NOTHING_KNOWN,
) -> SlotErrors:
    """What a text says otherwise than its slots.

    - An attribute of the lexicon is said by any phrase of a value; a phrase of several values means the one that is
      wanted. A phrase within a longer one of the same attribute does not count: `not family-friendly` holds no
      `family-friendly`.
    - Any other attribute is said word for word, with or without a leading `The`. Other values are noticed only if `known`
      lists them. Such names hide what they hold: `Raja Indian Cuisine` says nothing of food.
    - A delexicalised text says `X-attribute`: that is the wanted value, whatever it is.
    - No phrase: missing. Phrases of other values only: wrong. An attribute that was not asked for, or another value
      beside the right one: added. Repeating the right value is no error.
    """
    plain = normalised(text)
    placed = {match[1] for match in _PLACEHOLDER.finditer(plain)}
    taken: list[Span] = []
    missing: list[str] = []
    wrong: list[str] = []
    added: list[str] = []
    for attribute, phrases in _in_order(slots, lexicon, known):
        found = _said(phrases, plain, taken)
        if attribute not in lexicon:
            taken += found
        wanted = normalised(slots.get(attribute, ""))
        right = _key(attribute) in placed or any(wanted in values for values in found.values())
        other = any(wanted not in values for values in found.values())
        if not wanted:
            if right or other:
                added.append(attribute)
        elif not right:
            (wrong if other else missing).append(attribute)
        elif other:
            added.append(attribute)
    return SlotErrors(len(slots), tuple(sorted(missing)), tuple(sorted(wrong)), tuple(sorted(added)))


def slot_error_rate(errors: Sequence[SlotErrors]) -> float:
    """Errors over slots of all texts together; above 1 where texts add more than was asked."""
    slots = sum(e.slots for e in errors)
    if not slots:
        raise InvalidInput("There is no slot to be wrong.", "Give at least one text.")
    return sum(e.count for e in errors) / slots


def _in_order(
    slots: Mapping[str, str], lexicon: Lexicon, known: Mapping[str, Collection[str]]
) -> list[tuple[str, dict[str, str]]]:
    """Each attribute with its patterns: names that were asked for, other names, then what the lexicon knows."""
    names = [
        *(a for a in slots if a not in lexicon),
        *(a for a in known if a not in slots and a not in lexicon),
    ]
    ordered = []
    for attribute in (*names, *lexicon):
        phrases = {normalised(v): p for v, p in lexicon.get(attribute, {}).items()}
        elsewhere = {normalised(v) for a, v in slots.items() if a != attribute}
        if attribute not in lexicon:
            values = {normalised(v) for v in known.get(attribute, ())} - elsewhere
            phrases = {v: _name(v) for v in values if v}
        if wanted := normalised(slots.get(attribute, "")):
            phrases.setdefault(wanted, _name(wanted))
        ordered.append((attribute, phrases))
    return ordered


def _said(phrases: Mapping[str, str], plain: str, taken: Sequence[Span]) -> dict[Span, set[str]]:
    """Where the text says something of an attribute, and which values each place may mean."""
    found: dict[Span, set[str]] = {}
    for value, pattern in phrases.items():
        for match in re.finditer(pattern, plain):
            found.setdefault(match.span(), set()).add(value)
    return {
        span: values
        for span, values in found.items()
        if not any(_within(span, other) and span != other for other in found)
        and not any(_within(span, other) for other in taken)
    }


def _within(span: Span, other: Span) -> bool:
    return other[0] <= span[0] and span[1] <= other[1]


def _name(value: str) -> str:
    rest = value.removeprefix("the ")
    return whole(value) if rest == value else rf"(?:(?<!\w)the )?{whole(rest)}"


def _key(attribute: str) -> str:
    return re.sub(r"\W", "", normalised(attribute))
