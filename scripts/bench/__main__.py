"""`make bench NAME=x` runs one benchmark; without a name it lists them. Exit code 1 when a bar is missed."""

import sys
from importlib import import_module
from pathlib import Path

from bench.harness import judge, read_bars, unmeasured, write_report

FOLDER = Path(__file__).parent
REPORTS = Path("build/bench")


def names() -> list[str]:
    """`gas_trees` is a part of `gas`, not a benchmark."""
    found = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "__main__", "harness"}
    return sorted(stem for stem in found if not any(stem.startswith(f"{other}_") for other in found))


def main(arguments: list[str]) -> int:
    if not arguments:
        print("benchmarks:", ", ".join(names()) or "none yet", "- run one with make bench NAME=x")
        return 0
    (name,) = arguments
    if name not in names():
        print(
            f"There is no benchmark {name!r}; there is: {', '.join(names()) or 'none yet'}.", file=sys.stderr
        )
        return 2
    bars = read_bars()
    verdicts = [judge(name, figure, bars) for figure in import_module(f"bench.{name}").measure()]
    for v in verdicts:
        mark = {None: "    ", True: "ok  ", False: "MISS"}[v.met]
        spread = f"[{v.low:.6g}, {v.high:.6g}] n={v.repeats}"
        print(f"{mark} {v.name}: {v.median:.6g} {v.unit} {spread}; {v.bar}; {v.how}")
    absent = unmeasured(name, verdicts, bars)
    if absent:
        print(f"MISS not measured: {', '.join(absent)}")
    print(f"report: {write_report(name, verdicts, REPORTS)}")
    return 1 if absent or any(v.met is False for v in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
