"""What an attack is: its parameters, how it is played, and what a play earned. Money is in base units of OPEN."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

Parameters = Mapping[str, int]


class Ground(Protocol):
    """The shipped contracts on an EVM of one's own, `contracts.X.method(..., {"from": account})`, and its clock.

    Calls that a contract refuses raise `errors.Reverted`. What happens inside `undone` leaves no trace.
    """

    @property
    def contracts(self) -> Any: ...

    @property
    def treasury(self) -> str: ...

    def now(self) -> int: ...

    def wait(self, seconds: int) -> None: ...

    def gas_used(self) -> int: ...

    def undone(self) -> AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Range:
    """Whole numbers from `low` to `high`, both among them; `is_wide` draws their order of magnitude first."""

    low: int
    high: int
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Profit:
    """Of one play.

    `earned` is what the attacker has more than before, `allowed` the most that the rule leaves him: a play that earns
    more breaks the rule. `locked` is what he had to bond, `honest_lost` what others lost, `tries` how often he tried,
    `volume` the fees that he moved where what counts is the profit on them.
    """

    earned: int
    allowed: int = 0
    locked: int = 0
    honest_lost: int = 0
    tries: int = 1
    volume: int = 0

    @property
    def excess(self) -> int:
        return self.earned - self.allowed

    @property
    def rate(self) -> float:
        """What was earned on the fees moved, or just what was earned."""
        return self.earned / self.volume if self.volume else float(self.earned)


Play = Callable[[Ground, Parameters, int], Profit]


@dataclass(frozen=True, slots=True)
class Attack:
    """`bar` says in words what `Profit.allowed` and `honest_lost` demand; the last number of a play is its seed.

    `beside` plays the same against rules that others use, by their names, where there are some to compare.
    """

    name: str
    about: str
    bar: str
    space: Mapping[str, Range]
    play: Play
    beside: Mapping[str, Play] = field(default_factory=dict)
