"""`make bench NAME=x` runs one benchmark; without a name it lists them. Exit code 1 when a bar is missed."""

import sys
from importlib import import_module
from pathlib import Path

from bench.harness import judge, read_bars, read_committed, table, unmeasured
from bench.reporting import write_report

FOLDER = Path(__file__).parent
REPORTS = Path("build/bench")


def names() -> list[str]:
    """Modules that can `measure`."""
    told = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py")}
    return sorted(stem for stem, text in told.items() if "\ndef measure()" in text)


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
    bars, committed, bench = read_bars(), read_committed(), import_module(f"bench.{name}")
    verdicts = [judge(name, figure, bars, committed) for figure in bench.measure()]
    verdicts += unmeasured(name, verdicts, bars)
    print("", *table(verdicts), sep="\n")
    print(f"report: {write_report(name, verdicts, REPORTS, getattr(bench, 'SEEDS', ()))}")
    return 1 if any(v.missed for v in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
