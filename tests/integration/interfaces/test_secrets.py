"""A running node that is told secrets: none is in its logs, process list, numbers, answers, status or errors."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from support.chain_stage import NORA, Stage
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.child import free_port
from tallystick.gateways.keys.keystore import Keystore

pytestmark = pytest.mark.integration
PASSWORD, USER, PATH, QUERY = "correct horse battery", "usr7c1d9e55", "pth4f6c9d1e", "qry2b3a8c7d"
SECRETS = (PASSWORD, USER, PATH, QUERY, NORA._account.key.hex().removeprefix("0x"))


class Talkative(ThreadingHTTPServer):
    """Passes requests on until it falls ill: then it repeats in its errors what it was called by."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.told_ill, self.is_ill = upstream, 0, False

    def handle_error(self, *_: object) -> None:
        """A node that stops hangs up."""


class _Handler(BaseHTTPRequestHandler):
    server: Talkative

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        status, answer = 200, b""
        if self.server.is_ill:
            turn = self.server.told_ill % 3
            self.server.told_ill += 1
            said = f"no account for {self.path} of {self.headers.get('authorization')} {USER}"
            error = {
                "jsonrpc": "2.0",
                "id": json.loads(body)["id"],
                "error": {"code": -32001, "message": said},
            }
            status = 401 if turn == 1 else 200
            answer = said.encode() if turn == 2 else json.dumps(error).encode()
        else:
            request = urllib.request.Request(self.server.upstream, body, {"content-type": "application/json"})
            with urllib.request.urlopen(request, timeout=30) as response:
                answer = response.read()
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Of no interest."""


@pytest.fixture
def endpoint(rpc: Rpc) -> Iterator[Talkative]:
    server = Talkative(rpc.url)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def environment(stage: Stage, endpoint: Talkative, tmp_path: Path) -> dict[str, str]:
    """Nora's home, all secrets in files or in the environment, and logs as talkative as can be."""
    at = stage.nora.deployment
    file = {"chain_id": 31337, "contracts": dict(at.contracts), "parameters": {}, "block": 0}
    (tmp_path / "deployment.json").write_text(json.dumps(file))
    (tmp_path / "password").touch(0o600)
    (tmp_path / "password").write_text(PASSWORD)
    Keystore(tmp_path / "keys", rounds=2).save("node", NORA, PASSWORD)
    port = endpoint.server_address[1]
    nobody = f"http://{USER}:{USER}@127.0.0.1:{free_port()}/v3/{PATH}?key={QUERY}"
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TALLYSTICK_HOME": str(tmp_path),
        "TALLYSTICK_RPC_URL": f"http://{USER}:{USER}@127.0.0.1:{port}/v3/{PATH}?key={QUERY}",
        "TALLYSTICK_OPERATOR_URL": nobody,
        "TALLYSTICK_VECTORS": nobody,
        "TALLYSTICK_DEPLOYMENT": str(tmp_path / "deployment.json"),
        "TALLYSTICK_PASSWORD_FILE": str(tmp_path / "password"),
        "TALLYSTICK_DAEMON_INDEX": "1",
        "TALLYSTICK_DAEMON_OUTBOX": "1",
        "TALLYSTICK_DAEMON_MONITORS": "0",
        "TALLYSTICK_METRICS_PORT": str(free_port()),
    }


def start(environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tallystick", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def asked(environment: dict[str, str], path: str) -> str:
    try:
        url = f"http://127.0.0.1:{environment['TALLYSTICK_METRICS_PORT']}{path}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:  # not ready any more, and it says why
        return error.read().decode()


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(1800):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to that")


def test_node_when_its_endpoint_repeats_its_secrets_shows_none_of_them_anywhere(
    environment: dict[str, str], endpoint: Talkative, tmp_path: Path
) -> None:
    log = tmp_path / "node.log"
    node = start({**environment, "TALLYSTICK_LOG_FILE": str(log)}, "-vv", "node", "run")
    status = tmp_path / "node-status.json"

    def duties() -> dict[str, dict[str, int]]:
        assert node.poll() is None, node.communicate()
        shown = json.loads(status.read_text()) if status.exists() else {"duties": []}
        return {duty["duty"]: duty for duty in shown["duties"]}

    seen: list[str] = []
    try:
        wait_for(lambda: bool(duties()) and all(duty["runs"] for duty in duties().values()))
        seen += [asked(environment, path) for path in ("/metrics", "/ready", "/health")]
        seen.append(start(environment, "config", "show").communicate(timeout=300)[0])
        seen.append(start(environment, "ask", "Who pays?").communicate(timeout=300)[0])
        assert "operator_url" in seen[-2] and "The operator at http://127.0.0.1:" in seen[-1], seen[-2:]
        seen.append(Path(f"/proc/{node.pid}/cmdline").read_text())
        endpoint.is_ill = True
        wait_for(lambda: endpoint.told_ill >= 9)
        seen += [asked(environment, path) for path in ("/metrics", "/ready")]
        seen.append(start(environment, "doctor").communicate(timeout=300)[0])
        seen.append(status.read_text())
    finally:
        node.send_signal(signal.SIGTERM)
        seen.append(node.communicate(timeout=300)[0])
    seen.append(log.read_text())

    assert "127.0.0.1" in "".join(seen) and "(hidden)" in "".join(seen)
    for secret in SECRETS:
        for place, text in enumerate(seen):
            assert secret not in text, (place, secret)
