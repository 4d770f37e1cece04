"""What a reader sees of a text: in a prompt, a document is one visible line of data and nothing else."""

import re
import unicodedata
from functools import lru_cache

_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_JOINERS = "\u200c\u200d"
_HIDDEN = {"Cf", "Cn", "Co", "Cs"}


@lru_cache(maxsize=4096)
def visible_line(text: str) -> str:
    """Line breaks and controls as one space; format, private and tag characters, surrogates and selectors left out.

    A joiner stays where its script needs it: after a letter that is not Latin. What people wrote plainly is unchanged.
    """
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    for char in _BREAKS.sub(" ", text):
        if _is_seen(char, kept[-1] if kept else ""):
            kept.append(char)
    return "".join(kept)


def _is_seen(char: str, before: str) -> bool:
    if char in _JOINERS:
        return before > "\u024f" and unicodedata.category(before)[0] in "LM"
    is_selector = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return not is_selector and unicodedata.category(char) not in _HIDDEN
