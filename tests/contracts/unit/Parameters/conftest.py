"""A Parameters of its own under an AccessManager whose admin is the deployer, and sets to try."""

from collections.abc import Callable
from typing import Any

import pytest
from brownie import project

NOBODY = "0x" + "00" * 20
LONGEST = 2 * 86_400
FIRST = {
    "version": 1,
    "challengeWindow": 86_400,
    "rewardWindow": 86_400,
    "responseWindow": 3_600,
    "burnedBps": 5_000,
    "reporterBps": 3_000,
    "coverPercent": 125,
    "proposalBond": 10**9,
    "depositCap": 10**13,
}


@pytest.fixture
def set_of() -> Callable[..., tuple[int, ...]]:
    """`set_of(version=2, burnedBps=6_000)`: the first set with that changed, as the contract wants it."""

    def make(**changes: int) -> tuple[int, ...]:
        return tuple((FIRST | changes).values())

    return make


@pytest.fixture
def authority(isolation: Any, deployer: Any) -> Any:
    return project.get_loaded_projects()[0].AccessAuthority.deploy(deployer, {"from": deployer})


@pytest.fixture
def new_parameters(authority: Any, deployer: Any, set_of: Any) -> Callable[..., Any]:
    """`new_parameters(feed=..., burnedBps=...)` deploys one."""

    def make(feed: Any = NOBODY, longest: int = LONGEST, **changes: int) -> Any:
        container = project.get_loaded_projects()[0].Parameters
        return container.deploy(authority, feed, longest, set_of(**changes), {"from": deployer})

    return make


@pytest.fixture
def bounded(new_parameters: Any) -> Any:
    return new_parameters()


@pytest.fixture
def feed(isolation: Any, deployer: Any) -> Any:
    """Says "up" since long ago."""
    return project.get_loaded_projects()[0].UptimeFeedDouble.deploy({"from": deployer})
