"""Checks of the doctor that look at this machine and at the settings alone."""

import ctypes
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from tallystick.config import Config
from tallystick.errors import NodeError

_LIBRARIES: Final = ("tallystick", "web3", "coincurve", "torch", "transformers", "peft", "fastapi")
_DESCRIPTORS: Final = 4096
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_TIME_ERROR, _TIMEX_BYTES = 5, 512


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement and its state. `needed` is False for what only some commands need."""

    name: str
    ok: bool
    detail: str
    fix: str = ""
    needed: bool = True


def versions(names: Sequence[str] = _LIBRARIES) -> Check:
    found, missing = [], []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    fix = "Run `make setup`." if missing else ""
    return Check("versions", not missing, ", ".join(found) + "".join(f", no {m}" for m in missing), fix)


def processor(threads: int, cores: int | None = None) -> Check:
    cores = cores or len(os.sched_getaffinity(0))
    fix = f"Set `threads` to {cores} at most." if threads > cores else ""
    gpus = _gpus()
    return Check("cpu", not fix, f"{cores} cores, {threads} threads for the model; {gpus}", fix, needed=False)


def _gpus() -> str:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "no GPU"
    asked = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False)
    return "; ".join(done.stdout.split("\n")).strip("; ") if done.returncode == 0 else "no GPU that answers"


def descriptors(limit: int | None = None) -> Check:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0] if limit is None else limit
    fix = "" if limit >= _DESCRIPTORS else "Raise it: `ulimit -n 65536`, or LimitNOFILE= in the unit."
    return Check("files", not fix, f"{limit} may be open at once", fix, needed=False)


def synchronised(state: int | None = None) -> Check:
    """Whether the kernel takes its clock for synchronised, as adjtimex(2) tells. Containers show their host's."""
    if state is None:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    is_off = state in (_TIME_ERROR, -1)
    fix = "Run a time service, for instance `timedatectl set-ntp true`." if is_off else ""
    detail = "the kernel does not call it synchronised" if is_off else "synchronised"
    return Check("time", not is_off, detail, fix, needed=False)


def works(name: str, probe: Callable[[], str], fix: str, *, needed: bool = True) -> Check:
    """Whatever the probe says is well; what it raises is not."""
    try:
        return Check(name, True, probe(), needed=needed)
    except NodeError as error:
        return Check(name, False, error.message, error.hint or fix, needed=needed)


def endpoints(probe: Callable[[], Sequence[str]], count: int) -> Check:
    """`probe` names what is wrong with each fallback that is not well."""
    if not count:
        return Check("fallbacks", True, "none: when `rpc_url` fails, the node waits", needed=False)
    wrong = probe()
    fix = "Take them out of `rpc_fallbacks`, or wait." if wrong else ""
    return Check("fallbacks", not wrong, "; ".join(wrong) or f"{count} on the same chain", fix, needed=False)


def settings(config: Config) -> Check:
    """Values that are each allowed and together make no sense, or are dangerous."""
    found = [said for holds, said in _contradictions(config) if holds]
    fix = "Change one of each; `tallystick config show --origin` says where they come from." if found else ""
    return Check("settings", not found, "; ".join(found) or "no contradiction", fix, needed=False)


def _contradictions(config: Config) -> list[tuple[bool, str]]:
    password, every, outbox = config.password_file, config.daemon, config.outbox
    return [
        (
            config.metrics.port == config.api_port and config.metrics.host == config.api_host,
            "`metrics.port` is `api_port`",
        ),
        (config.metrics.host not in _LOOPBACK, f"numbers are shown to all who reach {config.metrics.host}"),
        (config.api_host not in _LOOPBACK, f"the API listens on {config.api_host} without TLS"),
        (config.rpc_url.one in config.rpc_fallbacks.revealed, "`rpc_fallbacks` names `rpc_url` again"),
        (outbox.confirmations > outbox.finality, "`outbox.confirmations` is above `outbox.finality`"),
        (outbox.timeout < outbox.replace_after, "`outbox.timeout` ends before `outbox.replace_after` begins"),
        (config.risk.answer_cap > config.risk.cautious_cap, "`risk.answer_cap` is above `risk.cautious_cap`"),
        (not every.settle, "`daemon.settle` is 0: demands and windows are yours to watch"),
        (not every.outbox, "`daemon.outbox` is 0: nothing is sent again by itself"),
        (password is not None and not password.is_file(), f"`password_file` {password} is not there"),
        (
            password is not None and password.is_file() and bool(password.stat().st_mode & 0o077),
            f"others may read `password_file` {password}",
        ),
    ]
