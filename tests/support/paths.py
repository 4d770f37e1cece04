"""Packed Merkle paths read back, as the contracts do."""

from tallystick.commitments.sum_tree import LEVEL_SIZE, Path


def unpacked(path: bytes) -> Path:
    assert len(path) % LEVEL_SIZE == 0
    levels = [path[i : i + LEVEL_SIZE] for i in range(0, len(path), LEVEL_SIZE)]
    return Path(tuple(x[:32] for x in levels), tuple(int.from_bytes(x[32:]) for x in levels))
