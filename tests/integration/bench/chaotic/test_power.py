"""What a node was told is safe outlives the loss of power; where nothing is synced it does not, and the rig sees it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.chaotic import exercised
from bench.chaotic.lying.mount import LyingDisk, missing
from bench.chaotic.nursery import Nursery
from bench.chaotic.power import VICTIMS, play

pytestmark = [pytest.mark.integration, pytest.mark.skipif(bool(missing()), reason=missing() or "-")]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery([VICTIMS]) as made:
        yield made


def test_home_when_its_power_is_lost_keeps_what_was_told(nursery: Nursery, tmp_path: Path) -> None:
    with exercised.nothing_but("power"):
        done = play(nursery, tmp_path / "disk", seed=1, losses=4)

    assert done.violations == () and done.losses == 4 and done.told > 0


def test_home_when_nothing_is_synced_is_found_out(nursery: Nursery, tmp_path: Path) -> None:
    assert play(nursery, tmp_path / "disk", seed=1, losses=4, is_deaf=True).violations


def test_disk_when_synced_keeps_the_file_and_its_name(tmp_path: Path) -> None:
    with LyingDisk(tmp_path / "disk") as disk:
        (disk.folder / "kept").write_bytes(b"x" * 5_000)
        (disk.folder / "kept").rename(disk.folder / "moved")
        _sync(disk.folder / "moved", disk.folder)
        disk.lose_power(0)

        assert (disk.folder / "moved").read_bytes() == b"x" * 5_000 and not (disk.folder / "kept").exists()


def test_disk_when_told_to_fail_fails_until_it_is_healed(tmp_path: Path) -> None:
    with LyingDisk(tmp_path / "disk") as disk:
        disk.fail("ENOSPC")
        with pytest.raises(OSError, match="No space left"):
            (disk.folder / "a").write_bytes(b"x")
        disk.heal()
        (disk.folder / "a").write_bytes(b"x")

        assert (disk.folder / "a").read_bytes() == b"x"


def _sync(*paths: Path) -> None:
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
