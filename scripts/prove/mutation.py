"""Mutants on a copy of the tree: every one in money paths, a seeded sample elsewhere. A survivor is a hole in the tests.

A mutant is first tried on forge's tests, which take seconds, and then, if it lives, on Brownie's tests of its contract.
"""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from prove import forge, killers
from prove.campaign import JOURNALS, ROOT, Campaign, Outcome, Part, journal_of
from prove.mutants import Mutant, read, sample

TREE = JOURNALS / "mutation" / "tree"
EXPLAINED = ROOT / "docs" / "contracts" / "mutants.md"
MONEY = ("usage/", "stake/", "token/", "registry/AttributionRegistry", "rewards/RewardDistributor")
MONEY_LIBRARIES = ("Split", "SumTree", "Bonds")
ELSEWHERE, SEED, SURVIVING = 4, "tallystick mutants", 0.05


def campaign() -> Campaign:
    parts = [_part(path) for path in sources()]
    parts = [part for part in parts if part.target > 0]
    tests = [*forge.tests_of("invariants", "differential"), *Path(__file__).parent.glob("mut*.py")]
    limits = {"survivors": SURVIVING}
    overall = Part("all", sum(p.target for p in parts), "mutants", limits, "stillborn")
    return Campaign("mutation", parts, [*tests, Path(killers.__file__)], work, overall)


def sources() -> list[str]:
    """Contracts that hold code, by path."""
    without = ("interfaces", "mocks", "types")
    found = (p.relative_to(ROOT) for p in sorted((ROOT / "contracts").rglob("*.sol")))
    return [str(p) for p in found if p.parts[1] not in without]


def is_money(path: str) -> bool:
    inside = path.removeprefix("contracts/")
    return inside.startswith(MONEY) or Path(path).stem in MONEY_LIBRARIES


@cache
def mutants(path: str) -> list[Mutant]:
    """Those that count, in their seeded order."""
    every = read(ROOT, path)
    return sample(every, len(every) if is_money(path) else -(-len(every) // ELSEWHERE), f"{SEED} {path}")


def _part(path: str) -> Part:
    name = path.removeprefix("contracts/").removesuffix(".sol")
    tests = [p for folder in killers.brownie_folders(path) for p in sorted((ROOT / folder).rglob("*.py"))]
    tested = [*forge.closure([ROOT / path]), *tests]
    return Part(name, len(mutants(path)), "mutants", {}, "stillborn", tested)


def work(part: Part, seed: int) -> Outcome:
    path = f"contracts/{part.name}.sol"
    mutant = mutants(path)[seed]
    verdict, why = judge(mutant)
    counts = {"survivors": int(verdict == "survived"), "stillborn": int(verdict == "stillborn")}
    return Outcome(part.name, seed, 1, counts, f"{verdict} ({why}) {mutant.name}")


def judge(mutant: Mutant) -> tuple[str, str]:
    """killed, survived or stillborn, and by what."""
    tree = prepared()
    target, folders = tree / mutant.path, killers.brownie_folders(mutant.path)
    original = (ROOT / mutant.path).read_text(encoding="utf-8")
    try:
        target.write_text(mutant.applied(original), encoding="utf-8")
        verdict, why = killers.by_forge(tree, mutant.path)
        if verdict != "survived":
            return verdict, why
        if not killers.has_baseline(tree, folders):
            target.write_text(original, encoding="utf-8")
            killers.check_baseline(tree, folders)
            target.write_text(mutant.applied(original), encoding="utf-8")
        return killers.by_brownie(tree, folders), "brownie"
    finally:
        target.write_text(original, encoding="utf-8")


@cache
def prepared() -> Path:
    """A copy of what git knows, without what is only read; the tests must pass there before anything is changed."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    kept = [name for name in names if (ROOT / name).is_file()]
    for folder in ("contracts", "tests", "scripts", "offchain", "build/prove/baseline"):
        shutil.rmtree(TREE / folder, ignore_errors=True)
    for name in kept:
        (TREE / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, TREE / name)
        shutil.copymode(ROOT / name, TREE / name)
    for link in ("node_modules", ".venv"):
        if not (TREE / link).exists():
            os.symlink(ROOT / link, TREE / link)
    killers.prepare(TREE)
    return TREE


def survivors() -> list[str]:
    """Names of the mutants that the journal says live."""
    notes = [o.note for o in journal_of(campaign()).outcomes if o.counts["survivors"]]
    return sorted(note.partition(") ")[2] for note in notes)


def unexplained() -> list[str]:
    """Survivors of which docs/contracts/mutants.md says nothing."""
    text = EXPLAINED.read_text(encoding="utf-8")
    return [name for name in survivors() if f"`{name}`" not in text]
