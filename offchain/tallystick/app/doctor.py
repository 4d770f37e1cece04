"""Examines the node's surroundings and says how to mend them. Knows chain and content only through probes."""

import fcntl
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tallystick.app.doctor_machine import (
    Check,
    descriptors,
    endpoints,
    processor,
    settings,
    synchronised,
    versions,
    works,
)
from tallystick.config import Config
from tallystick.errors import NodeError

_GIB = 1 << 30
_NEEDED_DISK = 3 * _GIB
_NEEDED_MEMORY = 3 * _GIB
_MODEL_FILES = ("config.json", "tokenizer.json", "model.safetensors")
_CLOCK_SLACK_S = 60


@dataclass(frozen=True, slots=True)
class Examination:
    """`exit_code`: 0 all well, 1 something optional is missing, 2 something needed is."""

    checks: tuple[Check, ...]
    exit_code: int


@dataclass(frozen=True, slots=True)
class Probes:
    """Questions to the outside world; each raises a NodeError when it has no answer."""

    chain_id: Callable[[], int]
    chain_time: Callable[[], int]
    deployed_chain_id: Callable[[], int]
    addresses: Callable[[], Mapping[str, str]]
    has_code: Callable[[str], bool]
    content_version: Callable[[], str]
    data_gone: Callable[[], Sequence[str]]
    weak_keys: Callable[[], Sequence[str]] = tuple
    ledger: Callable[[], str] = lambda: "not looked at"
    endpoints: Callable[[], Sequence[str]] = tuple
    torch: Callable[[], str] = lambda: "not looked at"


def examine(config: Config, probes: Probes, *, tools: Path) -> Examination:
    """Every check, in the order in which to mend them. `tools` is the folder of a checkout, which holds node_modules."""
    checks = (
        python_version(sys.version_info[:2]),
        versions(),
        works("torch", probes.torch, "Run `make setup`.", needed=False),
        processor(config.threads),
        *_of_checkout(tools),
        free_disk(config.home),
        free_memory(_available_memory()),
        descriptors(),
        settings(config),
        model_folder(config.model),
        keystore_permissions(config.keystore, probes.weak_keys),
        works("ledger", probes.ledger, "Restore a copy of it."),
        port_free(config.api_host, config.api_port),
        no_second_node(config.lock_file),
        chain_reachable(config, probes),
        endpoints(probes.endpoints, len(config.rpc_fallbacks.revealed)),
        contracts_deployed(probes),
        content_reachable(config, probes),
        clock(probes.chain_time, time.time()),
        synchronised(),
        consent(probes.data_gone),
    )
    return Examination(checks, exit_code(checks))


def _of_checkout(tools: Path) -> tuple[Check, ...]:
    """What deploying, the demo and the tests need; an installed node needs none of it."""
    if not (tools / "package.json").exists():
        return ()
    anvil = tools / f"node_modules/@foundry-rs/{anvil_package()}/bin/anvil"
    return (
        tool_runs("node", Path(shutil.which("node") or "node"), "Install it: apt-get install nodejs npm."),
        tool_runs("anvil", anvil, "Run `make setup`."),
        file_present("solc", tools / "node_modules/solc/soljson.js", "Run `make setup`."),
    )


def exit_code(checks: tuple[Check, ...]) -> int:
    failed = [check for check in checks if not check.ok]
    return 2 if any(check.needed for check in failed) else 1 if failed else 0


def anvil_package() -> str:
    """The npm package with anvil for this platform."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"anvil-{platform.system().lower()}-{machine}"


def python_version(version: tuple[int, ...]) -> Check:
    found = ".".join(map(str, version))
    return Check("python", version == (3, 11), found, "" if version == (3, 11) else "Use Python 3.11.")


def tool_runs(name: str, binary: Path, fix: str) -> Check:
    try:
        done = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check(name, False, f"{binary}: {error}", fix)
    first = (done.stdout or done.stderr).strip().partition("\n")[0]
    return Check(name, done.returncode == 0, first, "" if done.returncode == 0 else fix)


def file_present(name: str, path: Path, fix: str) -> Check:
    found = path.is_file() and path.stat().st_size > 0
    return Check(name, found, str(path), "" if found else fix)


def free_disk(folder: Path) -> Check:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    fix = "" if free >= _NEEDED_DISK else f"Free {_NEEDED_DISK // _GIB} GiB, or set `home` to another disk."
    return Check("disk", not fix, f"{free / _GIB:.1f} GiB free at {existing}", fix)


def free_memory(available: int) -> Check:
    fix = (
        "" if available >= _NEEDED_MEMORY else f"Free {_NEEDED_MEMORY // _GIB} GiB of memory before training."
    )
    return Check("memory", not fix, f"{available / _GIB:.1f} GiB available", fix, needed=False)


def _available_memory() -> int:
    """What can be had without swapping: the kernel's own estimate, where it gives one."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def model_folder(folder: Path) -> Check:
    fix = "Run `tallystick model prepare-base`, or set `model` to a folder with a base model."
    missing = [name for name in _MODEL_FILES if not _has_bytes(folder / name)]
    if missing:
        return Check("model", False, f"{folder} lacks {', '.join(missing)}", fix)
    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Check("model", False, f"{folder}/config.json is not a model's: {error}", fix)
    return Check("model", True, f"{kind} at {folder}")


