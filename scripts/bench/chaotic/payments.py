"""A round of payments through the proxy, killed and reorganised at random, then every invariant is checked."""

import json
import os
import random
import select
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.chaotic.nursery import Nursery
from bench.chaotic.victims.payments import FINALITY, INDEX, PAYEE, PAYER, digest_of
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.devchain import DevChain, deploy, mine_blocks
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.ledger.books import SqliteLedger

VICTIMS: Final = "bench.chaotic.victims.payments"
PAY: Final = f"{VICTIMS}:pay"
PAYMENTS, FAULTS_PPM = 12, 200_000
LIFE, BETWEEN = 60, 3
"""Most calls of a node until it is killed, and most between two reorganisations."""
PATIENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Round:
    """What one seed came to. `violations` in words."""

    kills: int
    reorgs: int
    calls: int
    faults: int
    violations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be paid: tokens of a contract that was made at `since`, when PAYER stood at nonce `first`."""

    token: Contract
    since: int
    first: int
    payments: int

    @classmethod
    def placed(cls, rpc: Rpc, payments: int) -> "Order":
        token = deploy(rpc, PAYER, "OpenToken", PAYER.address, 10**9)
        return cls(token, rpc.block_number(), nonce(rpc), payments)

    def arguments(self, url: str, folder: Path) -> tuple[object, ...]:
        return url, str(folder), self.token.address, self.payments, self.since


def play(
    nursery: Nursery,
    chain: DevChain,
    folder: Path,
    seed: int,
    *,
    reorgs: int = 60,
    payments: int = PAYMENTS,
    work: str = PAY,
) -> Round:
    """On a chain of its own; the folder is empty. After so many reorganisations the node must come through."""
    order = Order.placed(chain.rpc, payments)
    mine_blocks(chain.rpc, FINALITY + 8)
    with faulty(chain.url, seed, FAULTS_PPM) as proxy:
        told = (work, *order.arguments(proxy.url, folder))
        kills = _torment(nursery, chain, proxy, random.Random(seed), told, reorgs)
        counts = healed(proxy.url)
    found = tuple(settled(nursery, chain, folder, order, work=work))
    return Round(kills, reorgs, counts.pop("calls"), sum(counts.values()) - counts["underpriced"], found)


def settled(
    nursery: Nursery, chain: DevChain, folder: Path, order: Order, *, work: str = PAY
) -> Iterator[str]:
    """Brings the node through on the bare chain, makes everything final, and says what is wrong then."""
    for blocks in (FINALITY + 1, 0):
        victim = nursery.start(work, *order.arguments(chain.url, folder))
        if victim.ended_within(PATIENCE_S) != 0:
            yield "the node did not come through on a sound chain"
        if blocks:
            mine_blocks(chain.rpc, blocks)
    yield from violations(chain.rpc, folder, order)


def violations(rpc: Rpc, folder: Path, order: Order) -> Iterator[str]:
    """Of books and chain, when everything is final and PAYER sends nothing else."""
    paid = order.token.call("balanceOf", PAYEE)
    if paid != order.payments:
        yield f"{paid} paid, {order.payments} ordered"
    with SqliteLedger(folder / "ledger.sqlite3") as ledger:
        entries = [e for e in ledger.outbox.recent(10_000) if e.state != "lost"]
    if sorted(e.nonce for e in entries) != list(range(order.first, order.first + len(entries))):
        yield "nonces have gaps"
    if nonce(rpc) != order.first + len(entries):
        yield f"the chain counts {nonce(rpc) - order.first} transactions, the outbox {len(entries)}"
    if not all(e.is_final for e in entries):
        yield "an entry never became final"
    if any(a.max_fee > SendPolicy().fee_cap_wei for e in entries for a in e.attempts):
        yield "a fee above the cap"
    with tempfile.TemporaryDirectory(prefix="chaos-") as anew:
        fresh = digest_of(rpc, Path(anew) / INDEX, order.token.address, order.since)
    if digest_of(rpc, folder / INDEX, order.token.address, order.since) != fresh:
        yield "the index is not what a fresh one is"


def nonce(rpc: Rpc) -> int:
    return int(rpc.request("eth_getTransactionCount", PAYER.address, "latest"), 16)


@dataclass(frozen=True, slots=True)
class Faulty:
    """A proxy, and where it says that it was asked."""

    url: str
    _said: int
    _process: "subprocess.Popen[bytes]"

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """From now on it tells of no block above today's."""
        urllib.request.urlopen(self.url + "/freeze", timeout=10).close()

    def wait(self, calls: int, is_over: Callable[[], bool], seconds: float = 5.0) -> int:
        """Until it was asked so often from now on, or it is over: how often it was."""
        while os.read(self._said, 1 << 16) if self._has_said(0.0) else b"":
            pass
        end, asked = time.monotonic() + seconds, 0
        while asked < calls and time.monotonic() < end and not is_over():
            if self._has_said(0.02):
                asked += len(os.read(self._said, 1 << 16))
        return asked

    def _has_said(self, seconds: float) -> bool:
        return bool(select.select([self._said], [], [], seconds)[0])


@contextmanager
def faulty(upstream: str, seed: int, faults_ppm: int, *, port: int = 0) -> Iterator[Faulty]:
    """A proxy before `upstream`."""
    numbers = (str(number) for number in (seed, faults_ppm, port))
    command = [sys.executable, "-m", "bench.chaotic.proxy", upstream, *numbers]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0, env=environment)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield Faulty(f"http://127.0.0.1:{port}", process.stdout.fileno(), process)
    finally:
        process.kill()
        process.wait()


def healed(url: str) -> dict[str, int]:
    """Ends a proxy's faults; what it counted."""
    with urllib.request.urlopen(url + "/heal", timeout=10) as told:
        counts: dict[str, int] = json.load(told)
    return counts


def _torment(
    nursery: Nursery,
    chain: DevChain,
    proxy: Faulty,
    chance: random.Random,
    order: tuple[object, ...],
    reorgs: int,
) -> int:
    """Until so many reorganisations were made, each amid the node's calls; the kills. Who came through starts again."""
    kills = done = 0
    while done < reorgs:
        work, *arguments = order
        victim = nursery.start(str(work), *arguments)
        left = chance.randint(1, LIFE)
        while left > 0 and done < reorgs and not victim.is_dead():
            chain.rpc.request("anvil_reorg", chance.randint(1, FINALITY - 1), [])
            done += 1
            left -= proxy.wait(chance.randint(1, BETWEEN), victim.is_dead)
            time.sleep(chance.uniform(0.0, 0.02))
        kills += victim.kill() < 0
    return kills
