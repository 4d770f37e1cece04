"""The A2A service (protocol 1.0, JSON-RPC): one message in, one message out; no tasks, no streams.

`price: ` in front of a question prices it; anything else is asked and paid for.
"""

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from anyio.to_thread import run_sync

from tallystick.errors import NodeError
from tallystick.interfaces.web.agents.tools import Acting

PRICE = "price:"
_INVALID, _UNKNOWN, _PARAMS, _FAILED, _NO_TASK, _UNSUPPORTED = -32600, -32601, -32602, -32603, -32001, -32004
_TASKS = ("GetTask", "CancelTask", "SubscribeToTask")
_STREAMS = ("SendStreamingMessage",)


@dataclass(frozen=True, slots=True)
class Said:
    """A reply: text, data beside it, and the message's metadata."""

    text: str
    data: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict)


Reply = Callable[[str, Mapping[str, Any]], Awaitable[Said]]


async def answered(request: dict[str, Any], reply: Reply) -> dict[str, Any]:
    """A JSON-RPC request's response; whatever goes wrong is an error of that protocol."""
    number, method = request.get("id"), request.get("method")
    if request.get("jsonrpc") != "2.0" or not isinstance(method, str):
        return _error(number, _INVALID, "This is no JSON-RPC 2.0 request.")
    if method in _TASKS:
        return _error(number, _NO_TASK, "There is no such task: answers come at once, as messages.")
    if method in _STREAMS:
        return _error(number, _UNSUPPORTED, "This agent does not stream; use SendMessage.")
    if method != "SendMessage":
        return _error(number, _UNKNOWN, f"There is no method {method[:80]!r}.")
    said = _text_of(request.get("params"))
    if not said:
        return _error(number, _PARAMS, "The message has no text part.")
    try:
        told = await reply(said, _metadata_of(request["params"]["message"]))
    except NodeError as error:
        return _error(number, _FAILED, f"{type(error).__name__}: {error}")
    message: dict[str, Any] = {
        "messageId": secrets.token_hex(16),
        "role": "ROLE_AGENT",
        "parts": [{"text": told.text}, {"data": dict(told.data), "mediaType": "application/json"}],
    }
    if told.metadata:
        message["metadata"] = dict(told.metadata)
    context = request["params"]["message"].get("contextId")
    if isinstance(context, str) and context:
        message["contextId"] = context
    return {"jsonrpc": "2.0", "id": number, "result": {"message": message}}


async def acted(desk: Acting, said: str, metadata: Mapping[str, Any]) -> Said:
    """The reply of an agent that spends for its owner."""
    if said.lower().startswith(PRICE):
        priced = await run_sync(desk.price, said[len(PRICE) :].strip())
        return Said(f"At most {priced['max_fee']} base units of OPEN.", priced)
    told = await run_sync(desk.ask, said)
    return Said(told.pop("answer"), json.loads(json.dumps(told)))


def _metadata_of(message: Mapping[str, Any]) -> Mapping[str, Any]:
    found = message.get("metadata")
    return found if isinstance(found, Mapping) else {}


def _text_of(params: object) -> str:
    message = params.get("message") if isinstance(params, dict) else None
    parts = message.get("parts") if isinstance(message, dict) else None
    if not isinstance(parts, list):
        return ""
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return "\n".join(text for text in texts if isinstance(text, str)).strip()


def _error(number: object, code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}}
