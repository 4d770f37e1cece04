"""Escrow and token as one wallet sees them: what it sends takes effect at once, under the escrow's rules."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from support.shop import ESCROW, Shop
from tallystick.app.overview.earnings import Call
from tallystick.app.paying.desk import PayDesk
from tallystick.app.paying.lending import Lending
from tallystick.app.paying.market import Market
from tallystick.app.paying.purse import Purse, Wallet
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address
from tallystick.gateways.keys.keystore import Key

TOKEN = Address("0x" + "70" * 20)


@dataclass
class _Party:
    """A contract: `calldata` is the call in words."""

    bank: "Bank"
    address: Address

    def calldata(self, function: str, *arguments: Any) -> bytes:
        return json.dumps([function, *arguments]).encode()

    def allowance(self, owner: Address, spender: Address) -> int:
        return self.bank.allowed

    def balance_of(self, account: Address) -> int:
        return self.bank.held if self.address == TOKEN else self.bank.deposited

    def redeemable(self, consumer: Address, operator: Address) -> int:
        return self.bank.allotted

    def can_sign(self, consumer: Address, signer: Address) -> bool:
        return signer in self.bank.caps

    def spendable(self, consumer: Address, signer: Address, operator: Address) -> int | None:
        return self.bank.caps.get(signer, {}).get(operator)


@dataclass
class Bank:
    """Base units of one consumer. A key that its wallet lets spend may sign at the shop."""

    shop: Shop
    held: int = 10**9
    allowed: int = 0
    deposited: int = 0
    allotted: int = 0
    time: int = 1_000
    caps: dict[Address, dict[Address, int]] = field(default_factory=dict)
    chain_id: int = 31337

    @property
    def escrow(self) -> _Party:
        return _Party(self, ESCROW)

    @property
    def token(self) -> _Party:
        return _Party(self, TOKEN)

    def now(self) -> int:
        return self.time

    def send(self, calls: Sequence[Call]) -> None:
        for call in calls:
            function, *told = json.loads(call.data)
            if function == "approve":
                self.allowed = told[1]
            elif function == "deposit":
                assert told[0] <= min(self.held, self.allowed)
                self.held, self.deposited = self.held - told[0], self.deposited + told[0]
            elif function == "allot":
                assert told[1] <= self.deposited
                self.deposited, self.allotted = self.deposited - told[1], self.allotted + told[1]
            else:
                assert function == "authorizeCapped"
                signer, operator, cap, _until = told
                self.caps[signer] = {operator: cap}
                self.shop.credit.signers.add(signer)

    def lending(self) -> Lending:
        """Keys of this process for the bank's consumer, spent at the shop."""

        def open_market(wallet: Wallet) -> Market:
            purse = Purse(wallet.cap)

            def open_desk(url: str, model: str, *, is_found: bool) -> PayDesk:
                return PayDesk(
                    api=self.shop.counter, ledger=self.shop.buyer_books, wallet=wallet, purse=purse
                )

            return Market(lambda: chain, open_desk, "http://home.example", purse)

        chain: Any = self
        return Lending(lambda: chain, Key.generate, open_market, lambda: Domain(31337, ESCROW))
