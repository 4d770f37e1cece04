"""Bob's signed transfers to Nora's inbox, and the receipts that Nora signs for them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from brownie import web3
from eth_abi import encode
from eth_utils import keccak

VALUE = 1_000
NONCE = b"\x07" * 32
TRANSFER = keccak(
    text="TransferWithAuthorization(address from,address to,uint256 value,"
    "uint256 validAfter,uint256 validBefore,bytes32 nonce)"
)
TYPES = ("bytes32", "address", "address", "uint256", "uint256", "uint256", "bytes32")


def pending_time() -> int:
    """Of the block that the next transaction will be in; the chain's clock may stand seconds behind it."""
    return int(web3.eth.get_block("pending")["timestamp"])


@dataclass(frozen=True, slots=True)
class Transfer:
    """What Bob signed, as `settlePayment` takes it."""

    payer: str
    operator: str
    value: int
    valid_after: int
    valid_before: int
    nonce: bytes
    signature: bytes = b""

    @property
    def arguments(self) -> tuple[Any, ...]:
        terms = (self.payer, self.operator, self.value, self.valid_after, self.valid_before, self.nonce)
        return (terms, *self.parts)

    @property
    def parts(self) -> tuple[int, bytes, bytes]:
        return self.signature[64], self.signature[:32], self.signature[32:64]

    @property
    def credit(self) -> tuple[Any, ...]:
        return self.payer, self.operator, self.value, self.nonce

    def direct(self, inbox: str) -> tuple[Any, ...]:
        """As OPEN itself takes it."""
        terms = (self.payer, inbox, self.value, self.valid_after, self.valid_before, self.nonce)
        return (*terms, *self.parts)


@pytest.fixture
def transfer(system: Any, bob: Any, nora: Any) -> Callable[..., Transfer]:
    """`transfer(value=5)`: Bob's to Nora with that changed, signed by Bob or `by`, to her inbox or `to`."""

    def make(by: Any = bob, to: str = "", **changes: Any) -> Transfer:
        made = replace(Transfer(bob.address, nora.address, VALUE, 0, pending_time() + 600, NONCE), **changes)
        inbox = to or system.escrow.inboxOf(made.operator)
        terms = (made.payer, inbox, made.value, made.valid_after, made.valid_before, made.nonce)
        digest = (
            b"\x19\x01" + bytes(system.token.DOMAIN_SEPARATOR()) + keccak(encode(TYPES, (TRANSFER, *terms)))
        )
        return replace(made, signature=by.sign(keccak(digest)))

    return make


@pytest.fixture
def lane(system: Any) -> int:
    """The lane of the payment that `transfer` makes."""
    return int(system.escrow.laneOf(NONCE))


@pytest.fixture
def settled(system: Any, vera: Any, transfer: Any) -> Transfer:
    """Vera, a stranger, has settled Bob's payment to Nora."""
    made = transfer()
    system.escrow.settlePayment(*made.arguments, vera.tx)
    return made


@pytest.fixture
def receipt_of(system: Any, bob: Any, nora: Any, lane: int) -> Callable[..., tuple[tuple[Any, ...], bytes]]:
    """A receipt over so much of the payment, and Nora's signature."""

    def make(amount: int, by: Any = nora, **changes: Any) -> tuple[tuple[Any, ...], bytes]:
        members = {
            "terms": b"\x01" * 32,
            "consumer": bob.address,
            "operator": nora.address,
            "lane": lane,
            "previous": 0,
            "cumulative": amount,
            "tokens_in": 1,
            "tokens_out": 2,
            "query": b"\x02" * 32,
            "output": b"\x03" * 32,
            "lines": b"\x04" * 32,
            "agent": bytes(32),
            "served_at": 1_800_000_000,
            "head": bytes(32),
        }
        receipt = tuple((members | changes).values())
        return receipt, by.sign(bytes(system.escrow.receiptDigest(receipt)))

    return make


@pytest.fixture(autouse=True)
def books_balance(system: Any, isolation: Any) -> Any:
    """After every test, whatever it did: the tokens held are the sum of the books."""
    yield
    assert system.token.balanceOf(system.escrow.address) == system.escrow.totalBooked()
