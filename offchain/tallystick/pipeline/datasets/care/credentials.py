"""Private keys, API tokens and passwords, by the forms that their issuers gave them."""

import re
from collections.abc import Iterator

Span = tuple[int, int]

_BEGIN = re.compile(r"-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END (?:[A-Z]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_FORMS = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"
    r"|\bgh[opsur]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{50,}\b|\bglpat-[\w-]{20,}"
    r"|\bxox[abeprs]-[A-Za-z0-9-]{20,}"
    r"|\bAIza[\w-]{35}(?![\w-])"
    r"|\b(?:sk|rk)_live_[A-Za-z0-9]{20,}\b|\bsk-(?:[a-z0-9]+-)*[A-Za-z0-9_-]{32,}"
    r"|\bnpm_[A-Za-z0-9]{36}\b|\bhf_[A-Za-z0-9]{34,}\b|\bpypi-[\w-]{50,}"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
)
# A hash looks the same as a key on its own; the words before it tell.
_NAMED_KEY = re.compile(r"(?i)\b(?:private|secret)[ _-]?key\W{1,6}((?:0x)?[0-9a-f]{64})\b")
_ASSIGNED = re.compile(
    r"(?i)\b(?:password|passwd|pwd|api[_-]?key|secret[_-]?key|client[_-]?secret|access[_-]?token|auth[_-]?token)"
    r"['\"]?\s{0,3}[:=]\s{0,3}['\"]?([^\s'\",;]{8,200})"
)
_IN_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,100}:([^\s/@]{3,200})@")
_CUES = (
    *(
        "-----begin",
        "akia",
        "asia",
        "ghp_",
        "gho_",
        "ghs_",
        "ghu_",
        "ghr_",
        "_pat_",
        "glpat",
        "xox",
        "aiza",
        "_live_",
    ),
    *("sk-", "npm_", "hf_", "pypi-", "eyj", "key", "pass", "pwd", "secret", "token", "://"),
)


def find_credentials(text: str) -> Iterator[Span]:
    """Where credentials stand. Tokens without a form of their own are found only behind a name such as `api_key=`."""
    lower = text.lower()
    if not any(cue in lower for cue in _CUES):
        return
    yield from _blocks(text)
    yield from (match.span() for match in _FORMS.finditer(text))
    for pattern in (_NAMED_KEY, _IN_ADDRESS):
        yield from (match.span(1) for match in pattern.finditer(text))
    for match in _ASSIGNED.finditer(text):
        if _looks_made(match.group(1)):
            yield match.span(1)


def _blocks(text: str) -> Iterator[Span]:
    """Private keys from their first line to their last; of one that is cut off, all that follows."""
    start = 0
    while begin := _BEGIN.search(text, start):
        end = _END.search(text, begin.end())
        start = end.end() if end else len(text)
        yield begin.start(), start


def _looks_made(value: str) -> bool:
    """Letters and digits, as in what a person or program chose to be hard to guess; no placeholder."""
    has_both = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return has_both and len(set(value)) >= 6 and value[0] not in "<{$[("
