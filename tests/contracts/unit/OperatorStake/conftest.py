"""Nora's stake of 1,000, and the two registrars."""

from typing import Any

import pytest


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
