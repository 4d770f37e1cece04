"""Posts prepared bodies over a number of kept connections, and counts what was acknowledged."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Load:
    """Of one measurement: seconds for all, and for each post, sorted."""

    seconds: float
    latencies: tuple[float, ...]

    def at(self, quantile: float) -> float:
        return self.latencies[min(int(quantile * len(self.latencies)), len(self.latencies) - 1)]


@contextmanager
def operator(path: Path) -> Iterator[int]:
    """The port of an operator over the ledger at `path`."""
    command = [sys.executable, "-m", "bench.metering.operator", str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(timeout=30)


def post(port: int, bodies: Sequence[bytes], connections: int, each: int) -> Load:
    """All bodies of `each` vouchers; every answer must acknowledge every one."""
    return asyncio.run(_post(port, bodies, connections, each))


async def _post(port: int, bodies: Sequence[bytes], connections: int, each: int) -> Load:
    waiting, latencies = iter(bodies), list[float]()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in waiting:
            start = time.perf_counter()
            writer.write(_HEAD % len(body) + body)
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            answer = await reader.readexactly(size)
            latencies.append(time.perf_counter() - start)
            if not head.startswith(b"HTTP/1.1 200") or answer.count(b'"acknowledged"') != each:
                raise ValueError(f"not acknowledged: {head!r} {answer[:200]!r}")
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return Load(time.perf_counter() - start, tuple(sorted(latencies)))


def stream(port: int, lines: Sequence[bytes], streams: int) -> Load:
    """Each line a voucher of its own, over a few endless requests; each has to be acknowledged by a line of its own."""
    return asyncio.run(_stream(port, lines, streams))


async def _stream(port: int, lines: Sequence[bytes], streams: int) -> Load:
    latencies = list[float]()

    async def one(mine: Sequence[bytes]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_LINES)
        sent, room = list[float](), asyncio.Semaphore(UNANSWERED)

        async def say() -> None:
            for line in mine:
                await room.acquire()
                sent.append(time.perf_counter())
                writer.write(b"%x\r\n%s\n\r\n" % (len(line) + 1, line))
                await writer.drain()
            writer.write(b"0\r\n\r\n")

        saying, heard = asyncio.create_task(say()), 0
        while heard < len(mine):
            told = await reader.readline()
            if not told:
                raise ValueError(f"the stream ended after {heard} of {len(mine)}")
            if told.startswith(b"{"):
                if b'"acknowledged"' not in told:
                    raise ValueError(f"not acknowledged: {told[:200]!r}")
                latencies.append(time.perf_counter() - sent[heard])
                heard += 1
                room.release()
        await saying
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(one(lines[i::streams]) for i in range(streams)))
    return Load(time.perf_counter() - start, tuple(sorted(latencies)))


# Vouchers of one stream on their way; an operator takes 1,024.
UNANSWERED = 64
_LINES = (
    b"POST /tallystick/v1/vouchers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
_HEAD = (
    b"POST /tallystick/v1/vouchers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n"
)
