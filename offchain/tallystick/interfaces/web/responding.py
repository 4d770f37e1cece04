"""One answer over HTTP: whole or streamed, in the shape of the route that it was asked on."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from typing import Any

from anyio import CapacityLimiter
from fastapi import Request
from fastapi.responses import JSONResponse, Response

from tallystick.app.results import Answered, AnswerEvent, ChatRequest, Piece
from tallystick.errors import NodeError
from tallystick.interfaces.web.shapes import answers
from tallystick.interfaces.web.shapes.errors import error_body
from tallystick.interfaces.web.streaming import DONE, collected, line, opened, sse, stepped
from tallystick.interfaces.web.wire import answer_extension, receipt_headers

CLIENT_LEFT = 499


async def respond(
    http: Request,
    events: Iterator[AnswerEvent],
    asked: ChatRequest,
    body: Mapping[str, Any],
    threads: CapacityLimiter,
) -> Response:
    """Refusals are raised before the first byte; a client that leaves closes `events` where they stand."""
    first = await opened(events, threads)
    if asked.stream:
        return sse(_stream(first, stepped(events, threads), asked, body))
    last = await collected(http, first, events, threads)
    return whole_answer(last, body) if isinstance(last, Answered) else Response(status_code=CLIENT_LEFT)


def whole_answer(answered: Answered, body: Mapping[str, Any]) -> JSONResponse:
    """An answer with its receipt, in the body and in headers."""
    extension = answer_extension(answered)
    if "input" in body:
        as_base64 = body.get("encoding_format") == "base64"
        shown = answers.embeddings(answered, extension, as_base64=as_base64)
    else:
        shown = _shape(body).whole(answered, extension)
    return JSONResponse(shown, headers=receipt_headers(answered))


async def _stream(
    first: AnswerEvent,
    events: AsyncGenerator[AnswerEvent, None],
    asked: ChatRequest,
    body: Mapping[str, Any],
) -> AsyncGenerator[str, None]:
    shape = _shape(body)
    try:
        async with aclosing(events):
            for chunk in (*shape.opening(asked, first), *_chunks(shape, asked, first)):
                yield line(chunk)
            async for event in events:
                for chunk in _chunks(shape, asked, event):
                    yield line(chunk)
    except NodeError as error:
        yield line(error_body(error))
    yield DONE


def _chunks(shape: answers.Chat, asked: ChatRequest, event: AnswerEvent) -> list[dict[str, Any]]:
    if isinstance(event, Piece):
        return [shape.piece(asked, event)]
    return shape.closing(asked, event, answer_extension(event))


def _shape(body: Mapping[str, Any]) -> answers.Chat:
    return answers.Completion() if "prompt" in body else answers.Chat()
