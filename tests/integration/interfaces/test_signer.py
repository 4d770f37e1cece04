"""A node whose key lies at a signer in another process: what it sends, what it cannot send, and what nobody sees."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.chain_stage import NORA, Stage, make_header
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.keys.cabinet import Cabinet
from tallystick.gateways.keys.keystore import Keystore
from tallystick.gateways.keys.remote import RemotePlace
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports.keys import SigningRefused

pytestmark = pytest.mark.integration
PASSWORD, TOKEN = "correct horse battery", "nobody guesses this token"
POLICY = """
chain_id = 31337
[keys.node]
no-op = {}
"AttributionRegistry.submitBatch" = { most = { total = 10_000_000 }, per_day = { count = 10 } }
"""
Start = Callable[..., subprocess.Popen[str]]


def secret_file(path: Path, text: str) -> Path:
    path.touch(0o600)
    path.write_text(text)
    return path


@pytest.fixture
def start(stage: Stage, tmp_path: Path) -> Iterator[Start]:
    """Starts `keys serve` over nora's key; ends what it started."""
    at = stage.nora.deployment
    file = {"chain_id": 31337, "contracts": dict(at.contracts), "parameters": {}, "block": 0}
    (tmp_path / "deployment.json").write_text(json.dumps(file))
    (tmp_path / "policy.toml").write_text(POLICY)
    Keystore(tmp_path / "signer" / "keys", rounds=2).save("node", NORA, PASSWORD)
    secret_file(tmp_path / "token", TOKEN)
    secret_file(tmp_path / "password", PASSWORD)
    settings = {"HOME": tmp_path / "signer", "DEPLOYMENT": tmp_path / "deployment.json"}
    told = {f"TALLYSTICK_{name}": str(value) for name, value in settings.items()}
    environment = {**os.environ, **told, "PYTHONPATH": os.pathsep.join(sys.path)}
    started: list[subprocess.Popen[str]] = []

    def run(*more: str) -> subprocess.Popen[str]:
        files = ["--policy", str(tmp_path / "policy.toml"), "--token-file", str(tmp_path / "token")]
        words = [
            "--password-file",
            str(tmp_path / "password"),
            "-v",
            "--json",
            "keys",
            "serve",
            "--port",
            "0",
        ]
        with (tmp_path / "signer.log").open("a") as log:
            made = subprocess.Popen(
                [sys.executable, "-m", "tallystick", *words, *files, *more],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        started.append(made)
        return made

    yield run
    for process in started:
        process.kill()
        process.communicate()


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    text = ""
    while "}" not in text:
        line = process.stdout.readline()
        assert line, "the signer ended"
        text += line
    said: dict[str, Any] = json.loads(text)
    return str(said["url"])


def acting(stage: Stage, url: str, folder: Path) -> ChainSystem:
    """Nora with her key at the signer, and books that know of nothing."""
    folder.mkdir()
    cabinet = Cabinet(folder / "keys", lambda name: "")
    cabinet.attach("node", NORA.address, RemotePlace(url, folder.parent / "token"))
    return stage.nora.acting_as(cabinet.signer("node"), SqliteLedger(folder / "books.sqlite3").outbox)


def test_node_when_its_key_is_elsewhere_posts_one_batch_and_never_another_in_its_place(
    stage: Stage, start: Start, tmp_path: Path
) -> None:
    process = start("--new-record")
    nora = acting(stage, url_of(process), tmp_path / "node")
    batch_id, _ = nora.batches.submit_batch(make_header())
    assert nora.batches.batch(batch_id).header == make_header()
    with pytest.raises(SigningRefused, match="does not let"):
        nora.token.transfer(NORA.address, 1)

    process.send_signal(signal.SIGKILL)
    process.wait()
    again = start()
    url = url_of(again)
    # The chain goes back, and the node's books are lost: both would let it post another batch.
    stage.nora.rpc.request("anvil_reorg", 1, [])
    restored = acting(stage, url, tmp_path / "restored")
    with pytest.raises(SigningRefused, match="was signed before"):
        restored.batches.submit_batch(make_header(total=9_000_000))

    log = (tmp_path / "signer.log").read_text()
    assert "signed AttributionRegistry.submitBatch" in log and "refused to sign" in log
    seen = log + Path(f"/proc/{again.pid}/cmdline").read_text() + repr(nora.sender) + repr(restored)
    for secret in (PASSWORD, TOKEN, NORA._account.key.hex()):
        assert secret not in seen


def test_signer_when_its_record_is_gone_does_not_start(start: Start, tmp_path: Path) -> None:
    process = start()

    assert process.wait(60) == 4
