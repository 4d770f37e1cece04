"""Every mutant of what moves money, a seeded sample of the others, on a copy of the tree. A survivor is a hole in tests.

Stands work side by side, one a core. The copy stays between runs while nothing in it would change.
"""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

from prove import forge
from prove.campaign import HANDS, JOURNALS, ROOT, Campaign, Outcome, Part, digest_of, journal_of
from prove.mutation.killers import places
from prove.mutation.mutants import Mutant, read, sample
from prove.mutation.stand import Stand
from prove.mutation.trial import judge

TREE = JOURNALS / "mutation" / "tree"
EXPLAINED = ROOT / "docs" / "contracts" / "mutants.md"
COPIED = ("contracts", "tests", "scripts", "offchain")
SEED, SURVIVING = "tallystick mutants", 0.05
# These write no balance, bond, lock, owner or share: a third of their mutants, but no fewer than LEAST, stands for all.
WITHOUT_MONEY = (
    "access/TallyGovernor",
    "access/TallyTimelock",
    "access/WindowClock",
    "agents/AgentRegistry",
    "agents/AgentReputation",
    "audit/Beacon",
    "audit/BlockBeacon",
    "libraries/BlsOnBn254",
    "registry/LicenceGrants",
    "registry/ModelGates",
    "registry/ModelRegistry",
)
SAMPLED, LEAST = 3, 20
_stands: SimpleQueue[Stand] = SimpleQueue()
_opening, _opened = Lock(), [0]


def campaign() -> Campaign:
    parts = [_part(path) for path in sources() if mutants(path)]
    limits = {"survivors": SURVIVING}
    overall = Part("all", sum(p.target for p in parts), "mutants", limits, "void")
    return Campaign("mutation", parts, sorted(Path(__file__).parent.glob("*.*")), work, overall, HANDS)


def sources() -> list[str]:
    """Contracts that hold code, by path."""
    without = ("interfaces", "mocks", "types")
    found = (p.relative_to(ROOT) for p in sorted((ROOT / "contracts").rglob("*.sol")))
    return [str(p) for p in found if p.parts[1] not in without]


@cache
def mutants(path: str) -> list[Mutant]:
    """In a seeded order, so that every beginning is a sample."""
    every = read(ROOT, path)
    return sample(every, len(every), f"{SEED} {path}")


def _part(path: str) -> Part:
    name = path.removeprefix("contracts/").removesuffix(".sol")
    tests = [p for place in places(path) for p in _python(ROOT / place)]
    return Part(
        name, wanted(name, len(mutants(path))), "mutants", {}, "void", [*forge.closure([ROOT / path]), *tests]
    )


def wanted(name: str, there: int) -> int:
    """How many of a contract's mutants are tried: all where it moves money."""
    return min(there, max(LEAST, -(-there // SAMPLED))) if name.startswith(WITHOUT_MONEY) else there


def _python(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


def work(part: Part, seed: int) -> Outcome:
    mutant = mutants(f"contracts/{part.name}.sol")[seed]
    stand = _free_stand()
    verdict, why = judge(stand, mutant)
    _stands.put(stand)
    counts = {"survivors": int(verdict == "survived"), "void": int(verdict in ("stillborn", "equivalent"))}
    return Outcome(part.name, seed, 1, counts, f"{verdict} ({why}) {mutant.name}")


def _free_stand() -> Stand:
    """At most HANDS are opened, one after the other: the first compiles the copy."""
    with _opening:
        if _stands.empty() and _opened[0] < HANDS:
            stand = Stand(prepared(), str(_opened[0]))
            _opened[0] += 1
            return stand
    return _stands.get()


@cache
def prepared() -> Path:
    """A copy of what git knows; what was built in it is from the same files."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    kept = [n for n in names if (ROOT / n).is_file() and (n.startswith(COPIED) or "/" not in n)]
    digest, stamp = digest_of((ROOT / n for n in kept), code_alone=False), TREE / "digest"
    if not stamp.exists() or stamp.read_text() != digest:
        shutil.rmtree(TREE, ignore_errors=True)
        for name in kept:
            (TREE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, TREE / name)
        for link in ("node_modules", ".venv"):
            os.symlink(ROOT / link, TREE / link)
        stamp.write_text(digest)
    return TREE


def survivors() -> list[str]:
    """Names of the mutants that the journal says live."""
    notes = [o.note for o in journal_of(campaign()).outcomes if o.counts["survivors"]]
    return sorted(note.partition(") ")[2] for note in notes)


def unexplained() -> list[str]:
    """Survivors of which docs/contracts/mutants.md says nothing."""
    text = EXPLAINED.read_text(encoding="utf-8")
    return [name for name in survivors() if f"`{name}`" not in text]
