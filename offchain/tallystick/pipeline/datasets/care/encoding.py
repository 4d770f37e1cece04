"""Broken encodings: text decoded by the wrong table, characters that were lost, and ones that nobody can see."""

import re
import unicodedata
from collections.abc import Iterator

from tallystick.pipeline.datasets.care.finding import Finding, Kind
from tallystick.pipeline.datasets.care.rules import Rules
from tallystick.pipeline.datasets.care.texts import Records, fields_of

_CONTINUED = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(0x80, 0xC0))
_MARKS = "‚„…‹‘’“”–—›«»\xa0"
# Only what Western text often turns into, and no mark behind capitals: “Spaß“ and “MAÇÃ” would look like UTF-8 too.
_MOJIBAKE = re.compile(
    f"[ÃÂ](?:(?![{_MARKS}])|(?<![A-ZÀ-Þ][ÃÂ]))[{_CONTINUED}]"
    f"|â€[{_CONTINUED}]|â„¢|ï»¿|ï¿½|ðŸ[{_CONTINUED}]{{2}}"
)
_FAULTS = {
    Kind.NUL: (re.compile("\0"), "a NUL character"),
    Kind.CONTROL: (
        re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]"),
        "a control character",
    ),
    Kind.SURROGATE: (re.compile(r"[\ud800-\udfff]"), "half of a character (a lone surrogate)"),
    Kind.REPLACEMENT: (re.compile("\ufffd"), "the sign of a character that was lost"),
    Kind.MOJIBAKE: (_MOJIBAKE, "UTF-8 that was read as Windows-1252"),
    Kind.BIDIRECTIONAL: (
        re.compile(r"[\u202a-\u202e\u2066-\u2069]"),
        "a mark that turns the direction of text",
    ),
}
_HINTS = {
    Kind.REPLACEMENT: "Read the source again with its own encoding.",
    Kind.MOJIBAKE: "Read the source again as UTF-8, or take the replacement.",
}
_PLAIN = re.compile(r"[\t\n\r -~]*")


def check_encoding(records: Records, rules: Rules) -> Iterator[Finding]:
    """The first fault of each kind in a column."""
    for index, body in enumerate(records):
        for column, text in fields_of(body):
            if not _PLAIN.fullmatch(text):
                yield from _faults(index, column, text, rules)


def _faults(index: int, column: str, text: str, rules: Rules) -> Iterator[Finding]:
    for kind, (pattern, what) in _FAULTS.items():
        if match := pattern.search(text):
            times = len(pattern.findall(text))
            often = f" ({times} times)" if times > 1 else ""
            message = f"{column} holds {what}{often}. {_HINTS.get(kind, 'Remove it.')}"
            mended = _replacement(kind, match.group())
            start, end = match.span()
            yield Finding(index, kind, rules.severity(kind), message, column, start, end, replacement=mended)
    if not unicodedata.is_normalized("NFC", text):
        message = f"{column} is not in Unicode's form NFC, so equal words look unlike. Normalise it."
        yield Finding(index, Kind.NOT_NFC, rules.severity(Kind.NOT_NFC), message, column)


def _replacement(kind: Kind, found: str) -> str | None:
    if kind is Kind.REPLACEMENT:
        return None  # nobody knows what stood there
    return mend(found) if kind is Kind.MOJIBAKE else ""


def mend(text: str) -> str:
    """Text with what is UTF-8 in disguise put right; what is not stays."""
    return _MOJIBAKE.sub(lambda match: _decoded(match.group()), text)


def _decoded(found: str) -> str:
    raw = b"".join(c.encode("latin-1") if ord(c) < 256 else c.encode("cp1252") for c in found)
    return raw.decode("utf-8", "replace")
