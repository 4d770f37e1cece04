"""What a home must still hold: everything that was said to be safe, and nothing that contradicts itself."""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.chaotic.nursery import Victim
from bench.chaotic.victims.home import (
    CHAIN,
    CONTRACT,
    PASSWORD,
    ROUNDS,
    TOPIC,
    books,
    hash_of,
    log_of,
)
from bench.metering import stock
from tallystick.app.daemon.board import Board
from tallystick.domain.ids import Hash
from tallystick.errors import NodeError
from tallystick.gateways.keys.keystore import Keystore
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.ledger.event_index.store import SqliteEventIndex


@dataclass(slots=True)
class Told:
    """What the processes over one home said is safe, and the errors that they met."""

    receipts: dict[int, str] = field(default_factory=dict)
    vouchers: dict[int, int] = field(default_factory=dict)
    signed: dict[int, str] = field(default_factory=dict)
    mined: set[int] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)
    block: int = -1
    errors: list[tuple[str, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return (
            len(self.receipts)
            + len(self.vouchers)
            + len(self.signed)
            + len(self.mined)
            + len(self.keys)
            + self.block
            + 1
        )

    def hear(self, line: str) -> None:
        """A line may be the last one of a killed process, and end anywhere: it counts when it is whole."""
        kind, *words = line.split(" ")
        if kind == "receipt":
            self.receipts[int(words[0])] = words[1]
        elif kind == "voucher":
            self.vouchers[int(words[0])] = int(words[1])
        elif kind == "signed":
            if self.signed.setdefault(int(words[0]), words[1]) != words[1]:
                self.violations.append(f"nonce {words[0]} was signed for twice")
        elif kind == "mined":
            self.mined.add(int(words[0]))
        elif kind == "key":
            self.keys[words[0]] = words[1]
        elif kind == "block":
            self.block = max(self.block, int(words[0]))
        elif kind == "error":
            self.errors.append((words[0], " ".join(words[1:])))

    def hear_out(self, victim: Victim) -> int:
        """Everything that a dead process said; its exit code."""
        for line in victim.said:
            if line.endswith("\n"):
                self.hear(line.rstrip("\n"))
        return victim.ended()


def killed(victim: Victim, told: Told, chance: random.Random, most_s: float) -> None:
    """After some time at work; a process that was never ready is killed, too."""
    if victim.line() == "ready":
        time.sleep(chance.uniform(0.0, most_s))
    victim.signal(9)
    told.hear_out(victim)


def missing(home: Path, told: Told) -> Iterator[str]:
    """Opens the home as a node that starts again."""
    try:
        ledger, index = books(home)
    except NodeError as error:
        yield f"the books do not open: {type(error).__name__}: {error}"
        return
    with closing(ledger), closing(index):
        yield from _of_ledger(ledger, told)
        yield from _of_outbox(ledger, told)
        yield from _of_index(index, told)
    for name in ("ledger.sqlite3", "index.sqlite3"):
        with closing(sqlite3.connect(home / name)) as raw:
            if (whole := raw.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                yield f"{name} is damaged: {whole}"
    yield from _of_keys(home, told)
    Board(home / "status.json").read(time.time())


def _of_ledger(ledger: SqliteLedger, told: Told) -> Iterator[str]:
    stored = {s.receipt.lane: s for s in ledger.receipts.recent(10**6)}
    for lane, digest in told.receipts.items():
        if lane not in stored or stored[lane].digest.hex() != digest:
            yield f"receipt {lane} is lost"
    for lane, amount in told.vouchers.items():
        kept = ledger.vouchers.latest(stock.CONSUMER, stock.OPERATOR, lane)
        if kept is None or kept.voucher.acknowledged != amount:
            yield f"voucher {lane} is lost"


def _of_outbox(ledger: SqliteLedger, told: Told) -> Iterator[str]:
    entries = {e.nonce: e for e in ledger.outbox.recent(10**6) if e.chain == CHAIN}
    if sorted(entries) != list(range(len(entries))):
        yield "nonces have gaps"
    for nonce, tx_hash in told.signed.items():
        if nonce not in entries or entries[nonce].last.tx_hash != Hash(bytes.fromhex(tx_hash)):
            yield f"what was signed for nonce {nonce} is lost"
    for nonce in told.mined & set(entries):
        if entries[nonce].state != "mined":
            yield f"that nonce {nonce} was mined is lost"


def _of_index(index: SqliteEventIndex, told: Told) -> Iterator[str]:
    tip = index.tip()
    top = -1 if tip is None else tip.number
    if top < told.block:
        yield f"the index ends at {top}, {told.block} was told"
    if list(index.logs(CONTRACT, 0, 10**9, TOPIC)) != [log_of(block) for block in range(top + 1)]:
        yield "the index is not what a fresh one is"
    if tip is not None and tip.hash != hash_of(top):
        yield "the index stands on another chain"


def _of_keys(home: Path, told: Told) -> Iterator[str]:
    keys = Keystore(home / "keys", rounds=ROUNDS)
    there = keys.names()
    for name in set(there) | set(told.keys):
        try:
            if keys.load(name, PASSWORD).address != told.keys.get(name, keys.address_of(name)):
                yield f"{name} is another key"
        except NodeError as error:
            yield f"{name} is lost: {error}"
