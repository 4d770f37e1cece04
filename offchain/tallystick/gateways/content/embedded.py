"""A Kubo node of our own in a child process, for machines without one. Run: python -m ... REPO PORT.

The library has its own process because it can only be killed, and writes kubo.log where it stands.
"""

import http.client
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tallystick.errors import Conflict, NodeError, Unavailable
from tallystick.gateways.child import LOOPBACK, Child, claim_port
from tallystick.gateways.lockfile import LockFile

_START_TIMEOUT_S = 30.0


class EmbeddedKubo:
    """Starts on entry or `start()`, ends on exit or `close()`, and dies with this process in any case."""

    def __init__(self, repo: Path, *, port: int | None = None) -> None:
        self._repo, self._wanted = repo.resolve(), port
        self._child: Child | None = None
        self.port = 0

    @property
    def multiaddr(self) -> str:
        return f"/ip4/{LOOPBACK}/tcp/{self.port}/http"

    def start(self) -> "EmbeddedKubo":
        """Conflict for a taken port or repository, Unavailable when the node does not come up."""
        self._repo.mkdir(parents=True, exist_ok=True)
        LockFile(self._repo / "tallystick.lock", what="The content repository").close()
        self.port = claim_port(self._wanted, what="the content node")
        args = [sys.executable, "-m", __name__, str(self._repo), str(self.port)]
        self._child = Child(
            args, name="embedded Kubo", cwd=self._repo, log=self._repo / "embedded.log", env=_environment()
        )
        self._child.wait_until(self._is_ready, timeout_s=_START_TIMEOUT_S)
        return self

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            answer = json.loads(connection.getresponse().read())
        except (OSError, ValueError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        if answer.get("repo") != str(self._repo):
            raise Conflict(f"Port {self.port} is served by another node.", "Choose another port.")
        return True

    @property
    def pid(self) -> int:
        if self._child is None:
            raise Unavailable("The embedded Kubo is not running.", "Start it first.")
        return self._child.pid

    def close(self) -> None:
        if self._child is not None:
            self._child.stop()
            self._child = None

    def __enter__(self) -> "EmbeddedKubo":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _environment() -> dict[str, str]:
    """Ours, with the package importable from the repository folder as working directory."""
    package_parent = str(Path(__file__).resolve().parents[3])
    inherited = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (package_parent, inherited)))}


def serve(repo: Path, port: int) -> None:
    """Run the node until a signal; holds the repository's lock."""
    from aiohttp import web  # here, so that the parent need not load a web server

    from tallystick.gateways.content.facade import Facade
    from tallystick.gateways.content.libkubo import LibKubo

    repo = repo.resolve()
    repo.mkdir(parents=True, exist_ok=True)
    os.chdir(repo)
    with LockFile(repo / "tallystick.lock", what="The content repository"):
        kubo = LibKubo(repo)
        # Loading the Go runtime replaces signal handlers; aiohttp installs its own after it.
        web.run_app(Facade(kubo).application(), host=LOOPBACK, port=port, print=None, shutdown_timeout=1.0)
        kubo.close()


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or not arguments[1].isdecimal():
        print("usage: python -m tallystick.gateways.content.embedded REPO PORT", file=sys.stderr)
        return 2
    with suppress(ValueError):
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        serve(Path(arguments[0]), int(arguments[1]))
    except NodeError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"Cannot serve on port {arguments[1]}: {error}. Choose another port.", file=sys.stderr)
        return Conflict.exit_code
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the Go runtime keeps threads alive
