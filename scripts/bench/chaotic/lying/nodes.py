"""Files and folders with what is on the medium, what programs see, and the changes between the two.

Stricter than ext4: a synced file whose folder was not synced may be gone. What a sync failed to bring to the medium is
never brought there, though programs go on seeing it, as Linux does.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

SECTOR: Final = 512
_Change = TypeVar("_Change")
Node = "File | Folder"


@dataclass(slots=True)
class File:
    """`pending` are writes (offset, bytes) and cuts (size, None), in order."""

    mode: int
    live: bytearray = field(default_factory=bytearray)
    stable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def write(self, offset: int, data: bytes) -> None:
        _put(self.live, offset, data)
        self.pending.append((offset, data))

    def cut(self, size: int) -> None:
        _cut(self.live, size)
        self.pending.append((size, None))

    def sync(self) -> None:
        for offset, data in self.pending:
            _put(self.stable, offset, data) if data is not None else _cut(self.stable, offset)
        self.pending.clear()

    def fail_to_sync(self) -> None:
        self.pending.clear()

    def after_loss(self, chance: random.Random) -> "File":
        """As the medium has it: some of the pending changes, by sectors of 512 bytes."""
        left = bytearray(self.stable)
        for offset, data in survivors(self.pending, chance):
            if data is None:
                _cut(left, offset)
                continue
            is_torn = chance.random() < 0.3
            for at in range(0, len(data), SECTOR):
                if not is_torn or chance.random() < 0.5:
                    _put(left, offset + at, data[at : at + SECTOR])
        return File(self.mode, left, bytearray(left))


@dataclass(slots=True)
class Folder:
    """`pending` are changes of names, each all or nothing; None where a name goes."""

    mode: int
    live: "dict[str, File | Folder]" = field(default_factory=dict)
    stable: "dict[str, File | Folder]" = field(default_factory=dict)
    pending: "list[Mapping[str, File | Folder | None]]" = field(default_factory=list)

    def change(self, names: "Mapping[str, File | Folder | None]") -> None:
        _rename(self.live, names)
        self.pending.append(names)

    def sync(self) -> None:
        for names in self.pending:
            _rename(self.stable, names)
        self.pending.clear()

    def fail_to_sync(self) -> None:
        self.pending.clear()

    def after_loss(self, chance: random.Random) -> "Folder":
        left = dict(self.stable)
        for names in survivors(self.pending, chance):
            _rename(left, names)
        after = {name: node.after_loss(chance) for name, node in left.items()}
        return Folder(self.mode, after, dict(after))


def survivors(pending: list[_Change], chance: random.Random) -> list[_Change]:
    """None of the changes, all, the first few, or any of them: a disk may write in another order."""
    how = chance.randrange(4)
    if how == 0:
        return []
    if how == 1:
        return list(pending)
    if how == 2:
        return pending[: chance.randint(0, len(pending))]
    return [change for change in pending if chance.random() < 0.5]


def _put(content: bytearray, offset: int, data: bytes) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _cut(content: bytearray, size: int) -> None:
    del content[size:]
    content.extend(bytes(size - len(content)))


def _rename(entries: "dict[str, File | Folder]", names: "Mapping[str, File | Folder | None]") -> None:
    for name, node in names.items():
        if node is None:
            entries.pop(name, None)
        else:
            entries[name] = node
