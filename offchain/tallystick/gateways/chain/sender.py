"""Transactions of one key: dry run, sign, store, send, wait. What was signed is only ever sent again."""

from collections.abc import Mapping
from threading import Lock
from time import monotonic, sleep
from typing import Any, Final

from web3 import Web3
from web3.exceptions import TransactionNotFound, Web3RPCError

from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, Unavailable
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.rpc import Rpc
from tallystick.ports import ChainEvent, Outbox, OutboxEntry, Signer, Transaction

_ALREADY: Final = ("already known", "already imported", "alreadyknown", "known transaction")
_SPENT: Final = ("nonce too low", "nonce is too low", "oldnonce")
_RESEND_S: Final = 3.0
# History by the second: what the dry run wrote over may be a new storage slot when it is mined, a second later.
_NEW_SLOT_GAS: Final = 25_000


class Sender:
    """One at a time for a key: a second one would race for nonces, and the outbox refuses it."""

    def __init__(
        self,
        rpc: Rpc,
        signer: Signer,
        outbox: Outbox,
        *,
        confirmations: int = 0,
        timeout_s: float = 120.0,
        gas_margin_percent: int = 25,
        fee_cap_wei: int = 500 * 10**9,
    ) -> None:
        self.address: Address = signer.address
        self._rpc, self._signer, self._outbox, self._lock = rpc, signer, outbox, Lock()
        self._confirmations, self._timeout_s = confirmations, timeout_s
        self._gas_margin_percent, self._fee_cap_wei = gas_margin_percent, fee_cap_wei

    def send(
        self, contract: Contract, function: str, *arguments: Any, value: int = 0, intent: str | None = None
    ) -> Transaction:
        """Do it, and return when it is mined; a revert in the dry run raises before anything is signed.

        An `intent` names something to be done once: asked again, the first transaction is returned.
        """
        fields = {
            "from": Web3.to_checksum_address(self.address),
            "to": Web3.to_checksum_address(contract.address),
            "data": "0x" + contract.calldata(function, *arguments).hex(),
            "value": value,
        }
        with self._lock:
            entry = self._signed_for(intent) if intent else None
            if entry is None:
                self._settle_open()
                entry = self._sign(fields, f"{contract.name}.{function}", intent)
            return self._complete(entry, contract)

    def has_signed(self, intent: str) -> bool:
        """Whether a transaction for this intent is on its way or mined; a lost or reverted one does not count."""
        return self._signed_for(intent) is not None

    def resume(self) -> tuple[Transaction, ...]:
        """After a restart: send again what was signed and see it through."""
        with self._lock:
            return self._settle_open()

    def _settle_open(self) -> tuple[Transaction, ...]:
        settled = []
        for entry in self._outbox.unresolved(self._rpc.chain, self.address):
            try:
                settled.append(self._complete(entry, None))
            except Conflict:
                continue  # marked as lost or reverted by _complete
        return tuple(settled)

    def _signed_for(self, intent: str) -> OutboxEntry | None:
        return self._outbox.by_intent(self._rpc.chain, self.address, intent)

    def _sign(self, fields: Mapping[str, Any], summary: str, intent: str | None) -> OutboxEntry:
        eth = self._rpc.web3.eth
        with self._rpc.translated():
            eth.call(dict(fields))
            estimated = eth.estimate_gas(dict(fields))
            gas = estimated * (100 + self._gas_margin_percent) // 100 + _NEW_SLOT_GAS
            base_fee = int(eth.get_block("latest").get("baseFeePerGas", 0))
            tip = min(int(eth.max_priority_fee), max(base_fee, 10**9))
            nonce = int(eth.get_transaction_count(Web3.to_checksum_address(self.address), "pending"))
        if base_fee + tip > self._fee_cap_wei:
            raise Unavailable(
                f"Gas costs {base_fee + tip} wei, the cap is {self._fee_cap_wei}.", "Wait, or raise the cap."
            )
        complete = {key: item for key, item in fields.items() if key != "from"} | {
            "chainId": self._rpc.chain_id,
            "gas": gas,
            "maxFeePerGas": min(2 * base_fee + tip, self._fee_cap_wei),
            "maxPriorityFeePerGas": tip,
            "nonce": nonce,
            "type": 2,
        }
        raw, tx_hash = self._signer.sign_transaction(complete)
        entry = OutboxEntry(self._rpc.chain, self.address, nonce, tx_hash, raw, summary, intent)
        self._outbox.store(entry)
        return entry

    def _complete(self, entry: OutboxEntry, contract: Contract | None) -> Transaction:
        """Send until it is mined deeply enough; what a reorganisation threw out is sent again."""
        deadline, next_send = monotonic() + self._timeout_s, 0.0
        while monotonic() < deadline:
            receipt = self._receipt(entry.tx_hash)
            if receipt is None:
                if monotonic() >= next_send:
                    self._broadcast(entry)
                    next_send = monotonic() + _RESEND_S
            elif self._rpc.block_number() >= receipt["blockNumber"] + self._confirmations:
                return self._finish(entry, receipt, contract)
            else:
                next_send = 0.0  # if this receipt vanishes, a reorganisation dropped it: send again at once
            sleep(0.02)
        raise Unavailable(
            f"{entry.summary} (0x{entry.tx_hash.hex()}) was not mined within {self._timeout_s:g} s.",
            "It stays in the outbox and is sent again at the next start.",
        )

    def _finish(self, entry: OutboxEntry, receipt: Any, contract: Contract | None) -> Transaction:
        block = int(receipt["blockNumber"])
        if receipt["status"] != 1:
            self._outbox.mark(entry.tx_hash, "reverted", block)
            raise Conflict(
                f"{entry.summary} reverted in block {block} although its dry run passed.",
                "The state changed in between: look at it and try again.",
            )
        self._outbox.mark(entry.tx_hash, "mined", block)
        events: tuple[ChainEvent, ...] = contract.events_in(receipt) if contract else ()
        return Transaction(entry.tx_hash, entry.summary, block, int(receipt["gasUsed"]), events)

    def _broadcast(self, entry: OutboxEntry) -> None:
        with self._rpc.translated():
            try:
                self._rpc.web3.eth.send_raw_transaction(entry.raw)
            except Web3RPCError as error:
                text = str(error.message).lower()
                if any(words in text for words in _ALREADY):
                    return
                if any(words in text for words in _SPENT):
                    self._decide_spent(entry)
                    return
                self._outbox.mark(entry.tx_hash, "lost")
                raise

    def _decide_spent(self, entry: OutboxEntry) -> None:
        """Its nonce is used: either it was mined a moment ago, or something else was signed with this key."""
        if self._receipt(entry.tx_hash) is None:
            self._outbox.mark(entry.tx_hash, "lost")
            raise Conflict(
                f"Nonce {entry.nonce} of {self.address} was used elsewhere; {entry.summary} did not happen.",
                "Use a key in one program only, then try again.",
            )

    def _receipt(self, tx_hash: Hash) -> Any | None:
        with self._rpc.translated():
            try:
                return self._rpc.web3.eth.get_transaction_receipt(tx_hash)
            except TransactionNotFound:
                return None
