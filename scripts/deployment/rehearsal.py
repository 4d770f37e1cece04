"""A fork of a chain on this machine, where a deployment can be tried and costs nothing."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from web3 import HTTPProvider, Web3

PACKAGED = Path(__file__).resolve().parents[2] / "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
START_S = 60
PLENTY = hex(10**24)


@contextmanager
def forked(rpc: str, deployer: str) -> Iterator[str]:
    """The address of the fork, on which `deployer` is unlocked and rich."""
    anvil = shutil.which("anvil") or str(PACKAGED)
    port = free_port()
    command = [anvil, "--quiet", "--port", str(port), "--fork-url", rpc]
    process = subprocess.Popen(command)
    try:
        url = f"http://127.0.0.1:{port}"
        web3 = wait_for(url, process)
        web3.provider.make_request("anvil_impersonateAccount", [deployer])
        web3.provider.make_request("anvil_setBalance", [deployer, PLENTY])
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> Web3:
    web3, deadline = Web3(HTTPProvider(url)), time.monotonic() + START_S
    while not web3.is_connected():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("The fork for the dry run did not start: does the chain's node serve its state?")
        time.sleep(0.1)
    return web3


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
