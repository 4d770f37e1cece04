"""One round of chaos: payments through the proxy, killed and reorganised at random, then every invariant is checked."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallystick.app.indexing.indexer import Indexer
from tallystick.domain.ids import Hash
from tallystick.errors import NodeError, Unavailable
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.devchain import DevChain, deploy, mine_blocks
from tallystick.gateways.chain.endpoints.event_log import EventLog
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.keys.dev_keys import dev_key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.ledger.event_index.store import SqliteEventIndex

FINALITY, PAYMENTS, FAULTS_PPM = 32, 12, 200_000
PAYEE: Final = "0x" + "b0" * 20
_PAYER: Final = dev_key(1)


@dataclass(frozen=True, slots=True)
class Round:
    """What one seed came to. `violations` in words."""

    seed: int
    kills: int
    reorgs: int
    calls: int
    faults: int
    seconds: float
    violations: tuple[str, ...]


def play(chain: DevChain, folder: Path, seed: int, *, limit_s: float = 30.0) -> Round:
    """On a chain of its own; the folder is empty. After the limit the torment ends, and the node must come through."""
    began, chance = time.monotonic(), random.Random(seed)
    token = deploy(chain.rpc, _PAYER, "OpenToken", _PAYER.address, 10**9)
    first = _nonce(chain.rpc)
    mine_blocks(chain.rpc, FINALITY + 8)
    with _proxy(chain.url, seed) as url:
        kills, reorgs = _torment(chain, chance, lambda: _pay(url, folder, token), limit_s)
        with urllib.request.urlopen(url + "/heal", timeout=10) as told:
            counts = json.load(told)
    _pay(chain.url, folder, token)
    mine_blocks(chain.rpc, FINALITY + 1)
    _pay(chain.url, folder, token)
    violations = tuple(_violations(chain.rpc, folder, token, first))
    calls = counts.pop("calls")
    counts.pop("underpriced")
    return Round(seed, kills, reorgs, calls, sum(counts.values()), time.monotonic() - began, violations)


def _torment(
    chain: DevChain, chance: random.Random, work: Callable[[], None], limit_s: float
) -> tuple[int, int]:
    """Until a child came through on its own; kills and reorganisations."""
    kills = reorgs = 0
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                work()
                os._exit(0)
            os._exit(1)
        end = time.monotonic() + chance.uniform(0.05, 2.0)
        while time.monotonic() < end:
            if chance.random() < 0.3:
                chain.rpc.request("anvil_reorg", chance.randint(1, FINALITY - 1), [])
                reorgs += 1
            time.sleep(chance.uniform(0.0, 0.05))
            done, status = os.waitpid(child, os.WNOHANG)
            if done and status == 0:
                return kills, reorgs
            if done:
                break
        else:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            kills += 1
    return kills, reorgs


def _pay(url: str, folder: Path, token: Contract) -> None:
    """All payments, each by its intent, and the index, whatever the endpoint does."""
    while True:
        try:
            rpc = Rpc(url, timeout_s=2)
            with SqliteLedger(folder / "ledger.sqlite3") as ledger:
                policy = SendPolicy(finality=FINALITY, timeout_s=5, lock_folder=folder)
                sender = Sender(rpc, _PAYER, ledger.outbox, policy)
                sender.resume()
                bound = Contract(rpc, "OpenToken", token.address)
                for number in range(PAYMENTS):
                    sender.send(bound, "transfer", PAYEE, 1, intent=f"pay {number}")
                sender.resume()
            _digest(rpc, folder / "index.sqlite3", token)
            return
        except Unavailable:
            time.sleep(0.02)


def _violations(rpc: Rpc, folder: Path, token: Contract, first: int) -> Iterator[str]:
    paid = token.call("balanceOf", PAYEE)
    if paid != PAYMENTS:
        yield f"{paid} paid, {PAYMENTS} ordered"
    with SqliteLedger(folder / "ledger.sqlite3") as ledger:
        entries = [e for e in ledger.outbox.recent(10_000) if e.state != "lost"]
    if sorted(e.nonce for e in entries) != list(range(first, first + len(entries))):
        yield "nonces have gaps"
    if _nonce(rpc) != first + len(entries):
        yield f"the chain counts {_nonce(rpc) - first} transactions, the outbox {len(entries)}"
    if not all(e.is_final for e in entries):
        yield "an entry never became final"
    if any(e.last.max_fee > SendPolicy().fee_cap_wei for e in entries):
        yield "a fee above the cap"
    if _digest(rpc, folder / "index.sqlite3", token) != _digest(rpc, folder / "anew.sqlite3", token):
        yield "the index is not what a fresh one is"


def _digest(rpc: Rpc, path: Path, token: Contract) -> Hash:
    index = SqliteEventIndex(path, chain=rpc.chain, addresses=[token.address], first_block=0)
    try:
        Indexer(EventLog(rpc), index).catch_up()
        return index.digest()
    finally:
        index.close()


def _nonce(rpc: Rpc) -> int:
    return int(rpc.request("eth_getTransactionCount", _PAYER.address, "latest"), 16)


@contextmanager
def _proxy(upstream: str, seed: int) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.chaotic.proxy", upstream, str(seed), str(FAULTS_PPM)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


def failed_to_play(seed: int, error: NodeError) -> Round:
    """A node that ends with an error of its own is a violation."""
    return Round(seed, 0, 0, 0, 0, 0.0, (f"{type(error).__name__}: {error}",))
