"""What running a node costs: cold start, a day's blocks, idling, indexing, lag: `make bench NAME=node`.

PARTS=start,day,idle,lag takes some of its parts; RECEIPTS=100000 and BLOCKS=2400 make it shorter, and miss their bars.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.harness import Figure
from bench.metering import restart
from bench.operated.running import Place, Running, placed
from tallystick.app.indexing.indexer import Indexer
from tallystick.gateways.chain.endpoints.event_log import EventLog
from tallystick.gateways.ledger.event_index.store import SqliteEventIndex

STARTS, KEPT = 3, 10**6
DAY, PORTION = 7_200, 30
IDLE_S, LAG_BLOCKS, LAG_EVERY_S = 30, 100, 0.2


def measure() -> list[Figure]:
    parts = {"start": start, "day": day, "idle": idle, "lag": lag}
    chosen = os.environ.get("PARTS", ",".join(parts)).split(",")
    disk = Path("build/bench")
    disk.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=disk, prefix="node-") as folder, placed(Path(folder)) as place:
        return [figure for name in chosen for figure in parts[name](place)]


def start(place: Place) -> Iterator[Figure]:
    """The ledger's pages may still be in the system's cache: it is the process that is cold."""
    count = int(os.environ.get("RECEIPTS", KEPT))
    restart.fill(place.home / "node.sqlite3", count)
    took, used = [], []
    for _ in range(STARTS):
        with Running(place) as node:
            took.append(node.until_ready())
            used.append(node.processor_seconds())
            node.stop()
    name = "cold_start_seconds" if count >= KEPT else f"cold_start_{count}_seconds"
    how = f"from exec to /ready with metering, outbox and indexer, {count:,} receipts on disk"
    yield Figure(name, tuple(took), "s", how)
    yield Figure(
        "cold_start_processor_seconds", tuple(used), "s", "of a core until then, whoever else wants it"
    )


def day(place: Place) -> Iterator[Figure]:
    """Mined in portions, so that the node follows as it would, only faster."""
    blocks = int(os.environ.get("BLOCKS", DAY))
    with Running(place, TALLYSTICK_DAEMON_INDEX="1") as node:
        node.until_ready()
        time.sleep(5)  # what the first run of each duty imports is no growth
        before = node.megabytes()
        for _ in range(blocks // PORTION):
            place.chain.mine(PORTION)
            head = place.chain.rpc.block_number()
            while node.number("index_tip_block") < head:
                time.sleep(0.2)
        after = node.megabytes()
        node.stop()
    name = "memory_growth_megabytes" if blocks >= DAY else f"memory_growth_{blocks}_blocks_megabytes"
    yield Figure("memory_megabytes", (after,), "MB", f"resident after {blocks:,} blocks, all duties")
    yield Figure(name, (max(after - before, 0.0),), "MB", "of that, since five seconds after it was ready")
    yield from _indexed(place)


def _indexed(place: Place) -> Iterator[Figure]:
    """From nothing to the head by the same code, in this process."""
    rpc, path = place.chain.rpc, place.home / "fresh.sqlite3"
    index = SqliteEventIndex(path, chain=rpc.chain, addresses=place.addresses, first_block=0)
    began = time.perf_counter()
    state = Indexer(EventLog(rpc), index).catch_up()
    took = time.perf_counter() - began
    index.close()
    how = f"{state.head:,} blocks with {state.indexed} events, anvil beside it"
    yield Figure("index_blocks_per_second", (state.head / took,), "/s", how)


def idle(place: Place) -> Iterator[Figure]:
    with Running(place) as node:
        node.until_ready()
        time.sleep(5)
        before = node.processor_seconds()
        time.sleep(IDLE_S)
        used = (node.processor_seconds() - before) / IDLE_S
        node.stop()
    yield Figure(
        "idle_cores", (used,), "of a core", f"{IDLE_S} s of every duty at its default interval, no blocks"
    )


def lag(place: Place) -> Iterator[Figure]:
    """How long after a block its events are there, while blocks come sixty times as fast as on Ethereum."""
    behind = []
    with Running(place, TALLYSTICK_DAEMON_SETTLE="2", TALLYSTICK_DAEMON_SURVEY="2") as node:
        node.until_ready()
        for _ in range(LAG_BLOCKS):
            place.chain.mine(1)
            behind.append(place.chain.rpc.block_number() - node.number("index_tip_block"))
            time.sleep(LAG_EVERY_S)
        node.stop()
    seconds = tuple(count * LAG_EVERY_S for count in behind)
    how = f"a block each {LAG_EVERY_S} s, looks for events each 5 s, settlement and survey each 2 s; median of samples"
    yield Figure("lag_seconds", seconds, "s", how)
    yield Figure("lag_most_seconds", (max(seconds),), "s", "the worst of them")
