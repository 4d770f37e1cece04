"""A browser wallet for tests: EIP-1193 in the page, answered here with development keys and anvil's unlocked accounts."""

import json
from dataclasses import dataclass, field
from typing import Any

from eth_account.messages import _hash_eip191_message, encode_typed_data
from playwright.sync_api import Page

from tallystick.commitments.keccak import keccak256
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.keys.keystore import Key

# The page's content policy lets it reach nobody but the studio, so requests go through a bound function.
_INJECTED = """
window.ethereum = { request: async ({ method, params }) => {
  const { result, error } = await window.askWallet(method, params || []);
  if (error) throw error;
  return result;
} };
"""


def signed_by(key: Key, typed: dict[str, Any]) -> str:
    """EIP-712 by another encoder than ours."""
    return "0x" + key.sign_digest(_hash_eip191_message(encode_typed_data(full_message=typed))).hex()


@dataclass
class TestWallet:
    """`chain_id` is the network that it stands on, `switches` whether it may be asked to change; after `sends` it
    refuses to send more."""

    __test__ = False
    rpc: Rpc
    key: Key
    chain_id: int = 31337
    switches: bool = True
    refuses: set[str] = field(default_factory=set)
    sends: int | None = None
    asked: list[str] = field(default_factory=list)

    def install(self, page: Page) -> None:
        page.expose_function("askWallet", self._answer)
        page.add_init_script(_INJECTED)

    def _answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        self.asked.append(method)
        if method in self.refuses:
            return {"error": {"code": 4001, "message": "User rejected the request."}}
        if method == "eth_sendTransaction" and self.sends is not None:
            if not self.sends:
                return {"error": {"code": 4001, "message": "User rejected the request."}}
            self.sends -= 1
        return {"result": self._result(method, params)}

    def _result(self, method: str, params: list[Any]) -> Any:
        if method in ("eth_requestAccounts", "eth_accounts"):
            return [self.key.address]
        if method == "eth_chainId":
            return hex(self.chain_id)
        if method == "wallet_switchEthereumChain":
            self.chain_id = int(params[0]["chainId"], 16) if self.switches else self.chain_id
            return None
        if method == "personal_sign":
            text = bytes.fromhex(params[0][2:])
            digest = keccak256(b"\x19Ethereum Signed Message:\n%d" % len(text) + text)
            return "0x" + self.key.sign_digest(digest).hex()
        if method == "eth_signTypedData_v4":
            return signed_by(self.key, json.loads(params[1]))
        return self.rpc.request(method, *params)
