"""Vouchers posted to an operator that is killed again and again: what it acknowledged is there, once, to the unit.

Kills fall after a drawn number of answers and some milliseconds, or while the operator still starts or bills.
"""

import asyncio
import json
import random
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.chaotic.nursery import Nursery, Victim
from bench.metering import stock
from tallystick.gateways.ledger.books import SqliteLedger

VICTIMS: Final = "bench.chaotic.victims.intake"
POST, CONNECTIONS, BATCH = 100, 4, 1_500
MOST_ANSWERS, JITTER_S, BOOT_S = 12, 0.02, 0.2
BOOTS, BILLS = 0.1, 0.05
_HEAD: Final = b"POST /tallystick/v1/vouchers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Stock:
    """A ledger of receipts that nobody acknowledged yet, one a lane; the posts that do, and what each lane owes."""

    path: Path
    bodies: tuple[bytes, ...]
    owed: tuple[int, ...]

    @classmethod
    def made(cls, folder: Path, count: int) -> "Stock":
        """Made once for a folder; `count` is a multiple of POST."""
        path, told = folder / f"stock-{count}.sqlite3", folder / f"stock-{count}.json"
        if not told.exists():
            folder.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            answers = [stock.sold(lane) for lane in range(count)]
            with SqliteLedger(path) as ledger:
                stock.store(ledger, answers)
            bodies = [body.decode() for body in stock.bodies(list(stock.vouchers(answers)), POST)]
            owed = [one.stored.receipt.cumulative for one in answers]
            told.write_text(json.dumps([bodies, owed]), encoding="utf-8")
        bodies, owed = json.loads(told.read_text(encoding="utf-8"))
        return cls(path, tuple(body.encode() for body in bodies), tuple(owed))


@dataclass(slots=True)
class Round:
    """What came of one ledger, from its first post until everything was acknowledged and billed."""

    kills: int = 0
    bill_kills: int = 0
    acknowledged: set[int] = field(default_factory=set)
    fresh: set[int] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)


def play(nursery: Nursery, held: Stock, folder: Path, seed: int, *, work: str = f"{VICTIMS}:take") -> Round:
    """Posts by number, each of POST lanes; the folder is empty."""
    chance, path, round_ = random.Random(seed), folder / "operator.sqlite3", Round()
    shutil.copyfile(held.path, path)
    while len(round_.acknowledged) < len(held.bodies):
        if chance.random() < BILLS:
            round_.bill_kills += _killed(nursery, chance, f"{VICTIMS}:bill", str(path), BATCH)
        if chance.random() < BOOTS:
            round_.kills += _killed(nursery, chance, work, str(path))
            continue
        victim = nursery.start(work, str(path))
        try:
            port = int(victim.line())
            _check(path, held, round_)
            asyncio.run(_life(victim, port, held, round_, chance))
        finally:
            victim.kill()
        round_.kills += 1
    nursery.run(f"{VICTIMS}:bill", str(path), BATCH)
    _check(path, held, round_)
    round_.violations += examine(path, held)
    return round_


def examine(path: Path, held: Stock) -> list[str]:
    """Of a ledger all of whose receipts were acknowledged and billed: what is wrong with it, in words."""
    found = []
    with SqliteLedger(path, read_only=True) as ledger:
        lanes = {v.voucher.lane: v.voucher for v in ledger.vouchers.lanes()}
        receipts = [s for b in ledger.batches.list() for s in ledger.receipts.of_batch(b.header_hash)]
        left = len([*ledger.receipts.unbatched(stock.OPERATOR)])
        stored = len(ledger.receipts.recent(len(held.owed) + 1))
    fees = [s.receipt.cumulative - s.receipt.previous for s in receipts]
    if stored != len(held.owed) or len(lanes) != len(held.owed):
        found.append(f"{stored} receipts and {len(lanes)} lanes of {len(held.owed)}")
    if any(lane.acknowledged != held.owed[n] or lane.limit != held.owed[n] for n, lane in lanes.items()):
        found.append("a lane stands elsewhere than its consumer signed")
    if len({s.digest for s in receipts}) != len(receipts):
        found.append("a receipt was billed twice")
    if left or not all(s.is_acknowledged for s in receipts):
        found.append(f"{left} receipts were not billed, or billed without a voucher")
    if sum(fees) != sum(held.owed):
        found.append(f"{sum(fees)} billed, {sum(held.owed)} owed")
    return found


def _killed(nursery: Nursery, chance: random.Random, work: str, *arguments: object) -> int:
    """At some moment of its first steps; 1 unless it was done before."""
    victim = nursery.start(work, *arguments)
    time.sleep(chance.uniform(0.0, BOOT_S))
    return int(victim.kill() == -signal.SIGKILL)


def _check(path: Path, held: Stock, round_: Round) -> None:
    """What was acknowledged since the last look, in the books as they are after the restart."""
    with SqliteLedger(path, read_only=True) as ledger:
        for post in round_.fresh:
            for lane in range(post * POST, (post + 1) * POST):
                kept = ledger.vouchers.latest(stock.CONSUMER, stock.OPERATOR, lane)
                if kept is None or kept.voucher.acknowledged != held.owed[lane]:
                    round_.violations.append(f"lane {lane} was acknowledged and is lost")
    round_.acknowledged |= round_.fresh
    round_.fresh = set()


async def _life(victim: Victim, port: int, held: Stock, round_: Round, chance: random.Random) -> None:
    """Posts over some connections until the drawn moment, then SIGKILL in the midst of it."""
    left = [n for n in range(len(held.bodies)) if n not in round_.acknowledged]
    repeated = [n for n in round_.acknowledged if chance.random() < 0.01]
    waiting, enough = iter([*repeated, *left]), chance.randint(1, MOST_ANSWERS)
    due, answered = asyncio.Event(), 0

    async def connection() -> None:
        nonlocal answered
        with suppress(OSError, EOFError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for post in waiting:
                body = held.bodies[post]
                writer.write(_HEAD % len(body) + body)
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                answer = await reader.readexactly(size)
                if not head.startswith(b"HTTP/1.1 200") or answer.count(b'"acknowledged"') != POST:
                    round_.violations.append(f"post {post} was refused: {answer[:200]!r}")
                if post not in round_.acknowledged:
                    round_.fresh.add(post)
                answered += 1
                if answered >= enough:
                    due.set()

    async def reaper() -> None:
        await due.wait()
        await asyncio.sleep(chance.uniform(0.0, JITTER_S))
        victim.signal(signal.SIGKILL)

    killing = asyncio.create_task(reaper())
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    due.set()
    await killing
