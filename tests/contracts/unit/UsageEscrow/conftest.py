"""Bob's money at the operator Nora, and vouchers by the keys that may sign them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Signed:
    voucher: tuple[Any, ...]
    signature: bytes


@dataclass(frozen=True, slots=True)
class VoucherOf:
    consumer: str
    operator: str
    lane: int = 1
    limit: int = LIMIT
    acknowledged: int = 0
    head: bytes = bytes(32)

    def as_tuple(self) -> tuple[Any, ...]:
        return (self.consumer, self.operator, self.lane, self.limit, self.acknowledged, self.head)


@pytest.fixture
def signed(system: Any, bob: Any, nora: Any) -> Callable[..., Signed]:
    """`signed(limit=5)`: Bob's voucher for Nora with that changed, signed by Bob or `by`."""

    def make(by: Any = bob, **changes: Any) -> Signed:
        voucher = replace(VoucherOf(bob.address, nora.address), **changes).as_tuple()
        return Signed(voucher, by.sign(bytes(system.escrow.voucherDigest(voucher))))

    return make


@pytest.fixture
def allotted(system: Any, bob: Any, nora: Any) -> None:
    """Bob has deposited 5,000 and promised 3,000 of it to Nora."""
    system.escrow.deposit(5_000, bob.tx)
    system.escrow.allot(nora.address, 3_000, bob.tx)


@pytest.fixture
def redeemed(system: Any, nora: Any, allotted: Any, signed: Any) -> None:
    """Nora has redeemed 1,000 of it."""
    one = signed()
    system.escrow.redeem(one.voucher, one.signature, LIMIT, nora.tx)


@pytest.fixture
def registry(system: Any, acting_as: Any) -> dict[str, Any]:
    """To send as the AttributionRegistry."""
    return acting_as(system.attribution)


@pytest.fixture(autouse=True)
def books_balance(system: Any, isolation: Any) -> Any:
    """After every test, whatever it did: the tokens held are the sum of the books."""
    yield
    assert system.token.balanceOf(system.escrow.address) == system.escrow.totalBooked()
