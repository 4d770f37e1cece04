"""OPEN and the escrow of consumers' money: one method a contract call."""

from collections.abc import Sequence

from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import Receipt, SignedVoucher, Voucher, packed_order
from tallystick.gateways.chain.binding import Binding
from tallystick.ports import Allotment, ChainEvent, Transaction
from tallystick.ports.chain import EscrowSigner


class Token(Binding):
    """Satisfies `ports.Token`. Amounts are base units: 10^6 are one OPEN."""

    def balance_of(self, account: Address) -> int:
        return int(self._call("balanceOf", account))

    def total_supply(self) -> int:
        return int(self._call("totalSupply"))

    def allowance(self, owner: Address, spender: Address) -> int:
        return int(self._call("allowance", owner, spender))

    def transfer(self, to: Address, amount: int) -> Transaction:
        return self._send("transfer", to, amount)

    def approve(self, spender: Address, amount: int) -> Transaction:
        return self._send("approve", spender, amount)


class UsageEscrow(Binding):
    """Satisfies `ports.UsageEscrow`. Deposits need an allowance."""

    def deposit(self, amount: int) -> Transaction:
        return self._send("deposit", amount)

    def deposit_for(self, consumer: Address, amount: int) -> Transaction:
        return self._send("depositFor", consumer, amount)

    def withdraw(self, amount: int) -> Transaction:
        return self._send("withdraw", amount)

    def allot(self, operator: Address, amount: int) -> Transaction:
        return self._send("allot", operator, amount)

    def start_thaw(self, operator: Address, amount: int) -> Transaction:
        return self._send("startThaw", operator, amount)

    def finish_thaw(self, operator: Address) -> Transaction:
        return self._send("finishThaw", operator)

    def authorize_signer(self, signer: Address) -> Transaction:
        return self._send("authorizeSigner", signer)

    def authorize_capped(
        self, signer: Address, operator: Address, cap: int, expires_at: int = 0
    ) -> Transaction:
        """Let a key spend `cap` base units at an operator, until `expires_at` in seconds; 0 for no end."""
        return self._send("authorizeCapped", signer, operator, cap, expires_at)

    def revoke_signer(self, signer: Address) -> Transaction:
        return self._send("revokeSigner", signer)

    def redeem(self, signed: SignedVoucher, amount: int) -> Transaction:
        """Move a lane up to `amount`."""
        return self._send("redeem", voucher_tuple(signed.voucher), signed.signature, amount)

    def redeem_many(self, items: Sequence[tuple[SignedVoucher, int]]) -> Transaction:
        """Vouchers to the sender, all or none."""
        return self._send("redeemMany", b"".join(packed_order(*item) for item in items))

    def check_redeem_many(self, items: Sequence[tuple[SignedVoucher, int]], operator: Address) -> None:
        """Nothing is sent; raises what `redeem_many` by the operator would raise now."""
        self._contract.call("redeemMany", b"".join(packed_order(*item) for item in items), sender=operator)

    def expire_unsettled(self, operator: Address) -> Transaction:
        return self._send("expireUnsettled", operator)

    def balance_of(self, consumer: Address) -> int:
        """Unallotted money of a consumer."""
        return int(self._call("balanceOf", consumer))

    def allotments(self, first: int, last: int) -> tuple[ChainEvent, ...]:
        """What consumers set aside for operators, in chain order."""
        return self._events("Allotted", first, last)

    def allotment_of(self, consumer: Address, operator: Address) -> Allotment:
        found = self._call("allotmentOf", consumer, operator)
        return Allotment(found["amount"], found["thawing"], found["thawEndsAt"])

    def redeemable(self, consumer: Address, operator: Address) -> int:
        """What an operator may serve against: the allotment without what thaws, which may be gone in time."""
        found = self.allotment_of(consumer, operator)
        return found.amount - found.thawing

    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int:
        return int(self._call("redeemedOf", consumer, operator, lane))

    def payment(self, payer: Address, operator: Address, lane: int) -> int:
        """The word that the escrow keeps of a payment; `IPayments.paymentOf` says what it means."""
        return int(self._call("paymentOf", payer, operator, lane))

    def is_paid(self, consumer: Address, operator: Address, lane: int, receipt: Hash) -> bool:
        """Whether a payment was redeemed for the receipt of this digest."""
        return self.payment(consumer, operator, lane) == int.from_bytes(receipt, "big") | 2**255

    def can_sign(self, consumer: Address, signer: Address) -> bool:
        """Whether its vouchers can be redeemed."""
        return bool(self._call("canSign", consumer, signer))

    def may_promise(self, consumer: Address, signer: Address) -> bool:
        """Whether it may sign for new answers: neither revoked nor expired, though a thaw is left for redeeming."""
        if signer == consumer:
            return True
        found = self.signer_of(consumer, signer)
        ends = found.revoked_from
        is_in_force = not ends or ends - self.thaw_period() > self._contract.rpc.timestamp()
        return bool(found.authorised_at) and is_in_force

    def spendable(self, consumer: Address, signer: Address, operator: Address) -> int | None:
        """What the operator can still redeem of a capped key's vouchers; None where no cap holds."""
        if signer == consumer or not self.signer_of(consumer, signer).is_capped:
            return None
        return int(self._call("leftOf", consumer, signer, operator))

    def capped_at(self, consumer: Address, signer: Address, first: int, last: int) -> tuple[Address, ...]:
        """Operators at which the key ever got a cap, in the order of the first one."""
        events = self._events("SignerCapped", first, last, consumer=consumer, signer=signer)
        return tuple(dict.fromkeys(Address(e.values["operator"]) for e in events))

    def signer_of(self, consumer: Address, signer: Address) -> EscrowSigner:
        found = self._call("signerOf", consumer, signer)
        return EscrowSigner(found["authorizedAt"], found["revokedFrom"], bool(found["capped"]))

    def signers(self, first: int, last: int) -> tuple[ChainEvent, ...]:
        """Keys as they were authorised or capped, in chain order."""
        found = (e for name in ("SignerAuthorized", "SignerCapped") for e in self._events(name, first, last))
        return tuple(sorted(found, key=lambda e: (e.block, e.log_index)))

    def was_signer(self, consumer: Address, signer: Address) -> bool:
        return bool(self._call("wasSigner", consumer, signer))

    def unsettled_of(self, operator: Address) -> int:
        return int(self._call("unsettledOf", operator))

    def pending_of(self, operator: Address) -> int:
        return int(self._call("pendingOf", operator))

    def audit_pool(self) -> int:
        return int(self._call("auditPool"))

    def insurance_pool(self) -> int:
        return int(self._call("insurancePool"))

    def voucher_digest(self, voucher: Voucher) -> Hash:
        return Hash(self._call("voucherDigest", voucher_tuple(voucher)))

    def receipt_digest(self, receipt: Receipt) -> Hash:
        return Hash(self._call("receiptDigest", receipt_tuple(receipt)))

    def thaw_period(self) -> int:
        return int(self._call("thawPeriod"))


def voucher_tuple(v: Voucher) -> tuple[object, ...]:
    return (v.consumer, v.operator, v.lane, v.limit, v.acknowledged, v.head)


def receipt_tuple(r: Receipt) -> tuple[object, ...]:
    return (
        r.terms_id,
        r.consumer,
        r.operator,
        r.lane,
        r.previous,
        r.cumulative,
        r.tokens_in,
        r.tokens_out,
        r.query_commit,
        r.output_commit,
        r.lines_hash,
        r.agent_id,
        r.served_at,
        r.previous_head,
    )
