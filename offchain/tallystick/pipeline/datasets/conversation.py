"""A conversation as one column: its messages as canonical JSON text, each a role and a content and nothing else."""

import json
from typing import Any

from tallystick.commitments.canonical import canonical_json
from tallystick.errors import InvalidInput

ROLES = ("system", "user", "assistant")
_SHAPE = "Give a list of messages, each with `role` (system, user or assistant) and `content`, both text."


def conversation_text(value: Any) -> str:
    """Of a list as JSON Lines and Parquet have it, or of that list as JSON text. `InvalidInput` for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise InvalidInput("it is not JSON.", _SHAPE) from error
    if not isinstance(value, list) or not value:
        raise InvalidInput("it is no list of messages.", _SHAPE)
    for message in value:
        if not isinstance(message, dict) or set(message) != {"role", "content"}:
            raise InvalidInput("a message has other fields than role and content.", _SHAPE)
        if message["role"] not in ROLES or not isinstance(message["content"], str):
            raise InvalidInput("a message has an unknown role, or a content that is not text.", _SHAPE)
    if not any(m["role"] == "assistant" and m["content"].strip() for m in value):
        raise InvalidInput("nobody answers in it.", "Add the assistant's turn, or drop the row.")
    return canonical_json(value).decode()
