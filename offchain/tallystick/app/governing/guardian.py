"""What is paused now, and whatever was paused and let go on."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.domain.ids import Hash
from tallystick.ports import Chain, ChainEvent


@dataclass(frozen=True, slots=True)
class Pause:
    """`what` is deposits or batches."""

    what: str
    is_paused: bool
    block: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class Pauses:
    """`story` is newest first. A pause of batches lapses by itself; withdrawals are never paused."""

    deposits_paused: bool
    batches_paused: bool
    story: tuple[Pause, ...]


def pauses_of(chain: Chain, events: Sequence[ChainEvent]) -> Pauses:
    deposits, batches = chain.governance.paused()
    story = (
        Pause("deposits" if e.name == "DepositsPaused" else "batches", e.values["paused"], e.block, e.tx_hash)
        for e in reversed(events)
    )
    return Pauses(deposits, batches, tuple(story))
