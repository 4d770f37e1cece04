"""The OpenAI wire format: parses chat requests strictly, shapes answers, chunks and errors. Knows no money."""

from collections.abc import Mapping
from typing import Any

from tallystick.app.agents.naming import agent_of
from tallystick.app.results import Answered, ChatRequest
from tallystick.errors import InvalidInput, NodeError

EXTENSION = "tallystick"
_ROLES = ("system", "user", "assistant", "developer")
_MAX_MESSAGES = 64
_MAX_CHARACTERS = 32_768


def parse_chat(body: object, *, default_max_tokens: int) -> ChatRequest:
    """A validated request; `InvalidInput` names the field that is wrong."""
    if not isinstance(body, Mapping):
        raise InvalidInput("The body must be a JSON object.", "Send {'model': ..., 'messages': [...]}.")
    if body.get("n", 1) != 1:
        raise InvalidInput(
            "`n` must be 1: every answer is paid and attributed on its own.", "Ask again instead."
        )
    limit = body.get("max_completion_tokens", body.get("max_tokens", default_max_tokens))
    return ChatRequest(
        model=_text(body.get("model", ""), "model"),
        messages=_messages(body.get("messages")),
        max_tokens=_integer(limit, "max_tokens", 1, default_max_tokens),
        temperature=_number(body.get("temperature") or 0.0, "temperature", 0.0, 2.0),
        seed=_integer(body.get("seed") or 0, "seed", 0, 2**31 - 1),
        stop=_stop(body.get("stop")),
        stream=body.get("stream") is True,
        include_usage=bool((body.get("stream_options") or {}).get("include_usage")),
        agent=agent_of(body),
    )


def completion(answered: Answered, *, extension: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a whole answer."""
    return {
        **_envelope(answered.answer_id, answered.model, "chat.completion"),
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": answered.text},
                "finish_reason": answered.finish_reason,
                "logprobs": None,
            }
        ],
        "usage": _usage(answered),
        EXTENSION: dict(extension),
    }


def chunk(
    answer_id: str, model: str, delta: Mapping[str, str], finish_reason: str | None = None
) -> dict[str, Any]:
    """One streamed piece."""
    choice = {"index": 0, "delta": dict(delta), "finish_reason": finish_reason}
    return {**_envelope(answer_id, model, "chat.completion.chunk"), "choices": [choice], "usage": None}


def last_chunk(answered: Answered, *, extension: Mapping[str, Any]) -> dict[str, Any]:
    """The closing chunk: no choices, usage, and the receipt, which is only known now."""
    return {
        **_envelope(answered.answer_id, answered.model, "chat.completion.chunk"),
        "choices": [],
        "usage": _usage(answered),
        EXTENSION: dict(extension),
    }


def error_body(error: NodeError) -> dict[str, Any]:
    """The error object that OpenAI clients print."""
    return {
        "error": {
            "message": str(error),
            "type": "invalid_request_error" if error.http_status < 500 else "server_error",
            "param": None,
            "code": getattr(error, "code", type(error).__name__),
        }
    }


def _envelope(answer_id: str, model: str, kind: str) -> dict[str, Any]:
    return {"id": answer_id, "object": kind, "created": int(answer_id.split("-")[1], 16), "model": model}


def _usage(answered: Answered) -> dict[str, int]:
    return {
        "prompt_tokens": answered.tokens_in,
        "completion_tokens": answered.tokens_out,
        "total_tokens": answered.tokens_in + answered.tokens_out,
    }


def _messages(value: object) -> tuple[dict[str, str], ...]:
    if not isinstance(value, list) or not value or len(value) > _MAX_MESSAGES:
        raise InvalidInput(f"`messages` must be a list of 1 to {_MAX_MESSAGES} messages.")
    messages = tuple(_message(m, i) for i, m in enumerate(value))
    if sum(len(m["content"]) for m in messages) > _MAX_CHARACTERS:
        raise InvalidInput(f"The messages exceed {_MAX_CHARACTERS} characters.", "Shorten the conversation.")
    if messages[-1]["role"] != "user":
        raise InvalidInput("The last message must have the role `user`.")
    return messages


def _message(value: object, index: int) -> dict[str, str]:
    if not isinstance(value, Mapping) or value.get("role") not in _ROLES:
        raise InvalidInput(f"messages[{index}] needs a `role` out of {', '.join(_ROLES)}.")
    content = value.get("content")
    if isinstance(content, list):
        parts = [p.get("text") for p in content if isinstance(p, Mapping) and p.get("type") == "text"]
        content = "".join(p for p in parts if isinstance(p, str)) if len(parts) == len(content) else None
    role = "system" if value["role"] == "developer" else value["role"]
    return {"role": role, "content": _text(content, f"messages[{index}].content")}


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"`{name}` must be text.")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInput(f"`{name}` is not valid Unicode.") from error
    return value


def _stop(value: object) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else value or []
    if not isinstance(stops, list) or len(stops) > 4 or not all(isinstance(s, str) and s for s in stops):
        raise InvalidInput("`stop` must be one to four non-empty strings.")
    return tuple(stops)


def _integer(value: object, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidInput(f"`{name}` must be a whole number from {low} to {high}.")
    return value


def _number(value: object, name: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidInput(f"`{name}` must be a number from {low} to {high}.")
    return float(value)
