"""A system that its votes govern: Vera holds enough of them, the deployer holds nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from brownie import project, web3
from scripts.deploy import hand_over

FOR, AGAINST = 1, 0
MAJORITY = 3 * 10**13


@dataclass(frozen=True, slots=True)
class Motion:
    """One proposal on its way; every step sends as `voter`."""

    governor: Any
    wait: Callable[[int], None]
    calls: tuple[Sequence[str], Sequence[int], Sequence[str]]
    description: str
    voter: dict[str, Any]

    @property
    def hashed(self) -> tuple[Any, ...]:
        return (*self.calls, bytes(web3.keccak(text=self.description)))

    @property
    def id(self) -> int:
        return int(self.governor.hashProposal(*self.hashed))

    def propose(self) -> None:
        self.governor.propose(*self.calls, self.description, self.voter)
        self.wait(self.governor.votingDelay() + 1)

    def vote(self, support: int = FOR) -> None:
        self.governor.castVote(self.id, support, self.voter)
        self.wait(self.governor.votingPeriod() + 1)

    def queue(self) -> None:
        self.governor.queue(*self.hashed, self.voter)

    def execute(self) -> Any:
        return self.governor.execute(*self.hashed, self.voter)


@pytest.fixture
def governed(system: Any, deployer: Any, parameters: Any, vera: Any, let_pass: Any) -> Any:
    """Roles are handed over as the deploy script does."""
    system.token.transfer(vera.address, MAJORITY, {"from": deployer})
    system.token.approve(system.votes, MAJORITY, vera.tx)
    system.votes.depositFor(vera.address, MAJORITY, vera.tx)
    by_name = {contract._name: contract for contract in vars(system).values()}
    hand_over(project.get_loaded_projects()[0], deployer, parameters, by_name)
    # Votes of the past second are counted.
    let_pass(10)
    return system


@pytest.fixture
def motion(governed: Any, vera: Any, let_pass: Any) -> Callable[..., Motion]:
    """`motion(target, "set", argument)`: Vera's motion that this be called."""

    def make(target: Any, method: str, *arguments: Any) -> Motion:
        data = getattr(target, method).encode_input(*arguments)
        calls = ([target.address], [0], [data])
        return Motion(governed.governor, let_pass, calls, f"{method} {arguments}", vera.tx)

    return make
