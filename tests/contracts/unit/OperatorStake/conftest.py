"""Nora's stake of 1,000, the two registrars, and slashes in their name."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_utils import keccak

NOBODY = "0x" + "00" * 20


@pytest.fixture
def staked(system: Any, nora: Any) -> None:
    system.stake.deposit(1_000, nora.tx)


@pytest.fixture
def registrar(system: Any, acting_as: Any) -> dict[str, Any]:
    """To send as the AttributionRegistry."""
    return acting_as(system.attribution)


@pytest.fixture
def other_registrar(system: Any, acting_as: Any) -> dict[str, Any]:
    """To send as the RewardDistributor."""
    return acting_as(system.rewards)


@pytest.fixture
def case_of() -> Callable[[int], bytes]:
    return lambda number: keccak(b"case %d" % number)


@pytest.fixture
def slash(system: Any, nora: Any, registrar: Any, case_of: Any) -> Callable[..., Any]:
    """Slashes nora's lock for batches: half burns, 30 % is the reporter's."""

    def send(
        amount: int, reporter: str = NOBODY, case: int = 1, sender: Any = None, parts: Any = None
    ) -> Any:
        given = (nora.address, amount, reporter, case_of(case), *(parts or (5_000, 3_000)))
        return system.stake.slash(*given, sender or registrar)

    return send
