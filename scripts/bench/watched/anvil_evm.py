"""The fraud search's EVM over anvil, so that its worlds stand on a chain that a node can be pointed at."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tallystick.errors import NodeError
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.inprocess.evm import GAS, Reverted


class AnvilEvm:
    """As the `Evm` in this process: `send` and `deploy` raise `Reverted`, and the clock stands until it is moved."""

    def __init__(self, chain: DevChain) -> None:
        self._rpc = chain.rpc
        self._funded: set[str] = set()
        self._rpc.request("anvil_autoImpersonateAccount", True)
        self.hold_clock()

    def hold_clock(self) -> None:
        """Blocks come at one moment, as all of a world is built at once."""
        self._rpc.request("anvil_setBlockTimestampInterval", 0)

    def release_clock(self) -> None:
        """A second a block: a commitment has to be older than the conviction that it claims."""
        self._rpc.request("anvil_setBlockTimestampInterval", 1)

    def deploy(self, sender: str, code: bytes) -> str:
        return str(self._mined({"from": sender, "data": "0x" + code.hex()})["contractAddress"]).lower()

    def send(self, sender: str, to: str, data: bytes, value: int = 0) -> bytes:
        call = {"from": sender, "to": to, "data": "0x" + data.hex(), "value": hex(value)}
        self._fund(sender)
        try:
            answer = bytes.fromhex(str(self._rpc.request("eth_call", call, "latest"))[2:])
        except NodeError as error:
            raise Reverted(str(error)) from error
        self._mined(call)
        return answer

    def works(self, sender: str, to: str, data: bytes) -> bool:
        self._fund(sender)
        try:
            self._rpc.request("eth_call", {"from": sender, "to": to, "data": "0x" + data.hex()}, "latest")
        except NodeError:
            return False
        return True

    def now(self) -> int:
        return self._rpc.timestamp()

    def wait(self, seconds: int) -> None:
        if seconds > 0:
            self._rpc.request("evm_setNextBlockTimestamp", self.now() + seconds)
            self._rpc.request("evm_mine")

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What happens inside leaves no trace."""
        point, funded = self._rpc.request("evm_snapshot"), set(self._funded)
        try:
            yield
        finally:
            self._rpc.request("evm_revert", point)
            self._funded = funded

    def _mined(self, call: dict[str, Any]) -> Any:
        self._fund(call["from"])
        try:
            sent = self._rpc.request("eth_sendTransaction", {**call, "gas": hex(GAS // 2)})
        except NodeError as error:
            raise Reverted(str(error)) from error
        while (receipt := self._rpc.request("eth_getTransactionReceipt", sent)) is None:
            time.sleep(0.001)
        if int(receipt["status"], 16) != 1:
            raise Reverted(f"reverted: {sent}")
        return receipt

    def _fund(self, account: str) -> None:
        if account not in self._funded:
            self._rpc.request("anvil_setBalance", account, hex(10**24))
            self._funded.add(account)
