"""A development chain of our own: anvil as a child process, and its clock. Never for real money."""

import platform
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from hexbytes import HexBytes
from web3 import Web3

from tallystick.domain.ids import address
from tallystick.errors import InvalidInput, NotFound, Unavailable
from tallystick.gateways.chain.contracts import Contract, load_interface, outgoing
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.child import LOOPBACK, Child, claim_port
from tallystick.ports import Signer

CHAIN_ID: Final = 31337
# It runs on this very machine: slow, where that is busy, is not gone.
_PATIENCE_S: Final = 60.0
_MACHINES: Final = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def find_anvil(root: Path) -> Path:
    """The npm package's binary below `root`, else one on the PATH."""
    name = f"anvil-{platform.system().lower()}-{_MACHINES.get(platform.machine(), 'amd64')}"
    installed = root / "node_modules" / "@foundry-rs" / name / "bin" / "anvil"
    on_path = shutil.which("anvil")
    if installed.exists() or on_path is None:
        return installed
    return Path(on_path)


class DevChain:
    """Starts on entry or `start()`, ends on exit or `close()`, and dies with this process in any case."""

    def __init__(
        self,
        binary: Path,
        folder: Path,
        *,
        port: int | None = None,
        keep_state: bool = False,
        block_time_s: int = 0,
    ) -> None:
        self._binary, self._folder, self._wanted = binary, folder, port
        self._keep_state, self._block_time_s = keep_state, block_time_s
        self._child: Child | None = None
        self._rpc: Rpc | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> "DevChain":
        """NotFound without anvil, Conflict for a taken port, Unavailable when it does not come up."""
        if not self._binary.exists():
            raise NotFound(f"No anvil at {self._binary}.", "Run `npm ci` in the project folder.")
        self._folder.mkdir(parents=True, exist_ok=True)
        self.port = claim_port(self._wanted, what="the development chain")
        args = [str(self._binary), "--host", LOOPBACK, "--port", str(self.port), "--chain-id", str(CHAIN_ID)]
        args += ["--accounts", "20", "--silent", "--cache-path", str(self._fresh_states())]
        args += ["--block-time", str(self._block_time_s)] if self._block_time_s else []
        args += (
            ["--state", str(self._folder / "state.json"), "--state-interval", "5"] if self._keep_state else []
        )
        self._child = Child(args, name="anvil", cwd=self._folder, log=self._folder / "anvil.log")
        self._child.wait_until(self._is_ready, timeout_s=20)
        return self

    def _fresh_states(self) -> Path:
        """Where anvil puts old blocks' states: one that was killed leaves gigabytes behind."""
        states = self._folder / "states"
        shutil.rmtree(states, ignore_errors=True)
        states.mkdir()
        return states

    def _is_ready(self) -> bool:
        try:
            Rpc(self.url, timeout_s=5)
        except Unavailable:
            return False
        self._rpc = Rpc(self.url, timeout_s=_PATIENCE_S)
        return True

    @property
    def rpc(self) -> Rpc:
        if self._rpc is None:
            raise Unavailable("The development chain is not running.", "Start it first.")
        return self._rpc

    @property
    def pid(self) -> int:
        if self._child is None:
            raise Unavailable("The development chain is not running.", "Start it first.")
        return self._child.pid

    def advance(self, seconds: int) -> None:
        advance_time(self.rpc, seconds)

    def mine(self, blocks: int = 1) -> None:
        mine_blocks(self.rpc, blocks)

    def close(self) -> None:
        if self._child is not None:
            self._child.stop()
            self._child = self._rpc = None

    def __enter__(self) -> "DevChain":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def advance_time(rpc: Rpc, seconds: int) -> None:
    """Move a development chain's clock on and mine one block at the new time."""
    _require_development(rpc)
    if seconds < 0:
        raise InvalidInput("A chain's clock never goes back.", "Give seconds of at least 0.")
    rpc.request("evm_increaseTime", seconds)
    rpc.request("evm_mine")


def mine_blocks(rpc: Rpc, blocks: int) -> None:
    _require_development(rpc)
    rpc.request("anvil_mine", hex(blocks))


def deploy(rpc: Rpc, signer: Signer, name: str, *arguments: Any) -> Contract:
    """Create a contract on a development chain, without the outbox."""
    _require_development(rpc)
    interface = load_interface(name)
    sender = Web3.to_checksum_address(signer.address)
    factory = rpc.web3.eth.contract(abi=list(interface.abi), bytecode=interface.bytecode)
    with rpc.translated():
        fields: Any = factory.constructor(*outgoing(arguments)).build_transaction(
            {"from": sender, "nonce": rpc.web3.eth.get_transaction_count(sender), "chainId": rpc.chain_id}
        )
        raw, tx_hash = signer.sign_transaction({key: v for key, v in fields.items() if key != "from"})
        rpc.web3.eth.send_raw_transaction(raw)
        receipt = rpc.web3.eth.wait_for_transaction_receipt(HexBytes(tx_hash), timeout=30, poll_latency=0.02)
    if receipt["status"] != 1:
        raise InvalidInput(f"The constructor of {name} reverted.", "Check its arguments.")
    return Contract(rpc, name, address(str(receipt["contractAddress"])))


def _require_development(rpc: Rpc) -> None:
    if rpc.chain_id != CHAIN_ID:
        raise InvalidInput(
            f"Chain {rpc.chain_id} has a clock of its own.", "Wait, or use a development chain."
        )
