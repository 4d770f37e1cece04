"""Contract events on this machine: what the indexer reads from the chain, and where it keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.domain.ids import Address, Hash
from tallystick.errors import Unavailable


class RangeTooWide(Unavailable):
    """The endpoint gives fewer blocks, or fewer logs, at a time."""


@dataclass(frozen=True, slots=True)
class RawLog:
    """A log as the chain has it."""

    block: int
    log_index: int
    block_hash: Hash
    tx_hash: Hash
    address: Address
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class BlockMark:
    """A block by number and hash; everything up to it is indexed when it is the tip."""

    number: int
    hash: Hash


class EventChain(Protocol):
    """What an indexer asks of the chain."""

    def head(self) -> int: ...
    def block_hash(self, number: int) -> Hash | None: ...
    def logs(self, addresses: Sequence[Address], first: int, last: int) -> tuple[RawLog, ...]:
        """In chain order, both ends included; RangeTooWide where the endpoint wants less asked."""


class EventIndex(Protocol):
    """Events by block, up to a tip; whatever comes above a mark can be taken back."""

    @property
    def addresses(self) -> tuple[Address, ...]: ...
    @property
    def first_block(self) -> int: ...
    def tip(self) -> BlockMark | None: ...
    def marks(self) -> tuple[BlockMark, ...]: ...
    def extend(self, logs: Sequence[RawLog], tip: BlockMark) -> None: ...
    def roll_back(self, to: BlockMark | None) -> int: ...
    def logs(self, address: Address, first: int, last: int, topic: bytes) -> tuple[RawLog, ...]: ...
    def digest(self) -> Hash: ...
    def count(self) -> int: ...
