"""Power losses under a node at work: after each, everything that it said was safe is there."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.chaotic.lying.mount import LyingDisk
from bench.chaotic.nursery import Nursery
from bench.chaotic.safe import Told, killed, missing

VICTIMS: Final = "bench.chaotic.victims.home"
LOSSES, LIFE_S = 10, 0.25


@dataclass(frozen=True, slots=True)
class Round:
    losses: int
    told: int
    syncs: int
    violations: tuple[str, ...]


def play(nursery: Nursery, folder: Path, seed: int, *, losses: int = LOSSES, is_deaf: bool = False) -> Round:
    """Losses of one home, one after the other, each under whatever the one before has left."""
    chance, told, found = random.Random(seed), Told(), list[str]()
    with LyingDisk(folder) as disk:
        if is_deaf:
            disk.go_deaf()
        for loss in range(losses):
            killed(nursery.start(f"{VICTIMS}:use", str(disk.folder), loss * 10_000), told, chance, LIFE_S)
            disk.lose_power(chance.getrandbits(32))
            found += [f"after loss {loss}: {word}" for word in missing(disk.folder, told)]
            if found:
                break
        syncs = disk.counts()["syncs"]
    return Round(loss + 1, told.count, syncs, (*told.violations, *found))
