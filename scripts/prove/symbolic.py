"""What halmos proves for all arguments: a part is a property, and its one trial either proves it or does not."""

import re
from pathlib import Path

from prove import forge
from prove.campaign import JOURNALS, ROOT, Campaign, Outcome, Part
from prove.tools import REQUIREMENTS, output_of, surroundings, tool

FOLDER = ROOT / "tests" / "forge" / "symbolic"
BUILD = JOURNALS / "symbolic"
CHECK = re.compile(r"\bfunction (check_\w+)\(")
CONTRACT = re.compile(r"^contract (\w+)", re.MULTILINE)
RESULT = re.compile(r"\[(PASS|FAIL|TIMEOUT|ERROR)\]\S* (check_\w+)\(")
SOLVER_MS, SECONDS = 60_000, 300


def campaign() -> Campaign:
    parts = [Part(name, 1, "proof", {"unproven": 0.0}) for name in found()]
    return Campaign("symbolic", parts, [*forge.tests_of("symbolic"), REQUIREMENTS, Path(__file__)], work)


def found() -> list[str]:
    """Properties as contract.check, in the order of the sources."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.sol"))]
    return [f"{CONTRACT.findall(text)[0]}.{check}" for text in texts for check in CHECK.findall(text)]


def work(part: Part, seed: int) -> Outcome:
    contract, _, check = part.name.partition(".")
    folder = str(FOLDER.relative_to(ROOT))
    out = str((BUILD / "out").relative_to(ROOT))
    environment = surroundings(
        {
            "FOUNDRY_SRC": folder,
            "FOUNDRY_TEST": folder,
            "FOUNDRY_SCRIPT": folder,
            "FOUNDRY_OUT": out,
            "FOUNDRY_CACHE_PATH": str((BUILD / "cache").relative_to(ROOT)),
        }
    )
    command = [tool("halmos"), "--root", str(ROOT), "--forge-build-out", out, "--contract", contract]
    command += ["--function", check, "--loop", "256", "--solver-timeout-assertion", str(SOLVER_MS)]
    return outcome(part.name, seed, output_of(command, environment, SECONDS))


def outcome(name: str, seed: int, output: str) -> Outcome:
    """Anything but a plain PASS leaves the property unproven."""
    verdicts = [verdict for verdict, check in RESULT.findall(output) if check == name.partition(".")[2]]
    proven = verdicts == ["PASS"]
    return Outcome(name, seed, 1, {"unproven": 0 if proven else 1}, "" if proven else output[-2000:])
