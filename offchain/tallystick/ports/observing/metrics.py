"""Where the node counts and measures; what becomes of the numbers is the gateway's matter."""

from collections.abc import Callable
from typing import Protocol


class Metrics(Protocol):
    """Names and labels are those of `instruments`; others are a defect and raise KeyError or ValueError.

    Values are floats, for display alone: amounts of money are exact to 2^53 base units, and nothing is computed
    from them.
    """

    def count(self, name: str, by: float = 1, **labels: str) -> None:
        """Add to a counter."""

    def observe(self, name: str, value: float, **labels: str) -> None:
        """One more value of a histogram."""

    def set(self, name: str, value: float, **labels: str) -> None:
        """What a gauge stands at now."""


class Exposition(Metrics, Protocol):
    """Where the numbers of this process can be read, too."""

    def refresh_by(self, refresh: Callable[[], None]) -> None:
        """`refresh` is called now and then before `text` shows gauges."""

    def text(self) -> bytes: ...


class Unmeasured:
    """Satisfies `Metrics` where nobody looks: in commands, in other programs and in most tests."""

    def count(self, name: str, by: float = 1, **labels: str) -> None:
        del name, by, labels

    def observe(self, name: str, value: float, **labels: str) -> None:
        del name, value, labels

    def set(self, name: str, value: float, **labels: str) -> None:
        del name, value, labels


UNMEASURED = Unmeasured()
