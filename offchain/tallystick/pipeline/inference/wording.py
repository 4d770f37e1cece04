"""The text of an answer while it grows: what is certain goes out, what later tokens could take back waits."""

from collections.abc import Sequence
from typing import Protocol


class Decoding(Protocol):
    @property
    def end_id(self) -> int: ...
    def decode(self, ids: Sequence[int]) -> str: ...


class Wording:
    """Of one answer; it has ended with the end mark, a stop or its last token."""

    def __init__(self, chat: Decoding, stop: Sequence[str], max_new_tokens: int) -> None:
        self._chat, self._stop, self._most = chat, tuple(s for s in stop if s), max_new_tokens
        self._made: list[int] = []
        self._shown = ""
        self.has_ended = False

    def add(self, token: int) -> str:
        """What becomes certain with this token."""
        self._made.append(token)
        text = self._chat.decode(self._made)
        cut = min((text.find(s) for s in self._stop if s in text), default=-1)
        text = text[:cut] if cut >= 0 else text
        self.has_ended = token == self._chat.end_id or cut >= 0 or len(self._made) == self._most
        sure = text if self.has_ended else certain(text, self._stop)
        piece = sure[len(self._shown) :] if sure.startswith(self._shown) else ""
        self._shown += piece
        return piece


def certain(text: str, stop: Sequence[str]) -> str:
    """What later tokens cannot take back: no half character, and no beginning of a stop."""
    text = text.rstrip("\ufffd")
    begun = [n for s in stop for n in range(1, len(s)) if text.endswith(s[:n])]
    return text[: len(text) - max(begun, default=0)]
