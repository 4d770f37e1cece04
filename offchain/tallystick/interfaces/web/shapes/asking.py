"""Requests: chat, completions and embeddings, parsed strictly into what the application answers."""

from collections.abc import Mapping
from typing import Any

from tallystick.app.agents.naming import agent_of
from tallystick.app.results import ChatRequest, EmbeddingRequest
from tallystick.domain.answers.opened import BARE
from tallystick.errors import InvalidInput
from tallystick.interfaces.web.shapes.fields import (
    WrongField,
    flag,
    integer,
    number,
    refuse_unsupported,
    stops,
    text,
)

_ROLES = ("system", "user", "assistant", "developer")
_MAX_MESSAGES, _MAX_CHARACTERS, _MAX_INPUTS = 64, 32_768, 64
_NONE: tuple[object, ...] = (None,)
_PLAIN: Mapping[str, tuple[object, ...]] = {
    "n": (None, 1),
    "tools": (None, []),
    "functions": (None, []),
    "tool_choice": (None, "none", "auto"),
    "function_call": (None, "none", "auto"),
    "response_format": (None, {"type": "text"}),
    "modalities": (None, ["text"]),
    "audio": _NONE,
    "prediction": _NONE,
    "logit_bias": (None, {}),
    "presence_penalty": (None, 0),
    "frequency_penalty": (None, 0),
    "web_search_options": _NONE,
}
_PLAIN_COMPLETION = {**_PLAIN, "best_of": (None, 1), "echo": (None, False), "suffix": (None, "")}


def model_of(body: object) -> str:
    """Which model is asked for, "" for none."""
    return text(_object(body).get("model") or "", "model")


def parse_chat(body: object, *, default_max_tokens: int) -> ChatRequest:
    """A validated request; `WrongField` names the field that is wrong."""
    asked = _object(body)
    refuse_unsupported(asked, _PLAIN)
    messages = _messages(asked.get("messages"))
    marks = integer(asked.get("top_logprobs") or 0, "top_logprobs", 0, 20)
    wants = flag(asked.get("logprobs"), "logprobs")
    if marks and not wants:
        raise WrongField("top_logprobs", "`top_logprobs` needs `logprobs` to be true.")
    limit = asked.get("max_completion_tokens")
    name = "max_tokens" if limit is None else "max_completion_tokens"
    return _request(asked, messages, (name, asked.get(name)), default_max_tokens, marks if wants else None)


def parse_completion(body: object, *, default_max_tokens: int) -> ChatRequest:
    """A bare prompt: the model continues it as it stands, without chat format or passages."""
    asked = _object(body)
    refuse_unsupported(asked, _PLAIN_COMPLETION)
    prompt = asked.get("prompt")
    if isinstance(prompt, list) and len(prompt) == 1:
        prompt = prompt[0]
    messages = ({"role": BARE, "content": text(prompt, "prompt")},)
    if not messages[0]["content"]:
        raise WrongField("prompt", "`prompt` must not be empty.", hint="Say what is to be continued.")
    _check_length(messages, "prompt")
    marks = asked.get("logprobs")
    wanted = None if marks is None else integer(marks, "logprobs", 0, 5)
    return _request(asked, messages, ("max_tokens", asked.get("max_tokens")), default_max_tokens, wanted)


def parse_embedding(body: object) -> EmbeddingRequest:
    asked = _object(body)
    refuse_unsupported(asked, {"dimensions": _NONE, "encoding_format": (None, "float", "base64")})
    given = asked.get("input")
    inputs = [given] if isinstance(given, str) else given
    if not isinstance(inputs, list) or not 0 < len(inputs) <= _MAX_INPUTS:
        raise WrongField("input", f"`input` must be a text, or a list of 1 to {_MAX_INPUTS} texts.")
    texts = tuple(text(one, f"input[{i}]") for i, one in enumerate(inputs))
    if not all(texts):
        raise WrongField("input", "`input` must not hold an empty text.")
    _check_length(tuple({"content": one} for one in texts), "input")
    return EmbeddingRequest(
        model_of(asked), texts, asked.get("encoding_format") == "base64", agent=agent_of(asked)
    )


def _request(
    asked: Mapping[str, Any],
    messages: tuple[dict[str, str], ...],
    limit: tuple[str, object],
    most: int,
    logprobs: int | None,
) -> ChatRequest:
    options = asked.get("stream_options") or {}
    if not isinstance(options, Mapping):
        raise WrongField("stream_options", "`stream_options` must be an object.", "invalid_type")
    temperature, top_p = asked.get("temperature"), asked.get("top_p")
    return ChatRequest(
        model=model_of(asked),
        messages=messages,
        max_tokens=most if limit[1] is None else integer(limit[1], limit[0], 1, most),
        temperature=0.0 if temperature is None else number(temperature, "temperature", 0.0, 2.0),
        top_p=1.0 if top_p is None else number(top_p, "top_p", 1e-6, 1.0),
        seed=None if asked.get("seed") is None else integer(asked["seed"], "seed", 0, 2**31 - 1),
        stop=stops(asked.get("stop")),
        stream=flag(asked.get("stream"), "stream"),
        include_usage=flag(options.get("include_usage"), "stream_options.include_usage"),
        logprobs=logprobs,
        agent=agent_of(asked),
    )


def _object(body: object) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise InvalidInput("The body must be a JSON object.", "Send {'model': ..., 'messages': [...]}.")
    return body


def _messages(value: object) -> tuple[dict[str, str], ...]:
    if not isinstance(value, list) or not value or len(value) > _MAX_MESSAGES:
        raise WrongField("messages", f"`messages` must be a list of 1 to {_MAX_MESSAGES} messages.")
    messages = tuple(_message(m, i) for i, m in enumerate(value))
    _check_length(messages, "messages")
    if messages[-1]["role"] != "user":
        raise WrongField("messages", "The last message must have the role `user`.")
    return messages


def _check_length(messages: tuple[dict[str, str], ...], param: str) -> None:
    if sum(len(m["content"]) for m in messages) > _MAX_CHARACTERS:
        raise WrongField(
            param,
            f"`{param}` exceeds {_MAX_CHARACTERS} characters.",
            "context_length_exceeded",
            "Shorten it.",
        )


def _message(value: object, index: int) -> dict[str, str]:
    place = f"messages[{index}]"
    if not isinstance(value, Mapping) or value.get("role") not in _ROLES:
        raise WrongField(place, f"{place} needs a `role` out of {', '.join(_ROLES)}.")
    content = value.get("content")
    if isinstance(content, list):
        parts = [p.get("text") for p in content if isinstance(p, Mapping) and p.get("type") == "text"]
        content = "".join(p for p in parts if isinstance(p, str)) if len(parts) == len(content) else None
    role = "system" if value["role"] == "developer" else value["role"]
    return {"role": role, "content": text(content, f"{place}.content")}
