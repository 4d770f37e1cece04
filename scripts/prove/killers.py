"""What a mutant is tried on: forge's invariants, calls whose answers are known, then Brownie's tests of its contract."""

import os
import subprocess
from pathlib import Path

from prove import differential, forge, invariants

FORGE_SECONDS, BROWNIE_SECONDS = 240, 600
RUNS, EVERY = 1, 16
CALLS = 300
ANVIL = Path("node_modules", "@foundry-rs", "anvil-linux-amd64", "bin")
NETWORK = os.environ.get("TALLYSTICK_PROVE_NETWORK", "anvil")
# Which answers a file's code takes part in, and which folder of tests/contracts is about it, where their names differ.
ANSWERS = {"SumTree": "trees", "Split": "splits", "UsageEscrow": "digests", "Recovery": "signatures"}
FOLDERS = {
    "SignerBook": ("unit/UsageEscrow",),
    "UnsettledBuckets": ("unit/UsageEscrow",),
    "PauseClock": ("unit/UsageEscrow",),
    "Accounts": ("unit/UsageEscrow",),
    "Orders": ("unit/UsageEscrow",),
    "Recovery": ("unit/UsageEscrow",),
    "SlashCases": ("unit/OperatorStake",),
    "Bonds": ("unit/AttributionRegistry",),
    "WindowClock": ("unit/Parameters",),
    "ContentRegistry": ("unit/DatasetRegistry", "unit/ModelRegistry"),
    "ChallengeBook": ("unit/DataChallenges", "unit/RewardChallenges"),
    "RewardReferee": ("unit/RewardDistributor",),
    "RewardProofs": ("unit/RewardDistributor",),
}


class BaselineFailed(Exception):
    """The tests fail without any mutant, so that nothing could be learnt from them."""


def brownie_folders(path: str) -> list[str]:
    """Folders of tests about a contract; the fraud tests where it has none of its own."""
    stem = Path(path).stem
    found = [f"tests/contracts/{f}" for f in FOLDERS.get(stem, (f"unit/{stem}",))]
    root = Path(__file__).resolve().parents[2]
    found = [folder for folder in found if (root / folder).is_dir()]
    deep = stem.endswith("Referee") or stem in ("BatchProofs", "Members", "TreeFaults")
    return [*found, "tests/contracts/fraud"] if deep or not found else found


def prepare(tree: Path) -> None:
    """Writes down the true answers, and makes sure that nothing dies of itself."""
    for target in sorted(set(ANSWERS.values())):
        differential.record(tree, target, CALLS, _only("differential"))
    verdict, why = by_forge(tree, "contracts/libraries/SumTree.sol")
    if verdict != "survived":
        raise BaselineFailed(f"forge: {why}")


def by_forge(tree: Path, path: str) -> tuple[str, str]:
    """killed, survived or stillborn (it does not compile), and by what. Survived too where forge tests nothing of it."""
    if tree / path not in forge.closure((tree / "tests" / "forge" / "invariants").glob("*.sol"), tree):
        return "survived", "forge has no test of it"
    environment = {**invariants.settings(RUNS, EVERY), **_only("invariants")}
    only = ["Invariants$|^ReachTest$", "--fuzz-seed", "1"]
    try:
        done = forge.test(*only, root=tree, environment=environment, seconds=FORGE_SECONDS)
    except subprocess.TimeoutExpired:
        return "killed", "time"
    if "Compiler run failed" in done.stdout + done.stderr:
        return "stillborn", "compiler"
    if done.returncode != 0:
        return "killed", "forge"
    target = ANSWERS.get(Path(path).stem)
    if target is not None and not differential.agrees(tree, target, _only("differential")):
        return "killed", "answers"
    return "survived", "forge"


def _only(folder: str) -> dict[str, str]:
    """Compiles nothing else and optimises nothing: what code means does not change by that, and it takes a third."""
    sources, build = f"tests/forge/{folder}", f"build/prove/{folder}"
    places = {
        "FOUNDRY_OUT": f"{build}/out",
        "FOUNDRY_CACHE_PATH": f"{build}/cache",
        "FOUNDRY_OPTIMIZER": "false",
    }
    return {"FOUNDRY_SRC": sources, "FOUNDRY_TEST": sources, "FOUNDRY_SCRIPT": sources, **places}


def has_baseline(tree: Path, folders: list[str]) -> bool:
    return _stamp(tree, folders).exists()


def check_baseline(tree: Path, folders: list[str]) -> None:
    """Brownie's tests on the sources as they are."""
    if by_brownie(tree, folders) != "survived":
        raise BaselineFailed(f"brownie: {folders}; see {_stamp(tree, folders)}.log")
    _stamp(tree, folders).touch()


def by_brownie(tree: Path, folders: list[str]) -> str:
    """killed, survived or stillborn; a test that hangs has noticed something."""
    log = _stamp(tree, folders).with_suffix(".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "PATH": f"{tree / ANVIL}{os.pathsep}{os.environ['PATH']}",
        "SOLCX_BINARY_PATH": str(tree / "scripts" / "toolchain"),
        "ETH_HASH_BACKEND": "pysha3",
        "PYTHONPATH": str(tree / "offchain"),
    }
    command = [str(tree / ".venv" / "bin" / "brownie"), "test", *folders, "--network", NETWORK, "-x", "-q"]
    with log.open("w", encoding="utf-8") as file:
        try:
            done = subprocess.run(
                command,
                cwd=tree,
                env=environment,
                stdout=file,
                stderr=file,
                timeout=BROWNIE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "killed"
    if "CompilerError" in log.read_text(encoding="utf-8"):
        return "stillborn"
    return "survived" if done.returncode == 0 else "killed"


def _stamp(tree: Path, folders: list[str]) -> Path:
    return tree / "build" / "prove" / "baseline" / "+".join(folders).replace("/", "_")
