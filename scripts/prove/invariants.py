"""forge's invariant campaigns: one part an invariant, a chunk is some runs of random calls from a seed."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from threading import Lock

from prove import forge
from prove.campaign import HANDS, ROOT, Campaign, Outcome, Part
from tallystick.commitments.keccak import keccak256

FOLDER = ROOT / "tests" / "forge" / "invariants"
CONTRACT = re.compile(r"^contract (\w+Invariants)\b.*?(?=^contract |\Z)", re.MULTILINE | re.DOTALL)
INVARIANT = re.compile(r"\bfunction (invariant_\w+)\(")
RESULT = re.compile(
    r"^(\[PASS\])?.*? *(invariant_\w+)\(\) \(runs: (\d+), calls: (\d+), reverts: (\d+)\)", re.MULTILINE
)
CALLS, TOTAL, REVERTING = 500_000, 10_000_000, 0.10
RUNS, DEPTH = 200, 128
# Within a run the invariant is looked at after every eighth call and the last, so that most of the time goes into calls.
EVERY = 8
_compiling = Lock()


def campaign() -> Campaign:
    tested = {
        contract: forge.tests_of(str(path.relative_to(FOLDER.parent))) for path, contract, _ in _contracts()
    }
    names = [f"{contract}.{name}" for contract, invariants in found().items() for name in invariants]
    target = max(CALLS, -(-TOTAL // len(names)))
    limits = {"broken": 0.0, "reverts": REVERTING}
    parts = [Part(name, target, "calls", limits, tested=tested[name.partition(".")[0]]) for name in names]
    return Campaign("invariants", parts, [Path(__file__)], work, hands=HANDS)


def found() -> dict[str, list[str]]:
    """Invariants by their contract, in the order of the sources."""
    return {contract: INVARIANT.findall(text) for _, contract, text in _contracts()}


def _contracts() -> Iterator[tuple[Path, str, str]]:
    """Test contracts with their file and text."""
    for path in sorted(FOLDER.glob("*.t.sol")):
        for match in CONTRACT.finditer(path.read_text(encoding="utf-8")):
            yield path, match.group(1), match.group()


def work(part: Part, seed: int) -> Outcome:
    with _compiling:
        _compile()
    return run(part.name, seed, RUNS, EVERY)


@cache
def _compile() -> None:
    """Once, before several run side by side from the same folder."""
    forge.test("^None$")


def run(name: str, seed: int, runs: int, every: int) -> Outcome:
    """`runs` sequences of DEPTH random calls each."""
    contract, _, invariant = name.partition(".")
    only = ["--match-test", f"^{invariant}\\(\\)$", "--fuzz-seed", _seed(name, seed)]
    done = forge.test(f"^{contract}$", *only, environment=settings(runs, every))
    return outcome(name, seed, done.stdout)


def settings(runs: int, every: int) -> dict[str, str]:
    """What forge is told by its environment."""
    return {
        "FOUNDRY_INVARIANT_RUNS": str(runs),
        "FOUNDRY_INVARIANT_DEPTH": str(DEPTH),
        "FOUNDRY_INVARIANT_CHECK_INTERVAL": str(every),
    }


def _seed(name: str, seed: int) -> str:
    """Of forge's generator: no two invariants see the same calls."""
    return "0x" + keccak256(f"{name} {seed}".encode()).hex()


def share(runs: int, every: int) -> list[Outcome]:
    """A few runs of every invariant, in one go."""
    done = forge.test("Invariants$", "--fuzz-seed", "1", environment=settings(runs, every))
    return [outcome(f"{c}.{name}", 0, done.stdout) for c, names in found().items() for name in names]


def outcome(name: str, seed: int, output: str) -> Outcome:
    """What forge said of one invariant; `ForgeFailed` where it said nothing."""
    wanted = name.partition(".")[2]
    for passed, invariant, _, calls, reverts in RESULT.findall(output):
        if invariant == wanted:
            broken = 0 if passed else 1
            return Outcome(
                name, seed, int(calls), {"broken": broken, "reverts": int(reverts)}, _story(output, broken)
            )
    raise forge.ForgeFailed(output)


def _story(output: str, broken: int) -> str:
    """The calls that lead to the fault."""
    return output[output.find("[FAIL") :][:4000] if broken else ""