def _has_bytes(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def keystore_permissions(folder: Path, weak_keys: Callable[[], Sequence[str]] = tuple) -> Check:
    if not folder.is_dir():
        return Check(
            "keystore", False, f"{folder} is not there", "Run `tallystick keys new NAME`.", needed=False
        )
    loose = [path for path in (folder, *sorted(folder.iterdir())) if path.stat().st_mode & 0o077]
    fix = f"Run `chmod -R go= {folder}`." if loose else ""
    detail = f"others may read {loose[0]}" if loose else f"{len(list(folder.iterdir()))} keys, private"
    if not loose and (weak := weak_keys()):
        what, _, mend = weak[0].partition(": ")
        return Check("keystore", False, what, mend)
    return Check("keystore", not loose, detail, fix)


def port_free(host: str, port: int) -> Check:
    """Not needed free while this node's own API runs, so never more than a warning."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fix = f"Unless that is `tallystick serve`, stop what listens on {port}, or set `api_port`."
            return Check("port", False, f"{host}:{port}: {error.strerror}", fix, needed=False)
    return Check("port", True, f"{host}:{port} is free")


def no_second_node(lock: Path) -> Check:
    if not lock.exists():
        return Check("lock", True, "no node runs here")
    with lock.open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            holder = handle.read(20).decode(errors="replace").strip() or "unknown"
            fix = "Stop it before starting another on the same `home`."
            return Check("lock", False, f"process {holder} holds {lock}", fix, needed=False)
    return Check("lock", True, "no node runs here")


def chain_reachable(config: Config, probes: Probes) -> Check:
    try:
        found, wanted = probes.chain_id(), probes.deployed_chain_id()
    except NodeError as error:
        return Check("chain", False, error.message, error.hint or "Start the chain, or set `rpc_url`.")
    fix = "" if found == wanted else "Set `rpc_url` or `deployment` so that both name one chain."
    return Check("chain", not fix, f"{config.rpc_url} has chain id {found}, deployment {wanted}", fix)


def contracts_deployed(probes: Probes) -> Check:
    try:
        addresses = probes.addresses()
        absent = sorted(name for name, address in addresses.items() if not probes.has_code(address))
    except NodeError as error:
        return Check(
            "contracts", False, error.message, error.hint or "Deploy the contracts, or set `deployment`."
        )
    if not addresses:
        return Check("contracts", False, "the deployment names no contract", "Deploy the contracts again.")
    fix = "Deploy them on this chain, or correct `deployment`." if absent else ""
    detail = f"no code for {', '.join(absent)}" if absent else f"{len(addresses)} contracts have code"
    return Check("contracts", not absent, detail, fix)


def content_reachable(config: Config, probes: Probes) -> Check:
    try:
        return Check("content", True, f"{config.ipfs}: Kubo RPC {probes.content_version()}")
    except NodeError as error:
        return Check("content", False, error.message, error.hint or "Start it, or set `ipfs` to 'embedded'.")


def clock(chain_time: Callable[[], int], now: float) -> Check:
    """A chain from the future means that our clock is behind; a quiet chain's past says nothing."""
    try:
        ahead = chain_time() - now
    except NodeError as error:
        return Check("clock", False, f"not compared: {error.message}", error.hint, needed=False)
    fix = "Set the clock, for instance with `timedatectl set-ntp true`." if ahead > _CLOCK_SLACK_S else ""
    return Check("clock", not fix, f"latest block is {ahead:+.0f} s from our clock", fix, needed=False)


def consent(data_gone: Callable[[], Sequence[str]]) -> Check:
    """Whether owners withdrew data sets that the served model was trained on or quotes."""
    try:
        gone = data_gone()
    except NodeError as error:
        return Check("consent", True, f"not compared: {error.message}", needed=False)
    if not gone:
        return Check("consent", True, "no data set of the served model was withdrawn")
    fix = "Train and register a model without them; this one is served for half the grace."
    return Check("consent", False, f"withdrawn, retired or convicted: {', '.join(gone)}", fix)
