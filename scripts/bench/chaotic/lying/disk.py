"""The disk: paths and open files over its nodes, faults that begin after a number of changes, and the loss of power."""

import errno
import os
import random
import stat
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from threading import RLock

from bench.chaotic.lying.nodes import File, Folder

TRIPWIRE = "tripwire"


@dataclass(slots=True)
class Disk:
    """Every method may be called from several threads. Errors are OSErrors, as of a kernel."""

    root: Folder = field(default_factory=lambda: Folder(stat.S_IFDIR | 0o755))
    opened: dict[int, File | Folder] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)
    is_deaf: bool = False
    """Says that it synced, and does not: the control run, of a program that never syncs."""
    tripwire: int = 0
    """The errno that begins once the file TRIPWIRE is made."""
    syncs: int = 0
    changes: int = 0
    _error: int = 0
    _left: int = 0
    _next: int = 1

    def fail(self, error: int, after: int) -> None:
        """With this errno from so many changes on: EIO each sync and write, ENOSPC what needs room."""
        with self.lock:
            self._error, self._left = error, after

    def heal(self) -> None:
        self.tripwire = 0
        self.fail(0, 0)

    @property
    def is_failing(self) -> bool:
        return self._error != 0 and self._left <= 0

    def lose_power(self, seed: int) -> None:
        """Everything that was not synced may be gone. Files that are open are cut off from the disk."""
        with self.lock:
            self.root = self.root.after_loss(random.Random(seed))

    def find(self, path: str) -> File | Folder:
        node: File | Folder = self.root
        for name in PurePosixPath(path).parts[1:]:
            if not isinstance(node, Folder) or name not in node.live:
                raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            node = node.live[name]
        return node

    def folder(self, path: str) -> Folder:
        found = self.find(path)
        if not isinstance(found, Folder):
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        return found

    def open(self, path: str) -> int:
        with self.lock:
            return self._handle(self.find(path))

    def file(self, handle: int) -> File:
        found = self.opened[handle]
        if isinstance(found, Folder):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        return found

    def create(self, path: str, mode: int) -> int:
        with self.lock:
            if PurePosixPath(path).name == TRIPWIRE:
                self.fail(self.tripwire, 0)
                return self._handle(File(stat.S_IFREG | mode & 0o7777))
            self._change(needs_room=True)
            made = File(stat.S_IFREG | mode & 0o7777)
            self._enter(path, made)
            return self._handle(made)

    def mkdir(self, path: str, mode: int) -> None:
        with self.lock:
            self._change(needs_room=True)
            self._enter(path, Folder(stat.S_IFDIR | mode & 0o7777))

    def read(self, handle: int, offset: int, size: int) -> bytes:
        with self.lock:
            return bytes(self.file(handle).live[offset : offset + size])

    def write(self, handle: int, offset: int, data: bytes) -> int:
        with self.lock:
            self._change(needs_room=True)
            self.file(handle).write(offset, data)
            return len(data)

    def cut(self, file: File, size: int) -> None:
        with self.lock:
            self._change(needs_room=size > len(file.live))
            file.cut(size)

    def sync(self, node: File | Folder) -> None:
        with self.lock:
            if self.is_deaf:
                return
            self.syncs += 1
            try:
                self._change(needs_room=False)
            except OSError:
                node.fail_to_sync()
                raise
            node.sync()

    def remove(self, path: str) -> None:
        with self.lock:
            self.find(path)
            self._change(needs_room=False)
            self._enter(path, None)

    def rename(self, old: str, new: str) -> None:
        """Within a folder it is all or nothing."""
        with self.lock:
            moved, source, target = self.find(old), PurePosixPath(old), PurePosixPath(new)
            self._change(needs_room=False)
            if source.parent == target.parent:
                self.folder(str(source.parent)).change({source.name: None, target.name: moved})
            else:
                self._enter(new, moved)
                self._enter(old, None)

    def link(self, old: str, new: str) -> None:
        with self.lock:
            linked = self.find(old)
            self._change(needs_room=True)
            self._enter(new, linked)

    def close(self, handle: int) -> None:
        with self.lock:
            self.opened.pop(handle, None)

    def _enter(self, path: str, node: File | Folder | None) -> None:
        at = PurePosixPath(path)
        self.folder(str(at.parent)).change({at.name: node})

    def _handle(self, node: File | Folder) -> int:
        self._next += 1
        self.opened[self._next] = node
        return self._next

    def _change(self, *, needs_room: bool) -> None:
        self.changes += 1
        if not self._error:
            return
        self._left -= 1
        if self._left < 0 and (needs_room or self._error != errno.ENOSPC):
            raise OSError(self._error, os.strerror(self._error))
