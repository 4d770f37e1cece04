"""Trees in processes of their own, so that seconds and peak memory are theirs: a line of JSON on stdout."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from tallystick.commitments import leaves
from tallystick.commitments.standard_tree import StandardTree
from tallystick.commitments.sum_tree import SumTree, verify

JAVASCRIPT = """
const { StandardMerkleTree } = require("@openzeppelin/merkle-tree");
const row = (i) => ["0x" + i.toString(16).padStart(40, "0"), String(i * 1000)];
const rows = Array.from({ length: Number(process.argv[1]) }, (_, i) => row(i + 1));
const start = performance.now();
const tree = StandardMerkleTree.of(rows, ["address", "uint256"]);
console.log(JSON.stringify({ root: tree.root.slice(2), seconds: (performance.now() - start) / 1000 }));
"""


def sum_tree(count: int) -> dict[str, Any]:
    """Seconds and peak bytes of a credit tree, hashing of the leaves included."""
    return _told([sys.executable, "-m", "bench.metering.forest", "sum", str(count)])


def standard_tree(count: int) -> dict[str, Any]:
    """The same tree as the JavaScript library's, in Python."""
    return _told([sys.executable, "-m", "bench.metering.forest", "standard", str(count)])


def javascript_tree(count: int) -> dict[str, Any]:
    return _told(["node", "-e", JAVASCRIPT, str(count)])


def _told(command: list[str]) -> dict[str, Any]:
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(found.stdout)
    return told


def _credits(count: int) -> Iterator[tuple[bytes, int]]:
    """In tree order: 100 assets that earned alike, six lines a receipt."""
    each = -(-count // 100)
    assets = [i.to_bytes(32, "big") for i in range(100)]
    for i in range(count):
        yield leaves.credit(assets[i // each], i % each, i % 6), 1000 + i % 7


def _sum(count: int) -> dict[str, Any]:
    start = time.perf_counter()
    tree = SumTree(_credits(count))
    seconds = time.perf_counter() - start
    at = count // 3
    leaf, value = next((row for i, row in enumerate(_credits(count)) if i == at))
    if not verify(tree.root, at, leaf, value, tree.path(at)):
        raise ValueError("the tree does not hold its own leaf")
    return {"root": tree.root.hash.hex(), "seconds": seconds}


def _standard(count: int) -> dict[str, Any]:
    rows = [(f"0x{i:040x}", i * 1000) for i in range(1, count + 1)]
    start = time.perf_counter()
    root = StandardTree(rows).root
    return {"root": root.hex(), "seconds": time.perf_counter() - start}


def main(kind: str, count: int) -> None:
    told = {"sum": _sum, "standard": _standard}[kind](count)
    print(json.dumps({**told, "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
