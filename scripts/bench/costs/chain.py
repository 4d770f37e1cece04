"""A chain of its own with the whole system on it, and people who send. Knows no operation."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from eth_account import Account
from web3.logs import DISCARD

from tallystick.commitments.keccak import keccak256
from tallystick.domain.digests import Domain
from tallystick.domain.ids import address

ROOT = Path(__file__).resolve().parents[3]
HARDFORK = "prague"
# The compiler's settings stand in brownie-config.yaml.
ANVIL = ROOT / "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
UNLIMITED, ETHER = 2**256 - 1, hex(10**24)
GAS, PRICE, WINDOW = hex(16_000_000), hex(10**11), 3_600
# Deployed the system and holds the supply.
HOLDER = "holder"


@dataclass(frozen=True, slots=True)
class Sent:
    """One transaction: what it cost and the call data that it paid for."""

    gas: int
    data: bytes
    receipt: Any
    contract: Any

    def event(self, name: str) -> Any:
        """The contract's only event of this name."""
        (found,) = getattr(self.contract.events, name)().process_receipt(self.receipt, errors=DISCARD)
        return found["args"]


@dataclass(slots=True)
class Chain:
    """The deployed contracts by name, and Brownie beneath."""

    contracts: dict[str, Any]
    brownie: Any
    people: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.contracts[name]

    @property
    def domain(self) -> Domain:
        return Domain(self.brownie.chain.id, address(self["UsageEscrow"].address))

    def send(self, person: str, contract: str, function: str, *arguments: Any) -> Sent:
        """Only a transaction that succeeds has a cost."""
        at, web3 = self[contract], self.brownie.web3
        data = getattr(at, function).encode_input(*arguments)
        order = {
            "from": self.account(person),
            "to": at.address,
            "data": data,
            "gas": 16_000_000,
            "gasPrice": PRICE,
        }
        sent = web3.eth.send_transaction(order)
        receipt = web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)
        if receipt["status"] != 1:
            raise SystemExit(f"{contract}.{function} failed: {self._reason(order)}")
        return Sent(
            receipt["gasUsed"], bytes.fromhex(data[2:]), receipt, web3.eth.contract(at.address, abi=at.abi)
        )

    def _reason(self, order: Any) -> str:
        answer = self.brownie.web3.provider.make_request("eth_call", [order, "latest"])
        return str(answer.get("error"))

    def account(self, person: str) -> str:
        """The address; on first sight it gets ether, so that balances of OPEN start at zero."""
        if person not in self.people:
            found = Account.from_key(key_of(person)).address
            self.rpc("anvil_setBalance", found, ETHER)
            self.rpc("anvil_impersonateAccount", found)
            self.people[person] = found
        return self.people[person]

    def rpc(self, method: str, *parameters: Any) -> Any:
        return self.brownie.web3.provider.make_request(method, list(parameters))["result"]

    def fund(self, person: str, amount: int, *spenders: str) -> None:
        self.send(HOLDER, "OpenToken", "transfer", self.account(person), amount)
        for spender in spenders:
            self.send(person, "OpenToken", "approve", self[spender].address, UNLIMITED)

    def sign(self, person: str, digest: bytes) -> bytes:
        return bytes(Account.unsafe_sign_hash(digest, key_of(person)).signature)

    def wait(self, seconds: int) -> None:
        self.rpc("evm_increaseTime", seconds)
        self.rpc("evm_mine")

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What happens inside is taken back."""
        mark, known = self.rpc("evm_snapshot"), dict(self.people)
        yield
        self.rpc("evm_revert", mark)
        self.people = known


def key_of(person: str) -> bytes:
    return keccak256(f"tallystick bench key of {person}".encode())


@contextmanager
def deployed(traced: bool = False) -> Iterator[Chain]:
    """Starts anvil, deploys with windows of an hour, and ends anvil. Traces are for profiles; they take memory."""
    port = free_port()
    command = [str(ANVIL), "--quiet", "--port", str(port), "--hardfork", HARDFORK, "--accounts", "1"]
    command += ["--steps-tracing"] if traced else []
    running = subprocess.Popen(command)
    try:
        _await_port(running, port)
        yield _deploy(f"http://127.0.0.1:{port}")
    finally:
        running.terminate()
        running.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_port(running: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(100):
        if running.poll() is not None:
            raise SystemExit(f"anvil ended with {running.returncode}.")
        try:
            urlopen(f"http://127.0.0.1:{port}", data=b"{}")
            return
        except URLError:
            time.sleep(0.1)
        except OSError:
            return
    raise SystemExit("anvil does not answer.")


def _deploy(rpc: str) -> Chain:
    """Brownie reads its settings when it is imported, so that the import waits until here."""
    os.environ.setdefault("SOLCX_BINARY_PATH", str(ROOT / "scripts" / "toolchain"))
    sys.path.insert(0, str(ROOT))
    brownie, deploy = import_module("brownie"), import_module("scripts.deploy")
    deploy.connect_to(rpc)
    brownie.network.gas_price("auto")
    project = brownie.project.load(str(ROOT), name="TallystickBench")
    parameters = deploy.Parameters.from_environment(
        {
            "TALLYSTICK_CHALLENGE_WINDOW": str(WINDOW),
            "TALLYSTICK_MATURITY": str(WINDOW),
            "TALLYSTICK_BUCKET_WINDOW": str(24 * WINDOW),
        }
    )
    holder = brownie.accounts[0]
    return Chain(deploy.deploy_system(project, holder, parameters), brownie, {HOLDER: holder.address})
