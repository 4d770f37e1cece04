"""Payments for one answer each: OPEN's signed transfers (ERC-3009) and what the escrow makes of them."""

from functools import cached_property

from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import Receipt, Transfer
from tallystick.gateways.chain.binding import Binding
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.escrow import receipt_tuple
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.ports import PaidToken, PaymentWord, Transaction

_CLOSED, _REDEEMED, _VALUE = 1, 2**255, 2**96
_DOMAIN = keccak256(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")


class Payments(Binding):
    """Satisfies `ports.PaymentChain`. `since` is the block of the deployment."""

    def __init__(self, escrow: Contract, token: Contract, sender: Sender | None, *, since: int) -> None:
        super().__init__(escrow, sender)
        self._open_token, self._since = token, since
        self._inboxes: dict[Address, Address] = {}

    def token(self) -> PaidToken:
        return self._token

    @cached_property
    def _token(self) -> PaidToken:
        found = self._open_token.call("eip712Domain")
        name, version = (found[k] for k in ("name", "version")) if isinstance(found, dict) else found[1:3]
        at = self._open_token.address
        words = (self._contract.rpc.chain_id.to_bytes(32, "big"), bytes(12) + bytes.fromhex(at[2:]))
        named = b"".join(keccak256(text.encode()) for text in (name, version))
        return PaidToken(at, name, version, keccak256(_DOMAIN + named + b"".join(words)))

    def inbox_of(self, operator: Address) -> Address:
        """Where payments to an operator go; it never changes."""
        if operator not in self._inboxes:
            self._inboxes[operator] = Address(self._call("inboxOf", operator))
        return self._inboxes[operator]

    def word_of(self, payer: Address, operator: Address, lane: int) -> PaymentWord:
        word = int(self._call("paymentOf", payer, operator, lane))
        if word in (0, _CLOSED):
            return PaymentWord("closed" if word else "none")
        return PaymentWord("redeemed") if word >= _REDEEMED else PaymentWord("open", word % _VALUE)

    def is_used(self, payer: Address, nonce: bytes) -> bool:
        """Whether OPEN has executed or cancelled a transfer of this nonce."""
        return bool(self._open_token.call("authorizationState", payer, nonce))

    def is_executed(self, transfer: Transfer) -> bool:
        """Whether OPEN executed just this transfer: not another one of its nonce."""
        t = transfer
        return bool(self._open_token.call("wasExecuted", t.payer, t.nonce, t.to, t.value))

    def balance_of(self, payer: Address) -> int:
        return int(self._open_token.call("balanceOf", payer))

    def settle(self, operator: Address, transfer: Transfer, signature: bytes) -> Transaction:
        """Execute the transfer unless somebody did, and credit it."""
        t = transfer
        terms = (t.payer, operator, t.value, t.valid_after, t.valid_before, t.nonce)
        return self._send("settlePayment", terms, signature[64], signature[:32], signature[32:64])

    def credit(self, operator: Address, transfer: Transfer) -> Transaction:
        """Credit a transfer that somebody has executed."""
        return self._send("creditPayment", transfer.payer, operator, transfer.value, transfer.nonce)

    def redeem(self, receipt: Receipt, signature: bytes) -> Transaction:
        """The fee to the operator's unsettled money, the rest to the payer."""
        return self._send("redeemPayment", receipt_tuple(receipt), signature)

    def give_back(self, payer: Address, operator: Address, lane: int) -> Transaction:
        return self._send("returnPayment", payer, operator, lane)

    def credited_by(self, payer: Address, operator: Address, lane: int) -> Hash | None:
        """The transaction that credited a payment, whoever sent it."""
        last = self._contract.rpc.block_number()
        named = {"payer": payer, "operator": operator, "lane": lane}
        found = self._events("PaymentCredited", self._since, last, **named)
        return found[0].tx_hash if found else None
