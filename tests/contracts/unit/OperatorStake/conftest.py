"""Nora's stake of 1,000, the two registrars, and slashes in their name."""

from collections.abc import Callable
from typing import Any

import pytest
from brownie import chain, web3
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


@pytest.fixture
def opened(system: Any, nora: Any) -> bytes:
    """Nora's operator asset, which pays her pool."""
    system.models.registerOperator("https://nora.example", nora.tx)
    asset = bytes(system.models.operatorAssetOf(nora.address))
    system.models.setPayout(asset, system.stake.forwarderOf(nora.address), nora.tx)
    return asset


@pytest.fixture
def window_starts(system: Any, at_next: Any) -> Callable[[], int]:
    """Puts the next transaction at the start of a stream window, and answers that time."""

    def start() -> int:
        window = system.stake.streamWindow()
        return at_next((chain[-1].timestamp // window + 1) * window)

    return start


@pytest.fixture
def at_next() -> Callable[[int], int]:
    """Puts the next transaction at this very second."""

    def put(when: int) -> int:
        web3.provider.make_request("evm_setNextBlockTimestamp", [when])
        return when

    return put
