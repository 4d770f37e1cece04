"""Reads request bodies: bounded in size, depth and time, strictly JSON."""

import asyncio
import json
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from tallystick.errors import InvalidInput

MAX_BODY, MAX_DEPTH = 1 << 20, 64
BODY_S = 20.0


class TooLarge(InvalidInput):
    http_status, code = 413, "request_too_large"


class TooSlow(InvalidInput):
    http_status, code = 408, "request_timeout"


class NotJson(InvalidInput):
    code = "invalid_json"


async def json_object(request: Request) -> dict[str, Any]:
    """The body as an object; an `InvalidInput` of its own kind for each thing that can be wrong with it."""
    try:
        raw = await asyncio.wait_for(_bounded(request), BODY_S)
    except TimeoutError as error:
        raise TooSlow(f"The body did not arrive within {BODY_S:g} seconds.", "Send it at once.") from error
    except ClientDisconnect as error:
        raise NotJson("The client left before its body was complete.") from error
    body = parsed(raw)
    if not isinstance(body, dict):
        raise NotJson("The body must be a JSON object.")
    return body


def parsed(raw: bytes | str) -> Any:
    """Strict JSON: no NaN, no infinity, no depth that the next reader could stumble over."""
    try:
        body = json.loads(raw, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotJson(f"The body is not valid JSON: {error}.") from error
    _check_depth(body)
    return body


async def _bounded(request: Request) -> bytes:
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > MAX_BODY:
        raise TooLarge(f"The body exceeds {MAX_BODY} bytes.")
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > MAX_BODY:
            raise TooLarge(f"The body exceeds {MAX_BODY} bytes.")
    return bytes(found)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number")


def _check_depth(body: Any) -> None:
    level = [body]
    for _ in range(MAX_DEPTH):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return
    raise NotJson(f"The body is nested more than {MAX_DEPTH} deep.")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
