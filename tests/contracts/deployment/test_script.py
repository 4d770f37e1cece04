"""The script itself, as a process of its own against this chain: killed and run again, and as a dry run."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from brownie import web3

ROOT = Path(__file__).resolve().parents[3]
PARTS, CALLS = 27, 17


@pytest.fixture
def target(tmp_path):
    return tmp_path / "31337.json"


@pytest.fixture
def environment(target):
    return os.environ | {
        "TALLYSTICK_RPC": web3.provider.endpoint_uri,
        "TALLYSTICK_DEPLOYMENT": str(target),
        "TALLYSTICK_DEPLOYER_KEY": "0x"
        + web3.keccak(text="tallystick test key of nora").hex().removeprefix("0x"),
    }


def start(environment, *arguments):
    command = [sys.executable, str(ROOT / "scripts" / "deploy.py"), *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def without_key(environment, person):
    kept = {name: text for name, text in environment.items() if name != "TALLYSTICK_DEPLOYER_KEY"}
    return kept | {"TALLYSTICK_DEPLOYER": person.address}


def entries(target):
    path = target.with_suffix(".journal.json")
    return json.loads(path.read_text())["entries"] if path.exists() else {}


def test_script_when_killed_and_run_again_finishes(isolation, nora, environment, target):
    before = web3.eth.get_transaction_count(nora.address)
    for reached in (3, 9, PARTS):
        process = start(environment)
        while len(entries(target)) < reached and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not target.exists()
    last = start(environment)
    words = last.communicate(timeout=120)[0]

    assert last.returncode == 0, words
    record = json.loads(target.read_text())
    assert len(record["contracts"]) == PARTS and record["chain_id"] == web3.eth.chain_id
    assert all(web3.eth.get_code(address) for address in record["contracts"].values())
    assert web3.eth.get_transaction_count(nora.address) - before == PARTS + CALLS

    check = start(without_key(environment, nora))
    words = check.communicate(timeout=120)[0]

    assert check.returncode == 0 and "Transaction sent" not in words, words
    assert json.loads(target.read_text()) == record


def test_script_when_dry_prints_every_step_and_sends_nothing(isolation, nora, environment, target):
    block = web3.eth.block_number

    dry = start(without_key(environment, nora), "--dry-run")
    words = dry.communicate(timeout=120)[0]

    assert dry.returncode == 0, words
    assert "UsageEscrow.wire" in words and "AccessAuthority.renounceRole" in words
    assert "nothing was sent" in words
    assert web3.eth.block_number == block
    assert not target.exists() and entries(target) == {}
