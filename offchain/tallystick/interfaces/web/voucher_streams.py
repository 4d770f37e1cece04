"""Vouchers as lines of one endless request, answered by lines of its response: an outcome each, in their order.

What a request of its own costs, fifty microseconds and more, is paid once a connection.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from starlette.types import Receive, Send

from tallystick.domain.usage import SignedVoucher
from tallystick.errors import InvalidInput, NodeError, Overloaded
from tallystick.interfaces.web.shapes import errors as shape
from tallystick.interfaces.web.wire import read_voucher

LINES = b"application/x-ndjson"
# Of one stream: unanswered lines, bytes of a line, seconds without a whole one. Of all: streams at once.
WINDOW, LONGEST, IDLE_S, MOST = 1_024, 4_096, 60.0, 128
_ACKNOWLEDGED = b'{"status":"acknowledged"}\n'

Refusals = Sequence[NodeError | None]
Take = Callable[[Sequence[SignedVoucher]], Awaitable[Refusals]]
_Due = tuple[list[InvalidInput | None], "asyncio.Future[Refusals] | None"]


class Streams:
    """`take` answers for a list of vouchers once they are on the disk."""

    def __init__(self, take: Take) -> None:
        self._take, self._open = take, 0

    async def serve(self, receive: Receive, send: Send) -> None:
        """Until the client ends its request, leaves, or says nothing for too long; what came is answered first."""
        if self._open >= MOST:
            raise Overloaded("Too many streams of vouchers are open.", "Use one for all your lanes.")
        self._open += 1
        try:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", LINES)]})
            await _Stream(self._take, receive, send).run()
        finally:
            self._open -= 1


class _Stream:
    """One connection: a reader that parses what arrived, and a writer that tells outcomes as they become certain."""

    def __init__(self, take: Take, receive: Receive, send: Send) -> None:
        self._take, self._receive, self._send = take, receive, send
        self._due: asyncio.Queue[_Due | None] = asyncio.Queue()
        self._room, self._unanswered = asyncio.Event(), 0

    async def run(self) -> None:
        reading, writing = asyncio.create_task(self._read()), asyncio.create_task(self._write())
        try:
            await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
            if not writing.done():
                self._due.put_nowait(None)
            await writing
            await reading
        finally:
            reading.cancel()
            writing.cancel()

    async def _read(self) -> None:
        rest, more = b"", True
        while more:
            await self._has_room()
            try:
                async with asyncio.timeout(IDLE_S):
                    message = await self._receive()
            except TimeoutError:
                return
            if message["type"] == "http.disconnect":
                return
            more = message.get("more_body", False)
            *lines, rest = (rest + message.get("body", b"")).split(b"\n")
            if not more and rest:
                lines, rest = [*lines, rest], b""
            if len(rest) > LONGEST:
                self._note(
                    [InvalidInput(f"A line has at most {LONGEST} bytes.", "Send a voucher a line.")], []
                )
                return
            self._take_lines(line for line in lines if line.strip())

    async def _has_room(self) -> None:
        while self._unanswered >= WINDOW:
            self._room.clear()
            await self._room.wait()

    def _take_lines(self, lines: Iterable[bytes]) -> None:
        faults: list[InvalidInput | None] = []
        signed: list[SignedVoucher] = []
        for line in lines:
            try:
                signed.append(read_voucher(_parsed(line)))
                faults.append(None)
            except InvalidInput as error:
                faults.append(error)
        if faults:
            self._note(faults, signed)

    def _note(self, faults: list[InvalidInput | None], signed: Sequence[SignedVoucher]) -> None:
        self._unanswered += len(faults)
        landing = asyncio.ensure_future(self._take(signed)) if signed else None
        self._due.put_nowait((faults, landing))

    async def _write(self) -> None:
        """The outcomes of all that is certain by now in one write."""
        while (due := await self._due.get()) is not None:
            faults, landing = due
            try:
                refusals = iter(await landing if landing else ())
            except NodeError as error:
                refusals = iter([error] * faults.count(None))
            told = [_line(next(refusals) if fault is None else fault) for fault in faults]
            self._unanswered -= len(faults)
            self._room.set()
            await self._send({"type": "http.response.body", "body": b"".join(told), "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"The line is not valid JSON: {error}.") from error


def _line(refusal: NodeError | None) -> bytes:
    if refusal is None:
        return _ACKNOWLEDGED
    told = {"status": "refused", "http_status": refusal.http_status, **shape.error_body(refusal)}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
