"""Durable receipts beside the floor that no receipt goes below, and their trees: `make bench NAME=receipts`.

PARTS=posts,trees,javascript,restart,closing takes some of its parts; LEAVES=1000000 is a smaller tree, which misses the
bar; CLOSED=100000 is a smaller batch.
"""

import os
import tempfile
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from bench.harness import Figure
from bench.metering import batch, forest, restart, stock
from bench.metering.floor import floor
from bench.metering.load import Load, operator, post, stream

ROUNDS = 3
ALONE, SINGLE, POSTS = 200, 3_000, 6_000
CONNECTIONS, POST, POSTERS, STREAMS = 64, 100, 16, 16
LEAVES, SMALL, KEPT = 10**7, 10**5, 10**6


def measure() -> list[Figure]:
    parts = {
        "posts": posts,
        "trees": trees,
        "javascript": javascript,
        "restart": restarted,
        "closing": closing,
    }
    chosen = os.environ.get("PARTS", ",".join(parts)).split(",")
    with tempfile.TemporaryDirectory(dir=_disk(), prefix="receipts-") as folder:
        return [figure for name in chosen for figure in parts[name](Path(folder))]


def posts(folder: Path) -> Iterator[Figure]:
    """Each round measures the floors right before the path, on the same disk and with the same vouchers."""
    path, each = folder / "operator.sqlite3", ALONE + 2 * SINGLE + POSTS
    vouchers, stored = stock.stock(path, ROUNDS * each)
    counts = {"alone": ALONE, "single": SINGLE, "streamed": SINGLE, "posts": POSTS}
    loads: dict[str, list[Load]] = {name: [] for name in counts}
    floors: dict[str, list[float]] = {name: [] for name in counts}
    for n in range(ROUNDS):
        mine = vouchers[n * each : (n + 1) * each]
        ends = list(accumulate(counts.values()))
        parts = {name: mine[end - counts[name] : end] for name, end in zip(counts, ends, strict=True)}
        for name, size in (("alone", 1), ("single", CONNECTIONS), ("streamed", CONNECTIONS), ("posts", POST)):
            floors[name].append(floor(folder, parts[name], size))
        with operator(path) as port:
            loads["alone"].append(post(port, stock.bodies(parts["alone"], 1), 1, 1))
            loads["single"].append(post(port, stock.bodies(parts["single"], 1), CONNECTIONS, 1))
            loads["streamed"].append(stream(port, stock.bodies(parts["streamed"], 1), STREAMS))
            loads["posts"].append(post(port, stock.bodies(parts["posts"], POST), POSTERS, POST))
    rates = {name: [counts[name] / load.seconds for load in found] for name, found in loads.items()}
    yield Figure("receipts_stored", (stored,), "/s", f"signed receipts and openings, {stock.THREADS} threads")
    for name, how in (
        ("alone", "one connection; floor: one signature, one commit"),
        ("single", f"{CONNECTIONS} connections; floor: {CONNECTIONS} signatures, one commit"),
        ("streamed", f"{STREAMS} streams, a line each; floor: {CONNECTIONS} signatures, one commit"),
        ("posts", f"{POSTERS} connections, posts of {POST}; floor: {POST} signatures, one commit"),
    ):
        yield Figure(f"{name}_per_second", tuple(rates[name]), "/s", how)
        yield Figure(f"{name}_floor", tuple(floors[name]), "/s", "the same run, disk and vouchers; no HTTP")
        ratios = tuple(a / b for a, b in zip(rates[name], floors[name], strict=True))
        yield Figure(f"{name}_vs_floor", ratios, "of the floor", how)
        slow = tuple(1000 * load.at(0.99) for load in loads[name])
        yield Figure(f"{name}_p99", slow, "ms", "a request, from its first byte to its answer's last")


def trees(folder: Path) -> Iterator[Figure]:
    count = int(os.environ.get("LEAVES", LEAVES))
    name = "tree_10m" if count == LEAVES else f"tree_{count}"
    told = forest.sum_tree(count)
    how = f"{count:,} credit leaves hashed and summed, one process, root {told['root'][:16]}"
    yield Figure(f"{name}_seconds", (told["seconds"],), "s", how)
    yield Figure(f"{name}_gigabytes", (told["bytes"] / 1e9,), "GB", "peak resident memory of that process")


def javascript(folder: Path) -> Iterator[Figure]:
    ours = [forest.standard_tree(SMALL) for _ in range(ROUNDS)]
    theirs = [forest.javascript_tree(SMALL) for _ in range(ROUNDS)]
    if {told["root"] for told in (*ours, *theirs)} != {ours[0]["root"]}:
        raise ValueError("the two libraries give different roots")
    ratios = tuple(b["seconds"] / a["seconds"] for a, b in zip(ours, theirs, strict=True))
    how = f"@openzeppelin/merkle-tree over ours, {SMALL:,} leaves, the same root"
    yield Figure("javascript_over_ours", ratios, "times", how)
    sums = tuple(forest.sum_tree(SMALL)["seconds"] for _ in range(ROUNDS))
    yield Figure("sum_tree_100k_seconds", sums, "s", "our money tree of as many leaves")


def restarted(folder: Path) -> Iterator[Figure]:
    path = folder / "restart.sqlite3"
    restart.fill(path, KEPT)
    told = restart.ready(path)
    how = f"{KEPT:,} receipts: " + ", ".join(f"{name} {seconds:.3f} s" for name, seconds in told.items())
    yield Figure("restart_seconds", (sum(told.values()),), "s", how)


def closing(folder: Path) -> Iterator[Figure]:
    path, count = folder / "closing.sqlite3", int(os.environ.get("CLOSED", KEPT))
    batch.fill(path, count)
    told = batch.closed(path)
    how = f"{told['receipts']:,} receipts of eight lines, file {told['file'] / 1e9:.2f} GB, one process; no chain"
    yield Figure("closing_seconds", (told["seconds"],), "s", how)
    yield Figure("closing_gigabytes", (told["bytes"] / 1e9,), "GB", "peak resident memory of that process")


def _disk() -> Path:
    """A folder on a real disk: a temporary one may be memory, which syncs nothing."""
    found = Path("build/bench")
    found.mkdir(parents=True, exist_ok=True)
    return found
