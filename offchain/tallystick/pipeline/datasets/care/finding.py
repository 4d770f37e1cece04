"""What a check has to say about one record. Never repeats what it found, as that may be somebody's secret."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """A quarantined record is set aside until a person decides; a flagged one is kept."""

    QUARANTINE = "quarantine"
    FLAG = "flag"


class Kind(StrEnum):
    """Everything that the checks look for."""

    MISSING = "missing"
    NOT_TEXT = "not_text"
    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    LENGTH_OUTLIER = "length_outlier"
    NUL = "nul"
    CONTROL = "control"
    SURROGATE = "surrogate"
    REPLACEMENT = "replacement"
    MOJIBAKE = "mojibake"
    BIDIRECTIONAL = "bidirectional"
    NOT_NFC = "not_nfc"
    COPY = "copy"
    NEAR_COPY = "near_copy"
    CONFLICT = "conflict"
    LEAK = "leak"
    NEAR_LEAK = "near_leak"
    LEAKED_QUESTION = "leaked_question"
    EMAIL = "email"
    PHONE = "phone"
    IBAN = "iban"
    CARD = "card"
    IP_ADDRESS = "ip_address"
    NATIONAL_ID = "national_id"
    CREDENTIAL = "credential"
    TOXIC = "toxic"
    LANGUAGE = "language"


FLAGGED = frozenset(
    {
        Kind.LENGTH_OUTLIER,
        Kind.BIDIRECTIONAL,
        Kind.NOT_NFC,
        Kind.CONFLICT,
        Kind.IP_ADDRESS,
        Kind.TOXIC,
        Kind.LANGUAGE,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """`column`, `start` and `end` (characters) say where; `other` is the index of the record that this one repeats.

    `replacement` is what could stand there instead. It is a suggestion: nothing here applies it.
    """

    index: int
    kind: Kind
    severity: Severity
    message: str
    column: str | None = None
    start: int | None = None
    end: int | None = None
    other: int | None = None
    replacement: str | None = None
