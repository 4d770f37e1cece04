"""Demands that one leaf be published, as the contracts count them; silence convicts what holds the leaf."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from tallystick.domain.ids import Address, AssetId


class Subject(StrEnum):
    """What a leaf is demanded of."""

    BATCH = "batch"
    PROPOSAL = "proposal"
    DATASET = "dataset"


class BatchLeaf(IntEnum):
    """Kinds of leaves of a batch; `ORIGIN` is a replacement's receipt in the batch that it replaces."""

    RECEIPT = 0
    CREDIT = 1
    ORIGIN = 2


class RewardLeaf(IntEnum):
    """Kinds of leaves of a reward proposal."""

    EPOCH = 0
    CUMULATIVE = 1


@dataclass(frozen=True, slots=True)
class LeafDemand:
    """An open demand; `until` is when silence convicts.

    `number` is the id of a batch or proposal. A data set has `asset_id` in its place and records of one kind, each of
    which can be demanded again: there `number` says how often it was.
    """

    subject: Subject
    number: int
    kind: int
    index: int
    until: int
    demander: Address
    bond_wei: int = 0
    asset_id: AssetId | None = None

    @property
    def leaf(self) -> str:
        """In words: `credit 3`."""
        if self.subject is Subject.DATASET:
            return f"record {self.index}"
        kinds = BatchLeaf if self.subject is Subject.BATCH else RewardLeaf
        return f"{kinds(self.kind).name.lower()} {self.index}"
