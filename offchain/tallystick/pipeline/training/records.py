"""Records of any customary shape as token ids with the answer's tokens marked, in the base's own chat format.

Shapes: chat `messages` (role and content, as a list or as its JSON text; every assistant turn is learnt), `question` with
`answer`, `instruction` with `output` and perhaps `input` or `system`, and `prompt` with `completion` (no chat format:
plain text before plain text).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tallystick.errors import InvalidInput

SHAPES = "messages; question, answer; instruction, output; prompt, completion"


class Text(Protocol):
    """The base's tokenizer; see `pipeline.models.chat`. `prompt_ids` is not asked of bases without a template."""

    has_template: bool

    def prompt_ids(self, messages: Sequence[dict[str, str]]) -> list[int]: ...
    def answer_ids(self, text: str) -> list[int]: ...
    def text_ids(self, text: str) -> list[int]: ...
    def begin_ids(self) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids, and for each whether it is learnt; the first never is, as nothing predicts it."""

    ids: tuple[int, ...]
    learnt: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def answers(self) -> int:
        return sum(self.learnt)


def encode_records(records: Sequence[Mapping[str, Any]], text: Text, cutoff: int) -> list[Encoded]:
    """Every record in order. One that is longer than `cutoff` or of no known shape is refused by its place from 0."""
    made = []
    for place, record in enumerate(records):
        try:
            encoded = encode_record(record, text)
        except InvalidInput as error:
            raise InvalidInput(f"Record {place}: {error.message}", error.hint) from error
        if len(encoded) > cutoff:
            raise InvalidInput(
                f"Record {place} has {len(encoded)} tokens; the recipe's cutoff is {cutoff}.",
                "Raise `cutoff`, or split the record.",
            )
        made.append(encoded)
    return made


def encode_record(record: Mapping[str, Any], text: Text) -> Encoded:
    """`InvalidInput` when the record has no known shape, or nothing to learn."""
    if "prompt" in record and "completion" in record:
        prompt = text.begin_ids() + text.text_ids(_said(record, "prompt"))
        parts = [(prompt, False), (text.answer_ids(_said(record, "completion")), True)]
    else:
        parts = _chat_parts(_messages(record), text)
    ids = tuple(i for part, _ in parts for i in part)
    learnt = tuple(is_answer for part, is_answer in parts for _ in part)
    if not any(learnt[1:]):
        raise InvalidInput("It has no answer to learn.", f"A record has one of these shapes: {SHAPES}.")
    return Encoded(ids, (False, *learnt[1:]))


@dataclass(frozen=True, slots=True)
class Exchange:
    """A record's last answer with what stands before it; `is_plain` text is in no chat format."""

    messages: tuple[dict[str, str], ...]
    answer: str
    is_plain: bool = False

    @property
    def is_one_question(self) -> bool:
        """Nothing but a user's one message stands before the answer."""
        return not self.is_plain and [m["role"] for m in self.messages] == ["user"]

    @property
    def asked(self) -> str:
        """What records that ask the same have in common."""
        return json.dumps([self.is_plain, *([m["role"], m["content"]] for m in self.messages)])

    def prompt_ids(self, text: Text) -> list[int]:
        """As training has them before the answer."""
        if self.is_plain:
            return text.begin_ids() + text.text_ids(self.messages[0]["content"])
        if text.has_template:
            return text.prompt_ids(self.messages)
        return [i for ids, _ in _plain_parts(self.messages, text) for i in ids]


def last_exchange(record: Mapping[str, Any]) -> Exchange:
    """`InvalidInput` when the record has no known shape, or nobody answers."""
    if "prompt" in record and "completion" in record:
        before = ({"role": "user", "content": _said(record, "prompt")},)
        return Exchange(before, _said(record, "completion"), is_plain=True)
    messages = _messages(record)
    made = _exchanges(messages)
    if not made:
        raise InvalidInput("It has no answer to learn.", f"A record has one of these shapes: {SHAPES}.")
    return made[-1]


def asked_in(record: Mapping[str, Any]) -> frozenset[str]:
    """What each of a record's answers answers, as `Exchange.asked`; nothing for a record of no known shape."""
    try:
        if "prompt" in record and "completion" in record:
            return frozenset((last_exchange(record).asked,))
        return frozenset(e.asked for e in _exchanges(_messages(record)))
    except InvalidInput:
        return frozenset()


def _exchanges(messages: Sequence[dict[str, str]]) -> list[Exchange]:
    """Every answer with all that stands before it."""
    places = [i for i, m in enumerate(messages) if i and m["role"] == "assistant"]
    return [Exchange(tuple(messages[:i]), messages[i]["content"]) for i in places]


def _messages(record: Mapping[str, Any]) -> list[dict[str, str]]:
    if "messages" in record:
        return [_message(m) for m in _listed(record["messages"])]
    for asked, answered in (("question", "answer"), ("instruction", "output")):
        if asked in record and answered in record:
            told = [_said(record, asked), *([_said(record, "input")] if record.get("input") else [])]
            first = [{"role": "system", "content": _said(record, "system")}] if record.get("system") else []
            user = {"role": "user", "content": "\n\n".join(told)}
            return [*first, user, {"role": "assistant", "content": _said(record, answered)}]
    raise InvalidInput(
        f"It has the fields {', '.join(sorted(record)) or 'none'}.",
        f"A record has one of these shapes: {SHAPES}.",
    )


def _listed(messages: Any) -> list[Any]:
    try:
        found = json.loads(messages) if isinstance(messages, str) else messages
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise InvalidInput("Its `messages` are no list.", "Give a list of role and content.")
    return found


def _message(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise InvalidInput("Its `messages` hold something else than a message.", "Give role and content.")
    return {"role": _said(given, "role"), "content": _said(given, "content")}


def _said(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str):
        raise InvalidInput(f"Its `{name}` is not text.", "Give a string.")
    return value


def _chat_parts(messages: Sequence[dict[str, str]], text: Text) -> list[tuple[list[int], bool]]:
    """Prompt and answer by turns. What is learnt is what serving would have to generate at that turn."""
    if not text.has_template:
        return _plain_parts(messages, text)
    parts: list[tuple[list[int], bool]] = []
    before: list[int] = []
    for place, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        if place == 0:
            raise InvalidInput("Its conversation begins with an answer.", "Begin with a question.")
        prompt = text.prompt_ids(messages[:place])
        if prompt[: len(before)] != before:
            raise InvalidInput(
                "The base's chat format rewrites earlier turns, so one row cannot hold them all.",
                "Split the conversation: one record an answer.",
            )
        answer = text.answer_ids(message["content"])
        parts += [(prompt[len(before) :], False), (answer, True)]
        before = [*prompt, *answer]
    return parts


def _plain_parts(messages: Sequence[dict[str, str]], text: Text) -> list[tuple[list[int], bool]]:
    """For a base without a chat format: paragraphs, an answer ending its turn."""
    turns = [
        (text.answer_ids(m["content"]), True)
        if m["role"] == "assistant"
        else (text.text_ids(m["content"] + "\n\n"), False)
        for m in messages
    ]
    return [(text.begin_ids(), False), *turns]
