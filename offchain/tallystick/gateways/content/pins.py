"""What is pinned recursively: one empty marker file a CID, beside Kubo's own pin set.

Kubo's ListPins walks every pinned graph, mixes in indirect pins, and hangs when one block is missing.
"""

from pathlib import Path


class PinList:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def add(self, cid: str) -> None:
        (self._folder / cid).touch()

    def remove(self, cid: str) -> None:
        (self._folder / cid).unlink(missing_ok=True)

    def names(self) -> list[str]:
        return sorted(path.name for path in self._folder.iterdir())

    def __contains__(self, cid: str) -> bool:
        return (self._folder / cid).exists()
