"""From signed to final: send, search every attempt's receipt, replace, send again what a reorganisation took."""

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from time import monotonic, sleep
from typing import Any, Final

from web3 import Web3
from web3.exceptions import TransactionNotFound

from tallystick.crashpoints import crashpoint
from tallystick.domain.ids import Hash
from tallystick.errors import Conflict, IntegrityViolation, Unavailable
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.broadcast import Verdict, broadcast
from tallystick.gateways.chain.sending.fees import Fees, offered, replacing
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.chain.sending.signing import signed_attempt
from tallystick.ports import ChainEvent, Outbox, OutboxEntry, Signer, Transaction

_LOG: Final = logging.getLogger(__name__)
_RESEND_S: Final = 3.0
_MOST_ATTEMPTS: Final = 50


class Inclusion:
    """Of the entries of one key. Decides by which hash was mined, never by what was meant."""

    def __init__(self, rpc: Rpc, signer: Signer, outbox: Outbox, policy: SendPolicy) -> None:
        self._rpc, self._signer, self._outbox, self._policy = rpc, signer, outbox, policy
        self._seen: dict[Hash, float] = {}

    def see_through(
        self, entry: OutboxEntry, contract: Contract | None = None, *, is_fresh: bool = False
    ) -> Transaction:
        """Until it is mined deeply enough. Conflict where it reverted, was cancelled or lost its nonce."""
        deadline, next_push, pause = monotonic() + self._policy.timeout_s, 0.0, 0.005
        while True:
            receipt = None if is_fresh else self.receipt(entry)
            if receipt is not None and self.depth(receipt) >= self._policy.confirmations:
                return self._finish(entry, receipt, contract)
            if receipt is not None:
                next_push = 0.0  # if it vanishes, a reorganisation dropped it: send again at once
            elif monotonic() >= next_push:
                self._refuse_forgetting(entry)
                entry, is_fresh = self._push(self._aged(entry)), False
                next_push = monotonic() + _RESEND_S
                continue
            if monotonic() >= deadline:
                raise Unavailable(
                    f"{entry.summary} (0x{entry.last.tx_hash.hex()}) was not mined within"
                    f" {self._policy.timeout_s:g} s.",
                    "It stays in the outbox and is sent again at the next start.",
                )
            sleep(pause)
            pause = min(pause * 1.5, 1.0)

    def refresh(self, entry: OutboxEntry) -> OutboxEntry:
        """What the chain says now of an entry that was mined: deeper, final, or taken back."""
        receipt = self.receipt(entry)
        if receipt is None:
            self._refuse_forgetting(entry)
            return self.reopen(entry)
        return self._note(entry, receipt)

    def reopen(self, entry: OutboxEntry) -> OutboxEntry:
        """A reorganisation took it back: open again. Deeper than finality that is an IntegrityViolation."""
        if entry.is_final and self._policy.finality:
            if entry.block is not None and self._rpc.block_number() < entry.block:
                raise Unavailable(
                    f"The RPC at {self._rpc.shown_url} is behind block {entry.block}.",
                    "Wait, or use another endpoint.",
                )
            raise IntegrityViolation(
                f"The chain took back {entry.summary} of block {entry.block}, deeper than"
                f" {self._policy.finality} blocks.",
                "Nothing is signed any more: follow docs/node/runbooks/deep-reorg.md.",
            )
        _LOG.warning(
            "transaction_taken_back what=%s nonce=%d block=%s", entry.summary, entry.nonce, entry.block
        )
        self._outbox.mark(entry.attempts[0].tx_hash, "signed")
        return replace(entry, state="signed", is_final=False, block=None, block_hash=None)

    def cancel(self, entry: OutboxEntry) -> OutboxEntry:
        """Signs a no-op for its nonce with higher fees; which of them is mined decides."""
        raised = self._raised(entry)
        if raised is None:
            raise Conflict(
                f"A replacement of nonce {entry.nonce} would cost more than the cap.",
                "Raise the setting `outbox.fee_cap`.",
            )
        return self._attempted(entry, raised, is_noop=True)

    def receipt(self, entry: OutboxEntry) -> Any | None:
        """Of whichever attempt was mined."""
        for attempt in reversed(entry.attempts):
            with self._rpc.translated():
                try:
                    return self._rpc.web3.eth.get_transaction_receipt(attempt.tx_hash)
                except TransactionNotFound:
                    continue
        return None

    def depth(self, receipt: Mapping[str, Any]) -> int:
        """Blocks on top of the receipt's."""
        return self._rpc.block_number() - int(receipt["blockNumber"])

    def _refuse_forgetting(self, entry: OutboxEntry) -> None:
        """An endpoint without a receipt that its own chain must have is pruned: what was done is not lost."""
        if entry.state == "signed" or entry.block is None or entry.block_hash is None:
            return
        if self._rpc.block_hash(entry.block) == entry.block_hash:
            raise Unavailable(
                f"The RPC at {self._rpc.shown_url} has no receipt of {entry.summary} in block {entry.block}.",
                "Use an endpoint that keeps old receipts.",
            )

    def _push(self, entry: OutboxEntry) -> OutboxEntry:
        crashpoint("outbox.before-send")
        verdict = broadcast(self._rpc, entry.last.raw)
        crashpoint("outbox.sent")
        if verdict is Verdict.SPENT:
            self._decide_spent(entry)
        elif verdict is Verdict.TOO_CHEAP and (raised := self._raised(entry)) is not None:
            entry = self._attempted(entry, raised, is_noop=entry.last.is_noop)
            broadcast(self._rpc, entry.last.raw)
        elif verdict is Verdict.OUTBID:  # then an earlier attempt must be kept alive
            for attempt in entry.attempts[:-1]:
                broadcast(self._rpc, attempt.raw)
        return entry

    def _aged(self, entry: OutboxEntry) -> OutboxEntry:
        """With a further attempt at higher fees when the last one waited too long, by whichever clock says so.

        The clock of the wall knows of earlier processes, and may be set back.
        """
        here = monotonic() - self._seen.setdefault(entry.last.tx_hash, monotonic())
        waited = max(int(time.time()) - entry.last.signed_at, here)
        if waited < self._policy.replace_after_s or len(entry.attempts) >= _MOST_ATTEMPTS:
            return entry
        raised = self._raised(entry)
        if raised is None:
            return entry
        return self._attempted(entry, raised, is_noop=entry.last.is_noop)

    def _raised(self, entry: OutboxEntry) -> Fees | None:
        if entry.call is None:
            return None
        cap = self._policy.fee_cap_wei
        try:
            now = offered(self._rpc, cap)
        except Unavailable:
            return None  # gas is above the cap: keep the old attempt alive and wait
        return replacing(Fees(entry.last.max_fee, entry.last.tip), now, cap)

    def _attempted(self, entry: OutboxEntry, fees: Fees, *, is_noop: bool) -> OutboxEntry:
        attempt = signed_attempt(self._signer, self._rpc.chain_id, entry, fees, is_noop=is_noop)
        crashpoint("outbox.replacement-signed")
        self._outbox.add_attempt(entry.last.tx_hash, attempt)
        crashpoint("outbox.replacement-stored")
        told = (entry.summary, entry.nonce, attempt.tx_hash.hex(), attempt.max_fee)
        _LOG.warning("transaction_replaced what=%s nonce=%d tx=0x%s max_fee_wei=%d", *told)
        return replace(entry, attempts=(*entry.attempts, attempt))

    def _finish(self, entry: OutboxEntry, receipt: Any, contract: Contract | None) -> Transaction:
        crashpoint("outbox.mined")
        for attempt in entry.attempts:
            self._seen.pop(attempt.tx_hash, None)
        noted = self._note(entry, receipt)
        crashpoint("outbox.noted")
        if noted.state == "reverted":
            raise Conflict(
                f"{entry.summary} reverted in block {noted.block} although its dry run passed.",
                "The state changed in between: look at it and try again.",
            )
        if noted.state == "cancelled":
            raise Conflict(f"{entry.summary} was cancelled: a no-op took its nonce {entry.nonce}.")
        events: tuple[ChainEvent, ...] = contract.events_in(receipt) if contract else ()
        tx_hash, gas = type(entry.last.tx_hash)(bytes(receipt["transactionHash"])), int(receipt["gasUsed"])
        return Transaction(tx_hash, entry.summary, int(receipt["blockNumber"]), gas, events)

    def _note(self, entry: OutboxEntry, receipt: Any) -> OutboxEntry:
        mined_as = next(a for a in entry.attempts if a.tx_hash == bytes(receipt["transactionHash"]))
        state = "mined" if receipt["status"] == 1 else "reverted"
        noted = replace(
            entry,
            state="cancelled" if mined_as.is_noop else state,
            is_final=self.depth(receipt) >= self._policy.finality,
            block=int(receipt["blockNumber"]),
            block_hash=type(mined_as.tx_hash)(bytes(receipt["blockHash"])),
        )
        if noted.state != entry.state:
            self._count(noted, receipt)
        if noted != entry:
            self._outbox.mark(
                mined_as.tx_hash,
                noted.state,
                block=noted.block,
                block_hash=noted.block_hash,
                is_final=noted.is_final,
            )
        return noted

    def _count(self, noted: OutboxEntry, receipt: Any) -> None:
        metrics, gas = self._rpc.metrics, int(receipt["gasUsed"])
        told = (noted.summary, noted.nonce, noted.state, noted.block, gas)
        _LOG.info("transaction_ended what=%s nonce=%d state=%s block=%s gas=%d", *told)
        metrics.count("transactions", kind=noted.summary, state=noted.state)
        metrics.count("gas_used", gas, kind=noted.summary)
        metrics.count(
            "gas_fees_gwei", gas * int(receipt.get("effectiveGasPrice", 0)) / 10**9, kind=noted.summary
        )

    def _decide_spent(self, entry: OutboxEntry) -> None:
        """Its nonce is used: either it was mined a moment ago, or something else was signed with this key."""
        for _ in range(5):  # a receipt may come a moment after the nonce
            if self.receipt(entry) is not None:
                return
            sleep(0.05)
        if self._is_spent_for_good(entry):
            _LOG.error("nonce_used_elsewhere what=%s nonce=%d", entry.summary, entry.nonce)
            self._rpc.metrics.count("transactions", kind=entry.summary, state="lost")
            self._outbox.mark(entry.last.tx_hash, "lost")
        raise Conflict(
            f"Nonce {entry.nonce} of {self._signer.address} was used elsewhere; {entry.summary} did not happen.",
            "Use a key in one program only, then try again.",
        )

    def _is_spent_for_good(self, entry: OutboxEntry) -> bool:
        """A transaction of another program may be taken back too, and ours be mined in its stead."""
        at = max(self._rpc.block_number() - self._policy.finality, 0)
        with self._rpc.translated():
            account = Web3.to_checksum_address(self._signer.address)
            return int(self._rpc.web3.eth.get_transaction_count(account, at)) > entry.nonce
