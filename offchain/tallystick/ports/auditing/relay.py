"""Who tells what a beacon's network signed."""

from typing import Protocol


class SeedRelay(Protocol):
    """Trusted for nothing: the chain checks the signature."""

    def signature_of(self, round_: int) -> tuple[int, int]:
        """Both coordinates; Unavailable where the relay does not answer."""
