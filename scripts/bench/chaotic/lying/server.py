"""The disk as a mounted file system, in a process of its own: `python -m bench.chaotic.lying.server FOLDER`.

It is told what to do on standard input, a line of JSON each: `{"lose": 7}`, `{"fail": "EIO", "after": 3}`, `{"heal": 1}`;
after each it answers with a line of its counts. Locks are the kernel's own, so they work as on any disk.
"""

import errno
import json
import os
import stat
import sys
import threading
from collections.abc import Iterable
from typing import Any

from mfusepy import FUSE, Operations

from bench.chaotic.lying.disk import Disk
from bench.chaotic.lying.nodes import File, Folder


class Mounted(Operations):  # type: ignore[misc]
    """What the kernel asks, by handle where a file is open."""

    use_ns = True
    flag_nopath = True
    flag_nullpath_ok = True

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def getattr(self, path: str | None, fh: int | None = None) -> dict[str, Any]:
        node = self._node(path, fh)
        size = len(node.live) if isinstance(node, File) else 0
        times = dict.fromkeys(("st_atime", "st_mtime", "st_ctime"), 0)
        owner = {"st_uid": os.getuid(), "st_gid": os.getgid()}
        return {"st_mode": node.mode, "st_nlink": 1, "st_size": size, **times, **owner}

    def open(self, path: str, flags: int) -> int:
        handle = self._disk.open(path)
        if flags & os.O_TRUNC:
            self._disk.cut(self._disk.file(handle), 0)
        return handle

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        return self._disk.create(path, mode)

    def read(self, path: str | None, size: int, offset: int, fh: int) -> bytes:
        return self._disk.read(fh, offset, size)

    def write(self, path: str | None, data: bytes, offset: int, fh: int) -> int:
        return self._disk.write(fh, offset, data)

    def truncate(self, path: str | None, length: int, fh: int | None = None) -> int:
        node = self._node(path, fh)
        if isinstance(node, Folder):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        self._disk.cut(node, length)
        return 0

    def fsync(self, path: str | None, datasync: int, fh: int) -> int:
        self._disk.sync(self._disk.opened[fh])
        return 0

    def opendir(self, path: str) -> int:
        return self._disk.open(path)

    def fsyncdir(self, path: str | None, datasync: int, fh: int) -> int:
        self._disk.sync(self._disk.opened[fh])
        return 0

    def releasedir(self, path: str | None, fh: int) -> int:
        self._disk.close(fh)
        return 0

    def release(self, path: str | None, fh: int) -> int:
        self._disk.close(fh)
        return 0

    def readdir(self, path: str | None, fh: int) -> Iterable[str]:
        node = self._disk.opened[fh]
        return [".", "..", *(node.live if isinstance(node, Folder) else ())]

    def mkdir(self, path: str, mode: int) -> int:
        self._disk.mkdir(path, mode)
        return 0

    def unlink(self, path: str) -> int:
        self._disk.remove(path)
        return 0

    def rmdir(self, path: str) -> int:
        if self._disk.folder(path).live:
            raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY))
        self._disk.remove(path)
        return 0

    def rename(self, old: str, new: str) -> int:
        self._disk.rename(old, new)
        return 0

    def link(self, target: str, source: str) -> int:
        self._disk.link(source, target)
        return 0

    def chmod(self, path: str, mode: int) -> int:
        node = self._disk.find(path)
        node.mode = stat.S_IFMT(node.mode) | stat.S_IMODE(mode)
        return 0

    def chown(self, path: str, uid: int, gid: int) -> int:
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        return {
            "f_bsize": 4096,
            "f_frsize": 4096,
            "f_blocks": 1 << 20,
            "f_bavail": 1 << 19,
            "f_bfree": 1 << 19,
        }

    def _node(self, path: str | None, fh: int | None) -> File | Folder:
        if fh is not None and fh in self._disk.opened:
            return self._disk.opened[fh]
        return self._disk.find(path or "/")


class Handled(FUSE):  # type: ignore[misc]
    """With the handle of a file that is cut, which the binding drops."""

    def truncate_fuse_3(self, path: bytes | None, length: int, fip: Any) -> int:
        return int(self.ftruncate(path, length, fip))


def obey(disk: Disk, order: dict[str, Any]) -> None:
    if "lose" in order:
        disk.lose_power(order["lose"])
    if "fail" in order:
        disk.fail(getattr(errno, order["fail"]), order["after"])
    if "tripwire" in order:
        disk.tripwire = getattr(errno, order["tripwire"])
    if "deaf" in order:
        disk.is_deaf = order["deaf"]
    if "heal" in order:
        disk.heal()


def told(disk: Disk) -> dict[str, int]:
    return {"syncs": disk.syncs, "changes": disk.changes, "is_failing": int(disk.is_failing)}


def main(folder: str) -> None:
    disk = Disk()

    def listen() -> None:
        for line in sys.stdin:
            obey(disk, json.loads(line))
            print(json.dumps(told(disk)), flush=True)

    threading.Thread(target=listen, daemon=True).start()
    Handled(
        Mounted(disk),
        folder,
        foreground=True,
        nothreads=True,
        hard_remove=True,
        attr_timeout=0,
        entry_timeout=0,
        negative_timeout=0,
        allow_other=False,
    )


if __name__ == "__main__":
    main(sys.argv[1])
