"""A chain with the contracts, a home, and the shipped command as a process of its own, looked at from outside."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from tallystick.domain.ids import Address
from tallystick.gateways.chain.devchain import DevChain, find_anvil
from tallystick.gateways.child import free_port
from tallystick.gateways.keys.keystore import Keystore
from tallystick.gateways.keys.passwords import PASSWORD_VARIABLE
from tallystick.gateways.ledger.books import SqliteLedger

ROOT = Path(__file__).parents[3]
PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node can run: a chain, and a home beside the deployment file."""

    chain: DevChain
    home: Path
    deployment: Path
    addresses: tuple[Address, ...]


@contextmanager
def placed(folder: Path) -> Iterator[Place]:
    """The contracts of the tests' stage on a fresh anvil; nora is the operator."""
    sys.path.append(str(ROOT / "tests"))
    stage = import_module("support.chain_stage")
    with DevChain(find_anvil(ROOT), folder / "anvil", keep_state=False) as chain:
        with SqliteLedger(folder / "stage.sqlite3") as ledger:
            at = stage.set_stage(chain.rpc, ledger).nora.deployment
        addresses = tuple(at.contracts.values())
        made = Place(chain, folder / "home", folder / "deployment.json", addresses)
        told = {"chain_id": 31337, "contracts": dict(at.contracts), "parameters": {}, "block": 0}
        made.deployment.write_text(json.dumps(told), encoding="utf-8")
        Keystore(made.home / "keys", rounds=1 << 12).save("node", stage.NORA, "correct horse")
        yield made


class Running:
    """One node, killed at the end of the context if it was not stopped. Its numbers are read as Prometheus does."""

    def __init__(self, place: Place, **settings: str) -> None:
        self.port = free_port()
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TALLYSTICK_HOME": str(place.home),
            "TALLYSTICK_RPC_URL": place.chain.url,
            "TALLYSTICK_DEPLOYMENT": str(place.deployment),
            "TALLYSTICK_METRICS_PORT": str(self.port),
            "TALLYSTICK_LOG_LEVEL": "error",
            PASSWORD_VARIABLE: "correct horse",
            **settings,
        }
        self.started = time.perf_counter()
        self._process = subprocess.Popen([sys.executable, "-m", "tallystick", "node", "run"], env=environment)
        self._watched = psutil.Process(self._process.pid)

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def until_ready(self) -> float:
        """Seconds from its start until /ready says so."""
        while time.perf_counter() - self.started < PATIENCE_S:
            if self._process.poll() is not None:
                raise SystemExit(f"the node ended with {self._process.returncode}")
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=5):
                    return time.perf_counter() - self.started
            except (URLError, OSError):
                time.sleep(0.05)
        raise SystemExit(f"the node is not ready after {PATIENCE_S} s")

    def number(self, name: str) -> float:
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=30) as answer:
            found = re.search(
                rf"^tallystick_{name}(?:{{[^}}]*}})? (\S+)$", answer.read().decode(), re.MULTILINE
            )
        if found is None:
            raise SystemExit(f"the node tells no {name}")
        return float(found.group(1))

    def megabytes(self) -> float:
        return float(self._watched.memory_info().rss) / 1e6

    def processor_seconds(self) -> float:
        used = self._watched.cpu_times()
        return float(used.user + used.system)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        if self._process.wait(timeout=PATIENCE_S) != 0:
            raise SystemExit(f"the node ended with {self._process.returncode}")
