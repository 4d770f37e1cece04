"""Time windows, half-open: an instant at the end is outside. All in seconds of block time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """`[start, end)`."""

    start: int
    end: int

    def is_over(self, now: int) -> bool:
        return now >= self.end


def maturity(finalised_at: int, seconds: int) -> Window:
    """When a final batch's second tranche is held back."""
    return Window(finalised_at, finalised_at + seconds)
