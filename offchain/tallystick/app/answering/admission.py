"""What a voucher must be before an answer is made against it: signed, next on its lane, and covered by the escrow."""

from typing import Protocol

from tallystick.app.answering.lanes import Lanes
from tallystick.domain.digests import Domain, voucher_signer
from tallystick.domain.ids import ZERO_HASH, Address
from tallystick.domain.usage import SignedVoucher, Voucher, is_payment_lane
from tallystick.errors import InsufficientFunds, InvalidInput, NotAuthorised
from tallystick.pipeline.receipts.voucher import check_acknowledges
from tallystick.ports import Ledger


class Credit(Protocol):
    """What the escrow says of a consumer."""

    def can_sign(self, consumer: Address, signer: Address) -> bool: ...
    def may_promise(self, consumer: Address, signer: Address) -> bool: ...
    def spendable(self, consumer: Address, signer: Address, operator: Address) -> int | None: ...
    def redeemable(self, consumer: Address, operator: Address) -> int: ...
    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int: ...


class Admission:
    """Of one operator, under one domain."""

    def __init__(
        self, *, operator: Address, domain: Domain, credit: Credit, ledger: Ledger, lanes: Lanes
    ) -> None:
        self._operator, self._domain, self._credit = operator, domain, credit
        self._ledger, self._lanes = ledger, lanes
        self._redeemed: dict[tuple[Address, int], int] = {}

    def check_signature(self, signed: SignedVoucher) -> Address:
        """`InvalidInput` for a malleated one or a payment's lane, `NotAuthorised` for another operator, chain or signer.

        No escrow redeems a voucher on a payment's lane, and a receipt there without its payment convicts its operator.
        """
        voucher = signed.voucher
        if is_payment_lane(voucher.lane):
            raise InvalidInput(
                f"Lane {voucher.lane} is one of those for payments; no voucher can be redeemed there.",
                "Open a lane below 2^52.",
            )
        if voucher.operator != self._operator:
            raise NotAuthorised(
                f"The voucher is for the operator {voucher.operator}.", "Sign one for this operator."
            )
        signer = voucher_signer(self._domain, signed)
        if not self._credit.can_sign(voucher.consumer, signer):
            raise NotAuthorised(
                f"{signer} may not sign for {voucher.consumer}.", "Authorise the signer in the escrow first."
            )
        return signer

    def check_acknowledges(self, signed: SignedVoucher) -> None:
        """As `check_signature`; and a key that ends, or has a cap, may not take the place of a better one's voucher.

        The latest voucher of a lane is the one that is redeemed: it must be worth what the one before was.
        """
        signer, voucher = self.check_signature(signed), signed.voucher
        consumer = voucher.consumer
        if self._credit.may_promise(consumer, signer) and self._spendable(consumer, signer) is None:
            return
        held = self._ledger.vouchers.latest(consumer, voucher.operator, voucher.lane)
        if held is None or voucher_signer(self._domain, held) == signer:
            return
        self._check_in_force(consumer, signer)
        with self._lanes.admitting(consumer):
            self._check_cap(signed, signer, voucher.acknowledged)

    def admit(self, signed: SignedVoucher, max_fee: int) -> None:
        """Keep a voucher that an answer of at most `max_fee` may be made against."""
        voucher, signer = signed.voucher, voucher_signer(self._domain, signed)
        self._check_in_force(voucher.consumer, signer)
        self._check_place(voucher)
        # PROTOCOL 4: a new lane promises its first answer whole; later one answer may be ahead of the limit, by no
        # more than the lane has paid.
        ahead = voucher.acknowledged + max_fee - voucher.limit
        if ahead > voucher.acknowledged:
            raise InsufficientFunds(
                f"The voucher allows {voucher.limit - voucher.acknowledged} base units, and its lane has paid"
                f" {voucher.acknowledged}; this answer may cost {max_fee}.",
                "Sign a voucher with a higher limit; the quote says how much.",
            )
        with self._lanes.admitting(voucher.consumer):
            most = max(voucher.limit, voucher.acknowledged + max_fee)
            self._check_allotment(voucher, most)
            self._check_cap(signed, signer, most)
            self._ledger.vouchers.store(signed)

    def _check_in_force(self, consumer: Address, signer: Address) -> None:
        """A revoked key still acknowledges what it was served; nothing new is served against a word that ends."""
        if not self._credit.may_promise(consumer, signer):
            raise NotAuthorised(
                f"The key {signer} was revoked, or its time is over: no new answer is made against it.",
                "Authorise a key, or sign with the consumer's own.",
            )

    def _check_place(self, voucher: Voucher) -> None:
        last = self._ledger.receipts.last(voucher.consumer, voucher.operator, voucher.lane)
        check_acknowledges(voucher, last.receipt if last else None, last.head if last else ZERO_HASH)

    def _check_allotment(self, voucher: Voucher, most: int) -> None:
        promised = most - self._redeemed_of(voucher, most)
        promised += sum(self._open(other.voucher) for other in self._others(voucher))
        allotted = self._credit.redeemable(voucher.consumer, voucher.operator)
        if promised > allotted:
            raise InsufficientFunds(
                f"{voucher.consumer} has allotted {allotted} base units here, less than the vouchers promise.",
                "Deposit and allot more: `tallystick pay deposit`, `tallystick pay allot`.",
            )

    def _check_cap(self, signed: SignedVoucher, signer: Address, most: int) -> None:
        """Only what is redeemed counts against a cap, so that all that is open here must fit under what is left."""
        voucher = signed.voucher
        left = self._spendable(voucher.consumer, signer)
        if left is None:
            return
        promised = most - self._redeemed_of(voucher, most)
        promised += sum(
            self._open(other.voucher)
            for other in self._others(voucher)
            if voucher_signer(self._domain, other) == signer
        )
        if promised > left:
            raise InsufficientFunds(
                f"The key {signer} may still spend {left} base units here, less than its vouchers promise.",
                "Raise its cap at this operator in the escrow, or sign with another key.",
            )

    def _spendable(self, consumer: Address, signer: Address) -> int | None:
        return self._credit.spendable(consumer, signer, self._operator)

    def _others(self, voucher: Voucher) -> tuple[SignedVoucher, ...]:
        """The consumer's other lanes here."""
        return tuple(
            v
            for v in self._ledger.vouchers.lanes(consumer=voucher.consumer)
            if v.voucher.operator == voucher.operator and v.voucher.lane != voucher.lane
        )

    def _open(self, voucher: Voucher) -> int:
        return max(voucher.limit - self._redeemed_of(voucher, voucher.limit), 0)

    def _redeemed_of(self, voucher: Voucher, level: int) -> int:
        """Asks the chain unless it has said `level` before: what is redeemed only grows."""
        lane = (voucher.consumer, voucher.lane)
        if self._redeemed.get(lane, -1) < level:
            self._redeemed[lane] = self._credit.redeemed(voucher.consumer, voucher.operator, voucher.lane)
        return self._redeemed[lane]
