"""Personal data and secrets, each by a validator as strict as its form allows; suggests redactions, applies none.

Sees no names, no postal addresses, no birthdays, and no number that is written in words. Reserved examples (example.com,
documentation networks, 555-01xx) are nobody's.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address

from tallystick.pipeline.datasets.care.credentials import find_credentials
from tallystick.pipeline.datasets.care.finding import Finding, Kind
from tallystick.pipeline.datasets.care.numbers import (
    iban_length,
    is_card,
    is_cpf,
    is_dni,
    is_fiscal_code,
    is_nir,
    is_resident_id,
    is_social_security,
)
from tallystick.pipeline.datasets.care.rules import Rules
from tallystick.pipeline.datasets.care.texts import Records, fields_of

Span = tuple[int, int]

_EMAIL = re.compile(r"(?<![\w.+%-])[\w][\w.+%-]{0,63}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}\b")
_EXAMPLES = re.compile(r"(?i)(?:@|\.)(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)$")
_DIGITS = re.compile(r"(?:\d[^\d\n]{0,4}){6}")
_CARD = re.compile(r"(?<![\w.,-])\d(?:[ -]?\d){12,18}(?![\w-]|[.,]\d)")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")
_INTERNATIONAL = re.compile(
    r"(?<![\w+])(?:\+|(?<!\d )00 ?)[1-9]\d{0,2}(?:[ ./-]?\(?\d{1,5}\)?){2,6}(?![\w-]|[.,]\d)"
)
_NORTH_AMERICAN = re.compile(
    r"(?<![\w.+-])(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[.-])[2-9]\d\d[.-]\d{4}(?![\w-])"
)
_CUED = re.compile(
    r"(?i)\b(?:tel|telephone|phone|mobile|call|fax|whatsapp|handy|telefon|tél|telefono|teléfono)\b"
    r"(?: (?:us|me|at|on|no|number))*"
    r"[.:]{0,2} ?(\(?0?\d{2,5}\)?(?:[ /-]?\d{2,5}){1,4})(?![\w-]|[.,]\d)"
)
_DATE = re.compile(
    r"(?:\d{1,2}[-/ ]\d{1,2}[-/ ]\d{4}|\d{4}[-/ ]\d{1,2}[-/ ]\d{1,2}|(?:1[5-9]|20)\d\d[-/ ](?:1[5-9]|20)\d\d)"
)
_IP4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_IP6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")
_VERSION = re.compile(r"(?i)(?:\bv|version|release|section|§|build|chapter) ?$")
_IDENTITIES: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"), is_social_security),
    (
        re.compile(
            r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]\b"
        ),
        lambda _: True,
    ),
    (re.compile(r"\b[XYZ\d]\d{7}[A-HJ-NP-TV-Z]\b"), is_dni),
    (re.compile(r"(?<!\d)[12]\d{2}(?:0[1-9]|1[0-2])\d{10}(?!\d)"), is_nir),
    (re.compile(r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b"), is_fiscal_code),
    (re.compile(r"(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)"), is_cpf),
    (
        re.compile(
            r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\w)"
        ),
        is_resident_id,
    ),
)
_WHAT = {
    Kind.EMAIL: "an e-mail address",
    Kind.PHONE: "a telephone number",
    Kind.IBAN: "a bank account (IBAN)",
    Kind.CARD: "a payment card's number",
    Kind.IP_ADDRESS: "an IP address",
    Kind.NATIONAL_ID: "an identity number",
    Kind.CREDENTIAL: "a private key, token or password",
}


def check_personal(records: Records, rules: Rules) -> Iterator[Finding]:
    """Personal data and secrets, with what could stand in their place."""
    for index, body in enumerate(records):
        for column, text in fields_of(body):
            for kind, (start, end) in find_personal(text):
                message = f"{column} holds {_WHAT[kind]}. Redact it, or ask whose it is."
                mark = f"[{kind.name}]"
                yield Finding(
                    index, kind, rules.severity(kind), message, column, start, end, replacement=mark
                )


def find_personal(text: str) -> list[tuple[Kind, Span]]:
    """Kinds and places in order; of overlapping ones the first in the order of the strictest check."""
    found: list[tuple[Kind, Span]] = []
    for kind, spans in _searches(text):
        for start, end in spans:
            if all(end <= a or b <= start for _, (a, b) in found):
                found.append((kind, (start, end)))
    return sorted(found, key=lambda each: each[1])


def redacted(text: str, findings: Sequence[Finding]) -> str:
    """The text of one column with each finding's replacement in its place."""
    for finding in sorted(findings, key=lambda f: f.start or 0, reverse=True):
        if finding.start is not None and finding.replacement is not None:
            text = text[: finding.start] + finding.replacement + text[finding.end :]
    return text


def _searches(text: str) -> Iterator[tuple[Kind, Iterator[Span]]]:
    yield Kind.CREDENTIAL, find_credentials(text)
    if "@" in text:
        yield Kind.EMAIL, (m.span() for m in _EMAIL.finditer(text) if not _EXAMPLES.search(m.group()))
    if ":" in text:
        yield Kind.IP_ADDRESS, _addresses(_IP6, text)
    if _DIGITS.search(text):
        yield Kind.IBAN, _ibans(text)
        yield Kind.NATIONAL_ID, _identities(text)
        yield Kind.CARD, (m.span() for m in _CARD.finditer(text) if is_card(re.sub("[ -]", "", m.group())))
        yield Kind.PHONE, _phones(text)
    if text.count(".") >= 3:
        yield Kind.IP_ADDRESS, _addresses(_IP4, text)


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        if length := iban_length(match.group().replace(" ", "")):
            ends = [k for k, c in enumerate(match.group(), 1) if c != " "]
            yield match.start(), match.start() + ends[length - 1]


def _identities(text: str) -> Iterator[Span]:
    for pattern, is_valid in _IDENTITIES:
        yield from (m.span() for m in pattern.finditer(text) if is_valid(m.group()))


def _phones(text: str) -> Iterator[Span]:
    for pattern, group in ((_INTERNATIONAL, 0), (_NORTH_AMERICAN, 0), (_CUED, 1)):
        for match in pattern.finditer(text):
            found = match.group(group)
            digits = re.sub(r"\D", "", found)
            if 7 <= len(digits.lstrip("0")) <= 15 and "55501" not in digits and not _DATE.fullmatch(found):
                yield match.span(group)


def _addresses(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """Public ones: private, reserved and documentation networks are nobody's."""
    for match in pattern.finditer(text):
        try:
            is_public = ip_address(match.group()).is_global
        except ValueError:
            continue
        if is_public and not _VERSION.search(text, 0, match.start()):
            yield match.span()
