"""Transactions of one key: dry run, sign, store, send, wait. What was signed is only ever sent again."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import Any, Final, Literal

from web3 import Web3

from tallystick.crashpoints import crashpoint
from tallystick.domain.ids import Address
from tallystick.errors import Conflict, NotFound, Unavailable
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.fees import offered
from tallystick.gateways.chain.sending.inclusion import Inclusion
from tallystick.gateways.chain.sending.key_lock import key_lock
from tallystick.gateways.chain.sending.policy import DEFAULT, SendPolicy
from tallystick.gateways.chain.sending.signing import noop_call, signed_attempt
from tallystick.gateways.chain.sending.spending import DayFees
from tallystick.logbook import about
from tallystick.ports import Outbox, OutboxCall, OutboxEntry, Signer, Transaction

_LOG: Final = logging.getLogger(__name__)
# History by the second: what the dry run wrote over may be a new storage slot when it is mined, a second later. Moving
# votes writes three such histories: the supply's and two delegates'.
_NEW_SLOTS_GAS: Final = 3 * 25_000
_BEYOND_ALL: Final = 2**62


class Sender:
    """One transaction at a time for a key, over all threads and programs of this machine."""

    def __init__(self, rpc: Rpc, signer: Signer, outbox: Outbox, policy: SendPolicy = DEFAULT) -> None:
        self.address: Address = signer.address
        self._rpc, self._signer, self._outbox, self._policy = rpc, signer, outbox, policy
        self._inclusion = Inclusion(rpc, signer, outbox, policy)
        self._day_fees = DayFees(outbox, policy, self._inclusion.receipt)
        self._lock = Lock()

    def send(
        self,
        contract: Contract,
        function: str,
        *arguments: Any,
        value: int = 0,
        intent: str | None = None,
        unless: Callable[[], object] | None = None,
    ) -> Transaction:
        """Do it, and return when it is mined; a revert in the dry run raises before anything is signed.

        An `intent` names something to be done once: asked again, the first transaction is returned. `unless` is a last
        look at the chain that raises what forbids it: no program of this machine signs with the key between the two.
        """
        data = contract.calldata(function, *arguments)
        with about(intent=intent), self._turn():
            entry = self._signed_for(intent) if intent else None
            if entry is not None:
                return self._inclusion.see_through(entry, contract)
            self._replay()
            if unless is not None:
                self._refuse_unseen()
                unless()
            call = OutboxCall(contract.address, data, value, gas=self._dry_run(contract.address, data, value))
            nonce = max(self._count("pending"), self._outbox.next_nonce(self._rpc.chain, self.address))
            entry = self._signed(call, nonce, f"{contract.name}.{function}", intent)
            return self._inclusion.see_through(entry, contract, is_fresh=True)

    def has_signed(self, intent: str) -> bool:
        """Whether a transaction for this intent may be mined or is; a lost or finally reverted one does not count."""
        return self._signed_for(intent) is not None

    def resume(self) -> tuple[Transaction, ...]:
        """After a restart, and now and then: see through what is open, and settle what has become final."""
        with self._turn():
            done = self._replay()
            for entry in self._unsettled(self._count("latest")):
                if entry.state != "signed":
                    self._inclusion.refresh(entry)
            return done + self._replay()

    def balance(self) -> int:
        """Coin for gas, wei."""
        return self._rpc.balance(self.address)

    def open_entries(self) -> tuple[OutboxEntry, ...]:
        """Signed and not mined, by nonce."""
        return tuple(e for e in self._unsettled(_BEYOND_ALL) if e.state == "signed")

    def cancel(self, nonce: int) -> Transaction | None:
        """Put a no-op in the place of an open transaction. None when it is gone; the transaction if it won."""
        with self._turn():
            found = [e for e in self._unsettled(nonce) if e.nonce == nonce and e.state == "signed"]
            if not found:
                raise NotFound(f"No open transaction has nonce {nonce}.", "See `tallystick node outbox`.")
            try:
                return self._inclusion.see_through(self._inclusion.cancel(found[0]))
            except Conflict:
                if self._inclusion.receipt(found[0]) is None:
                    return None
                raise

    def accept_reorganisation(self) -> int:
        """Open again whatever the chain took back, however deep it lay; how many. For a person who looked first."""
        with self._turn():
            found = [e for e in self._unsettled(self._count("latest")) if e.is_final]
            gone = [e for e in found if self._inclusion.receipt(e) is None]
            for entry in gone:
                self._outbox.mark(entry.attempts[0].tx_hash, "signed")
            return len(gone)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        name = f"{self._rpc.chain.replace(':', '-')}-{self.address}"
        with self._lock, key_lock(self._policy.lock_folder, name, timeout_s=self._policy.timeout_s):
            yield

    def _replay(self) -> tuple[Transaction, ...]:
        """Everything that is open, by nonce; also what was mined and the chain no longer knows."""
        done, count = [], self._count("latest")
        for entry in self._unsettled(count):
            if entry.state != "signed":
                if entry.nonce < count:
                    continue
                if entry.is_final and entry.state != "mined" and not self._policy.finality:
                    # A development chain went back: its intent may have been done again since.
                    self._outbox.mark(entry.last.tx_hash, "lost")
                    continue
                entry = self._inclusion.reopen(entry)
            done += self._filled(entry.nonce)
            try:
                done.append(self._inclusion.see_through(entry))
            except Conflict:
                continue  # marked as what it is, or waiting until another's transaction is final
        return tuple(done)

    def _refuse_unseen(self) -> None:
        """What another program has in the pool may be the very same; only mined can it be looked at."""
        ours = max(self._count("latest"), self._outbox.next_nonce(self._rpc.chain, self.address))
        if self._count("pending") > ours:
            raise Unavailable(
                f"Another program has a transaction of {self.address} under way.",
                "Nothing was signed. Try again once it is mined.",
            )

    def _filled(self, nonce: int) -> list[Transaction]:
        """No-ops in the gap below `nonce`, or no pool would ever let it through."""
        start = self._count("latest")
        if start >= nonce:
            return []
        start = max(start, self._count("pending"))
        held = {entry.nonce for entry in self._unsettled(start)}
        gap = [n for n in range(start, nonce) if n not in held]
        noop = noop_call(self._signer)
        return [self._inclusion.see_through(self._signed(noop, n, "no-op", None), is_fresh=True) for n in gap]

    def _unsettled(self, nonce: int) -> tuple[OutboxEntry, ...]:
        return self._outbox.unsettled(self._rpc.chain, self.address, nonce=nonce)

    def _signed_for(self, intent: str) -> OutboxEntry | None:
        return self._outbox.by_intent(self._rpc.chain, self.address, intent)

    def _dry_run(self, to: Address, data: bytes, value: int) -> int:
        """Gas with a margin; a revert raises with its name."""
        fields: Any = {
            "from": Web3.to_checksum_address(self.address),
            "to": Web3.to_checksum_address(to),
            "data": "0x" + data.hex(),
            "value": value,
        }
        eth = self._rpc.web3.eth
        with self._rpc.translated():
            eth.call(fields)
            estimated = int(eth.estimate_gas(fields))
        return estimated * (100 + self._policy.gas_margin_percent) // 100 + _NEW_SLOTS_GAS

    def _signed(self, call: OutboxCall, nonce: int, summary: str, intent: str | None) -> OutboxEntry:
        fees = offered(self._rpc, self._policy.fee_cap_wei)
        self._day_fees.check(self._rpc.chain, self.address, summary, call.gas * fees.max_fee)
        bare = OutboxEntry(self._rpc.chain, self.address, nonce, summary, call, (), intent)
        attempt = signed_attempt(self._signer, self._rpc.chain_id, bare, fees)
        entry = replace(bare, attempts=(attempt,))
        crashpoint("outbox.signed")
        self._outbox.store(entry)
        crashpoint("outbox.stored")
        told = (summary, nonce, attempt.tx_hash.hex(), attempt.max_fee)
        _LOG.info("transaction_signed what=%s nonce=%d tx=0x%s max_fee_wei=%d", *told)
        return entry

    def _count(self, block: Literal["latest", "pending"]) -> int:
        with self._rpc.translated():
            account = Web3.to_checksum_address(self.address)
            return int(self._rpc.web3.eth.get_transaction_count(account, block))
