"""Child processes that never outlive us, and loopback ports. Knows neither Kubo nor anvil."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep

from tallystick.errors import Conflict, Unavailable

LOOPBACK = "127.0.0.1"
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def claim_port(port: int | None, *, what: str) -> int:
    """`port` if it is free, any free one for None; Conflict when somebody listens there."""
    if port is None:
        return free_port()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise Conflict(
                f"Port {port} for {what} is in use.",
                f"Stop what listens there (`ss -ltnp | grep {port}`), or configure another port.",
            ) from error
    return port


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """A running child process with its output in a file."""

    def __init__(
        self, args: Sequence[str], *, name: str, cwd: Path, log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.name, self._log = name, log
        self._args, self._cwd, self._env = list(args), cwd, dict(os.environ if env is None else env)
        self._started = threading.Event()
        self._error: OSError | None = None
        # The death signal follows the thread that forked, not the process: this one outlives the child.
        threading.Thread(target=self._spawn_and_wait, name=f"watch-{name}", daemon=True).start()
        self._started.wait()
        if self._error is not None:
            raise Unavailable(
                f"Cannot start {name}: {self._error}.", "Run `tallystick doctor` to see what is missing."
            )

    def _spawn_and_wait(self) -> None:
        try:
            with self._log.open("wb") as output:
                self._process = subprocess.Popen(
                    self._args,
                    cwd=self._cwd,
                    env=self._env,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    preexec_fn=_die_with_parent,
                )
        except OSError as error:
            self._error = error
            return
        finally:
            self._started.set()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def last_words(self) -> str:
        """The end of its output, for an error message."""
        with contextlib.suppress(OSError):
            return self._log.read_text(errors="replace").strip()[-400:]
        return ""

    def wait_until(self, ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Returns when `ready()` says so; Unavailable, with the child stopped, when it dies or is late."""
        deadline = monotonic() + timeout_s
        while not ready():
            if self.exit_code is not None:
                raise Unavailable(
                    f"{self.name} ended at once with code {self.exit_code}: {self.last_words()}", ""
                )
            if monotonic() > deadline:
                self.stop()
                raise Unavailable(
                    f"{self.name} was not ready within {timeout_s:g} s: {self.last_words()}",
                    "The machine may be overloaded; try again.",
                )
            sleep(0.02)

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ask, then force; harmless when it has ended already."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def torch_release() -> str:
    """In a process of its own: what cannot be imported may not take the doctor with it."""
    said = (
        "import torch; print(torch.__version__, torch.cuda.is_available() and torch.cuda.get_device_name())"
    )
    command = [sys.executable, "-W", "ignore", "-c", said]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unavailable("torch was not imported within two minutes.") from error
    if done.returncode:
        raise Unavailable(f"torch cannot be imported: {done.stderr.strip().splitlines()[-1:]}.")
    release, _, device = done.stdout.strip().partition(" ")
    return f"{release}, {'no CUDA device' if device == 'False' else device}"
