"""Words of every script, for ROUGE and for exact values."""

import re
import unicodedata

from rouge_score.tokenizers import DefaultTokenizer

from tallystick.domain.lexical import normalised

# Han and kana have no blanks between words. Hangul has; Thai, Lao and Khmer have none either, but a run of them counts
# as one word here.
_CJK = "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECE = re.compile(rf"[{_CJK}]|[^{_CJK}]+")
_EDGELESS = re.compile(rf"[{_CJK}]")


class Words:
    """Words for `RougeScorer`: letters, marks and digits; Han and kana one character each.

    ASCII words are those of rouge-score's own tokenizer, which drops all else. `stem` puts Porter's stemmer on ASCII
    words of more than three letters, as there; words of other scripts are never stemmed.
    """

    def __init__(self, *, stem: bool = True) -> None:
        self._ascii = DefaultTokenizer(use_stemmer=stem)

    def tokenize(self, text: str) -> list[str]:
        plain = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in normalised(text))
        return [word for run in plain.split() for piece in _PIECE.findall(run) for word in self._of(piece)]

    def _of(self, piece: str) -> list[str]:
        return list(self._ascii.tokenize(piece)) if piece.isascii() else [piece]


def states(value: str, text: str) -> bool:
    """Whether a value stands in the text as a whole: `265` is not in `1,265`, nor `pub` in `public`.

    Case, width and blanks do not matter. A value that begins or ends with a Han or kana character has no edge there.
    """
    wanted = normalised(value)
    return bool(wanted) and re.search(whole(wanted), normalised(text)) is not None


def whole(value: str) -> str:
    """The pattern that finds a normalised value with its edges."""
    left = "" if _EDGELESS.match(value) else r"(?<!\w)(?<!\d[.,])"
    right = "" if _EDGELESS.match(value[-1]) else r"(?!\w)(?![.,]\d)"
    return left + re.escape(value) + right
