"""The gas of every measured call, committed, so that a change shows in review: `make gas-snapshot` writes it anew.

`python -m bench.costs.snapshot` compares and ends with 1 where anything differs.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.gas import measured

SNAPSHOT = Path(__file__).resolve().parents[3] / "tests" / "contracts" / "gas" / "snapshot.json"
# Signatures and roots depend on addresses and times, whose zero bytes cost 4 instead of 16.
TOLERANCE = 200


def taken() -> dict[str, int]:
    rows, proofs = measured()
    return {r.name: r.gas for r in rows} | {f"prove {p.kind}": p.gas for p in proofs}


def differences(old: Mapping[str, int], new: Mapping[str, int]) -> list[str]:
    """A line for each operation that is new, gone or of another cost."""
    found = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before is None or after is None or abs(after - before) > TOLERANCE:
            found.append(f"{name}: {before} before, {after} now")
    return found


def main(arguments: list[str]) -> int:
    new = taken()
    if "--write" in arguments:
        SNAPSHOT.parent.mkdir(parents=True, exist_ok=True)
        SNAPSHOT.write_text(json.dumps(new, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return 0
    found = differences(json.loads(SNAPSHOT.read_text(encoding="utf-8")), new)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
