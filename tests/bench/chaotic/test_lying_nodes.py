"""What the medium holds after a loss: all that was synced, and of the rest some of its changes and nothing else."""

import errno
import random

import pytest

from bench.chaotic.lying.disk import Disk
from bench.chaotic.lying.nodes import SECTOR, File, survivors


def test_file_when_synced_is_whole_after_any_loss() -> None:
    file = File(0o600)
    file.write(0, b"a" * 3_000)
    file.cut(2_000)
    file.sync()

    assert {bytes(file.after_loss(random.Random(seed)).live) for seed in range(50)} == {b"a" * 2_000}


def test_file_when_not_synced_is_lost_torn_or_kept_by_the_seed() -> None:
    file = File(0o600)
    file.write(0, b"a" * SECTOR * 4)
    file.sync()
    file.write(0, b"b" * SECTOR * 4)
    left = {bytes(file.after_loss(random.Random(seed)).live) for seed in range(200)}

    assert b"a" * SECTOR * 4 in left and b"b" * SECTOR * 4 in left and len(left) > 4
    assert all(one[at : at + SECTOR] in (b"a" * SECTOR, b"b" * SECTOR) for one in left for at in (0, SECTOR))


def test_file_when_its_sync_failed_never_comes_to_the_medium() -> None:
    file = File(0o600)
    file.write(0, b"a")
    file.fail_to_sync()
    file.sync()

    assert bytes(file.live) == b"a" and bytes(file.after_loss(random.Random(1)).live) == b""


def test_survivors_over_seeds_are_reordered_and_cut_short() -> None:
    found = {tuple(survivors([1, 2, 3], random.Random(seed))) for seed in range(200)}

    assert {(), (1,), (1, 2), (1, 2, 3), (2, 3), (1, 3), (3,)} <= found


def test_disk_when_a_name_was_not_synced_may_lose_the_synced_file() -> None:
    def left(seed: int) -> list[str]:
        disk = Disk()
        handle = disk.create("/a", 0o600)
        disk.write(handle, 0, b"x")
        disk.sync(disk.file(handle))
        disk.lose_power(seed)
        return list(disk.root.live)

    assert {tuple(left(seed)) for seed in range(20)} == {(), ("a",)}


def test_disk_when_full_refuses_what_needs_room_alone() -> None:
    disk = Disk()
    handle = disk.create("/a", 0o600)
    disk.fail(errno.ENOSPC, after=1)
    disk.write(handle, 0, b"x")

    with pytest.raises(OSError) as refused:
        disk.write(handle, 1, b"y")
    disk.sync(disk.file(handle))
    disk.remove("/a")

    assert refused.value.errno == errno.ENOSPC and disk.root.live == {}
