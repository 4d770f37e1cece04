"""Copies of the node's books."""

from pathlib import Path
from typing import Protocol


class Keeper(Protocol):
    def copy(self, target: Path) -> int:
        """A new file with all books as of one moment, also while they are written; how many receipts it holds."""

    def check_free(self) -> None:
        """Conflict where books are already, or somebody writes."""

    def load(self, source: Path) -> None:
        """The books of a copy, where none are. Books of an older program are brought forward."""
