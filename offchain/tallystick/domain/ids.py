"""Identifiers. Hashes are 32 bytes; addresses are lower-case `0x` strings, so that their order is their numeric order."""

import re
from enum import IntEnum, IntFlag
from typing import NewType

Address = NewType("Address", str)
AssetId = NewType("AssetId", bytes)
Hash = NewType("Hash", bytes)

ZERO_HASH = Hash(bytes(32))
NOBODY = Address("0x" + "00" * 20)
NO_AGENT = AssetId(bytes(32))
BURN = AssetId((1).to_bytes(32, "big"))
AUDIT_POOL = AssetId((2).to_bytes(32, "big"))
INSURANCE = AssetId((3).to_bytes(32, "big"))


class Kind(IntEnum):
    """What an asset is."""

    DATASET = 1
    MODEL = 2
    OPERATOR = 3
    AGENT = 4


class Purpose(IntFlag):
    """What a data set may be used for: fit weights, sell answers of such a model, quote it as passages."""

    TRAIN = 1
    SERVE = 2
    RETRIEVE = 4

    @property
    def words(self) -> tuple[str, ...]:
        """Each by its name."""
        return tuple(str(p.name).lower() for p in Purpose if p in self)


class Pot(IntEnum):
    """The parts of a fee, in the order of `Terms.pots`."""

    BURN = 0
    AUDIT = 1
    INSURANCE = 2
    OPERATOR = 3
    RETRIEVAL = 4
    LINEAGE = 5
    TRAINING = 6
    AGENT = 7


SHARED_POTS = (Pot.OPERATOR, Pot.RETRIEVAL, Pot.LINEAGE, Pot.TRAINING, Pot.AGENT)


_ADDRESS = re.compile("0[xX][0-9a-fA-F]{40}")


def address(text: str) -> Address:
    """Lower-case form of a 20-byte hex address; ValueError for anything else."""
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"not an address: {text!r}")
    return Address(text.lower())
