"""The chat format of a model: token ids in which no text of a user or a document can pose as a control token."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tallystick.domain.answers.opened import BARE
from tallystick.errors import InvalidInput

Messages = Sequence[dict[str, str]]
_ROLES = ("system", "user", "assistant")
_MARK = "\ue000{}\ue001"


class ChatFormat:
    """Wraps a tokenizer, for any number of threads.

    Counts as billed: every id of the prompt, every id of the answer, the end mark included.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        # Whether control tokens count is a state of the tokenizer, not of a call: two at once would mix it up.
        self._lock = threading.Lock()
        self.end_id = int(tokenizer.eos_token_id)
        self.has_template = tokenizer.chat_template is not None

    def prompt_ids(self, messages: Messages) -> list[int]:
        """Ids of a conversation, ready for the answer; of a bare prompt, those of its text alone."""
        if [m["role"] for m in messages] == [BARE]:
            return self.begin_ids() + self.text_ids(messages[0]["content"])
        rest = self._template(messages)
        ids: list[int] = []
        for i, message in enumerate(messages):
            before, rest = rest.split(_MARK.format(i), 1)
            ids += self._encode(before, trusted=True) + self._encode(message["content"], trusted=False)
        return ids + self._encode(rest, trusted=True)

    def _template(self, messages: Messages) -> str:
        """The conversation with a mark for each content; roles are checked, as they stand among control tokens."""
        from jinja2 import TemplateError

        if not messages or any(m["role"] not in _ROLES for m in messages):
            raise InvalidInput(f"A conversation needs messages with a role out of {', '.join(_ROLES)}.")
        marked = [{"role": m["role"], "content": _MARK.format(i)} for i, m in enumerate(messages)]
        try:
            made: str = self._tokenizer.apply_chat_template(
                marked, tokenize=False, add_generation_prompt=True
            )
        except TemplateError as error:
            raise InvalidInput(f"The model's chat format refuses this order of roles: {error}.") from error
        return made

    def answer_ids(self, text: str) -> list[int]:
        """Ids of an answer with its end mark."""
        return [*self._encode(text, trusted=False), self.end_id]

    def text_ids(self, text: str) -> list[int]:
        """Ids of text that stands in no conversation."""
        return self._encode(text, trusted=False)

    def begin_ids(self) -> list[int]:
        """What the tokenizer puts before any text that stands in no conversation: its begin mark, or nothing."""
        with self._lock:
            return [i for i in self._tokenizer("").input_ids if i == self._tokenizer.bos_token_id][:1]

    def decode(self, ids: Sequence[int]) -> str:
        with self._lock:
            text: str = self._tokenizer.decode(list(ids), skip_special_tokens=True)
        return text

    def _encode(self, text: str, *, trusted: bool) -> list[int]:
        with self._lock:
            ids: list[int] = self._tokenizer(
                text, add_special_tokens=False, split_special_tokens=not trusted
            ).input_ids
        return ids


def chat_of(folder: Path) -> ChatFormat:
    """Of a model's folder, without its weights."""
    from transformers import AutoTokenizer

    try:
        return ChatFormat(
            AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        )
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{folder} holds no tokenizer: {error}.") from error
