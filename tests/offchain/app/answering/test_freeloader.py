"""A consumer who signs and does on the chain whatever may leave an operator unpaid, against the shipped escrow."""

import random
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from support.shop import Shop, open_shop, request
from tallystick.app.metering import signers
from tallystick.commitments.signatures import address_of, sign
from tallystick.domain.digests import Domain, voucher_digest
from tallystick.domain.ids import ZERO_HASH, Address, Hash, address
from tallystick.domain.usage import PAYMENT_LANES, SignedVoucher, Voucher
from tallystick.errors import NodeError, Reverted
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.escrow import UsageEscrow
from tallystick.gateways.chain.inprocess.ground import InProcessGround

pytestmark = pytest.mark.slow

DAY, MONEY = 86_400, 10**9
KEYS = [bytes([n]) * 32 for n in (1, 2, 3)]
ACCOUNTS = [address(address_of(key)) for key in KEYS]
LANES = (0, 1, 2, PAYMENT_LANES.start - 1, PAYMENT_LANES.start + 7)
STRUCTS = {
    "signerOf": ("authorizedAt", "revokedFrom", "round", "capped"),
    "allotmentOf": ("amount", "thawing", "thawEndsAt"),
}


class InProcess:
    """The escrow in this process as gateways read contracts."""

    def __init__(self, ground: InProcessGround) -> None:
        self._escrow = ground.contracts.UsageEscrow
        self.address, self.name = address(self._escrow.address), "UsageEscrow"
        self.rpc = SimpleNamespace(timestamp=ground.now)

    def call(self, function: str, *arguments: Any) -> Any:
        told = getattr(self._escrow, function)(*arguments)
        return dict(zip(STRUCTS[function], told, strict=True)) if function in STRUCTS else told


class Freeloader:
    """Has three keys, the first its own. The operator redeems within three quarters of the thaw of two days."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.draw, self.ground = random.Random(seed), InProcessGround()
        self.escrow = self.ground.contracts.UsageEscrow
        contract = InProcess(self.ground)
        self.credit = UsageEscrow(cast(Contract, contract), None)
        self.domain = Domain(31_337, contract.address)
        self.shop: Shop = open_shop(folder, escrow=contract.address, credit=self.credit)
        self.me = {"from": ACCOUNTS[0]}
        token = self.ground.contracts.OpenToken
        token.transfer(ACCOUNTS[0], MONEY, {"from": self.ground.treasury})
        token.approve(self.escrow, MONEY, self.me)
        self.escrow.deposit(MONEY, self.me)
        self.escrow.allot(self.nora, MONEY // 4, self.me)
        self.served: dict[int, int] = {}
        self.redeemed_at = self.ground.now()

    @property
    def nora(self) -> Address:
        return self.shop.nora.address

    def go(self, moves: int) -> None:
        for _ in range(moves):
            with suppress(NodeError, Reverted):
                self.draw.choice([self.ask, self.ask, self.ask, self.ask, self.manage])()
            if self.draw.random() < 0.2:
                self.let_pass()
        self.redeem()

    def ask(self) -> None:
        """With a voucher that acknowledges what is due, or does not, up to some limit."""
        lane = self.draw.choice(LANES)
        last = self.shop.seller_books.receipts.last(ACCOUNTS[0], self.nora, lane)
        due, head = (last.receipt.cumulative, last.head) if last else (0, ZERO_HASH)
        most = 132_000
        limit = due + self.draw.choice((0, most // 2, most, most, 4 * most, MONEY // 9))
        signed = self.signed(Voucher(ACCOUNTS[0], self.nora, lane, limit, due, head))
        if self.draw.random() < 0.2:
            self.shop.counter.desk.acknowledge(signed)
        else:
            [*self.shop.counter.desk.answer(request("Which bell?"), signed)]
            last = self.shop.seller_books.receipts.last(ACCOUNTS[0], self.nora, lane)
            assert last is not None
            self.served[lane] = last.receipt.cumulative

    def signed(self, voucher: Voucher) -> SignedVoucher:
        key = self.draw.choice(KEYS)
        return SignedVoucher(voucher, sign(Hash(voucher_digest(self.domain, voucher)), key))

    def manage(self) -> None:
        """Its keys and its money."""
        escrow, draw, key = self.escrow, self.draw, self.draw.choice(ACCOUNTS[1:])
        ends = draw.choice((0, self.ground.now() + draw.randint(1, 3 * DAY)))
        draw.choice(
            (
                lambda: escrow.authorizeSigner(key, self.me),
                lambda: escrow.authorizeCapped(
                    key, draw.choice((self.nora, ACCOUNTS[0])), draw.randint(1, 10**6), ends, self.me
                ),
                lambda: escrow.revokeSigner(key, self.me),
                lambda: escrow.allot(self.nora, draw.randint(1, MONEY // 8), self.me),
                lambda: escrow.startThaw(self.nora, draw.randint(1, MONEY // 4), self.me),
                lambda: escrow.finishThaw(self.nora, self.me),
            )
        )()

    def let_pass(self) -> None:
        self.ground.wait(self.draw.randint(1, DAY // 2))
        if self.ground.now() - self.redeemed_at > DAY:
            self.redeem()

    def redeem(self) -> None:
        """All that the operator holds vouchers for, up to what it served: none of them may fail."""
        for held in self.shop.seller_books.vouchers.lanes():
            lane, limit = held.voucher.lane, held.voucher.limit
            level = min(limit, self.served.get(lane, 0))
            if level > self.redeemed(lane):
                self.escrow.redeem(astuple(held.voucher), held.signature, level, {"from": self.nora})
        self.redeemed_at = self.ground.now()

    def redeemed(self, lane: int) -> int:
        return self.credit.redeemed(ACCOUNTS[0], self.nora, lane)


@pytest.mark.parametrize("seed", range(4))
def test_operator_when_its_consumer_tries_everything_is_paid_but_for_one_answer_a_lane(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(signers, "TRUSTED_S", 0.0)  # days pass here while its clock stands
    cheat = Freeloader(tmp_path, seed)

    cheat.go(150)

    for lane, served in cheat.served.items():
        paid = cheat.redeemed(lane)
        assert served - paid <= paid, f"lane {lane}: {served} served, {paid} paid"
    assert len(cheat.served) >= 2
    cheat.shop.close()
