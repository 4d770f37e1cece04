"""`tallystick node run` as a process on a real chain: it works, shows itself, is alone, and stops when asked."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from support.chain_stage import NORA, Stage
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.child import free_port
from tallystick.gateways.keys.keystore import Key, Keystore
from tallystick.gateways.keys.passwords import PASSWORD_VARIABLE

pytestmark = pytest.mark.integration


@pytest.fixture
def environment(stage: Stage, rpc: Rpc, tmp_path: Path) -> dict[str, str]:
    """Nora's home, with her key and the deployment."""
    at = stage.nora.deployment
    file = {"chain_id": 31337, "contracts": dict(at.contracts), "parameters": {}, "block": 0}
    (tmp_path / "deployment.json").write_text(json.dumps(file))
    Keystore(tmp_path / "keys", rounds=2).save("node", NORA, "correct horse")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TALLYSTICK_HOME": str(tmp_path),
        "TALLYSTICK_RPC_URL": rpc.url,
        "TALLYSTICK_DEPLOYMENT": str(tmp_path / "deployment.json"),
        "TALLYSTICK_DAEMON_INDEX": "1",
        "TALLYSTICK_DAEMON_MONITORS": "0",
        "TALLYSTICK_LOG_FORMAT": "json",
        "TALLYSTICK_METRICS_PORT": str(free_port()),
        PASSWORD_VARIABLE: "correct horse",
    }


def start(environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tallystick", "--json", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told(environment: dict[str, str], *words: str) -> tuple[int, Any]:
    done = start(environment, *words)
    out, errors = done.communicate(timeout=60)
    return done.returncode, json.loads(out) if out else errors


def asked(environment: dict[str, str], path: str) -> bytes:
    """What the node tells on its port for numbers."""
    url = f"http://127.0.0.1:{environment['TALLYSTICK_METRICS_PORT']}{path}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        return bytes(answer.read())


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(1800):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to that")


def test_node_when_run_does_its_duties_alone_and_stops_when_asked(
    stage: Stage, environment: dict[str, str], tmp_path: Path
) -> None:
    node = start(environment, "node", "run")

    def is_ready() -> bool:
        assert node.poll() is None, node.communicate()
        shown = tmp_path / "node-status.json"
        return shown.exists() and all(d["runs"] for d in json.loads(shown.read_text())["duties"])

    try:
        wait_for(is_ready)
        code, status = told(environment, "node", "status")
        assert (code, status["state"], status["is_ready"]) == (0, "running", True)
        assert [d["duty"] for d in status["duties"]] == ["index", "outbox", "settle", "survey"]
        numbers = asked(environment, "/metrics").decode()
        for one in (
            "chain_head_block",
            "index_tip_block",
            "gas_balance_gwei",
            "vouchers_unredeemed_base_units",
        ):
            assert f"\ntallystick_{one} " in numbers, one
        assert 'tallystick_duty_runs_total{duty="settle",outcome="done"}' in numbers
        assert 'tallystick_rpc_calls_total{endpoint="' in numbers
        ready = json.loads(asked(environment, "/ready"))
        assert [part["part"] for part in ready["parts"]] == ["metering", "indexer", "outbox"]
        assert ready["ready"] and ready["models"] == []
        code, refused = told(environment, "node", "run")
        assert code == 5 and "already in use" in refused["error"]["message"]
    finally:
        node.send_signal(signal.SIGTERM)
    shown, logged = node.communicate(timeout=60)
    lines = [json.loads(line) for line in logged.splitlines()]
    assert (node.returncode, shown) == (0, "")
    assert lines[-1]["message"] == "node stopped" and "settle" in {line.get("duty") for line in lines}
    assert json.loads((tmp_path / "node-status.json").read_text())["state"] == "stopped"
    code, index = told(environment, "node", "index", "--rebuild")
    assert (code, index["lag"]) == (0, 0) and index["indexed"] > 0


def test_node_when_it_has_no_model_yet_serves_none_and_lets_its_voucher_key_be_rotated(
    environment: dict[str, str], tmp_path: Path
) -> None:
    environment = {**environment, "TALLYSTICK_API_PORT": str(free_port())}
    Keystore(tmp_path / "keys", rounds=2).save("session-2", Key(b"\x32" * 32), "correct horse")
    node = start(environment, "node", "run", "--serve")

    url, answers = f"http://127.0.0.1:{environment['TALLYSTICK_API_PORT']}/v1/models", list[Any]()

    def has_answered() -> bool:
        assert node.poll() is None, node.communicate()
        with suppress(OSError), urllib.request.urlopen(url, timeout=30) as answer:
            answers.append(json.load(answer)["data"])
        return bool(answers)

    try:
        wait_for(has_answered)
        assert answers == [[]]
        code, turned = told(environment, "keys", "rotate", "session-2")
        assert (code, turned["key"]) == (0, "session-2") and turned["authorised"]
        assert (tmp_path / "voucher-key").read_text() == "session-2\n"
        code, again = told(environment, "keys", "rotate", "session-2")
        assert (code, again["authorised"], again["revoked"]) == (0, None, None)
    finally:
        node.send_signal(signal.SIGTERM)
    _, logged = node.communicate(timeout=60)
    assert node.returncode == 0 and "serves_no_model" in logged
