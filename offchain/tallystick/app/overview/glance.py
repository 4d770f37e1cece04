"""The whole node at a glance. What cannot be asked now is told as a trouble, and the rest is shown all the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from tallystick.app.daemon.board import NodeStatus
from tallystick.app.monitoring.desk import Monitored
from tallystick.app.overview.catalogue import DatasetLine, ModelLine
from tallystick.domain.ids import Address
from tallystick.errors import NodeError
from tallystick.ports import Chain, ReceiptTally, StoredBatch

_Found = TypeVar("_Found")
# What the chain may be behind the wall clock before a person should know.
LATE_S: Final = 3_600


@dataclass(frozen=True, slots=True)
class Trouble:
    """What does not answer, and what to do."""

    what: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for this node's owner; `page` is the noun that it belongs to, `command` does it."""

    what: str
    why: str
    page: str
    command: str


@dataclass(frozen=True, slots=True)
class ChainNow:
    """The newest block. Amounts are base units: what the active period sums to, and what this key holds and staked."""

    chain_id: int
    head: int
    now: int
    batches: int
    final: int
    period: int
    rewarded: int
    balance: int
    staked: int


@dataclass(frozen=True, slots=True)
class Glance:
    """None where it could not be asked."""

    operator: Address | None
    serving: str | None
    chain: ChainNow | None
    datasets: tuple[int, int] | None
    models: int | None
    receipts: ReceiptTally | None
    batches: tuple[tuple[str, int], ...] | None
    monitored: Monitored | None
    status: NodeStatus
    troubles: tuple[Trouble, ...]
    needs: tuple[Need, ...]


class Asking:
    """Collects troubles instead of stopping at the first."""

    def __init__(self) -> None:
        self.troubles: list[Trouble] = []

    def ask(self, what: str, question: Callable[[], _Found]) -> _Found | None:
        if any(trouble.what == what for trouble in self.troubles):
            return None  # it did not answer a moment ago, and would be waited for again
        try:
            return question()
        except NodeError as error:
            self.troubles.append(Trouble(what, error.message, error.hint))
            return None


def chain_now(chain: Chain, me: Address | None) -> ChainNow:
    active = chain.rewards.active_period()
    return ChainNow(
        chain_id=chain.chain_id,
        head=chain.head(),
        now=chain.now(),
        batches=chain.batches.batch_count(),
        final=chain.batches.finality_count(),
        period=active.number,
        rewarded=active.cumulative_sum,
        balance=chain.token.balance_of(me) if me else 0,
        staked=chain.stake.stake_of(me).active if me else 0,
    )


def counted(batches: Sequence[StoredBatch]) -> tuple[tuple[str, int], ...]:
    """By state, in the order of a batch's life."""
    order = ("drafted", "posted", "final", "convicted", "voided")
    found = [(state, sum(b.state == state for b in batches)) for state in order]
    return tuple((state, n) for state, n in found if n)


def records_of(lines: Sequence[DatasetLine]) -> tuple[int, int]:
    """Data sets that stand, and their records."""
    standing = [line for line in lines if line.state == "registered"]
    return len(standing), sum(line.records for line in standing)


def adapters(lines: Sequence[ModelLine]) -> int:
    return sum(line.base_id is not None and line.state == "registered" for line in lines)


def needs_of(
    status: NodeStatus,
    receipts: ReceiptTally | None,
    batches: Sequence[StoredBatch] | None,
    monitored: Monitored | None,
) -> tuple[Need, ...]:
    """What a person should do next, the most urgent first."""
    found: list[Need] = []
    if monitored is not None and (alarms := [a for a in monitored.alarms if a.is_open]):
        what = "An alarm is open" if len(alarms) == 1 else f"{len(alarms)} alarms are open"
        found.append(
            Need(what, "Promotion is paused until it is looked at.", "models", "tallystick monitor list")
        )
    found += [
        Need(f"The duty {d.duty} is {d.state}", d.word, "network", "tallystick node status")
        for d in status.duties
        if d.is_alarming
    ]
    states = [b.state for b in batches or ()]
    if convicted := states.count("convicted"):
        why = "Its receipts are unsettled again and can go into a batch that replaces it."
        found.append(Need(f"{convicted} of your batches convicted", why, "usage", "tallystick batch close"))
    if "posted" in states and status.state != "running":
        why = "Nobody finalises them, as the node is not running."
        waiting = f"{states.count('posted')} posted batches wait for their window"
        found.append(Need(waiting, why, "usage", "tallystick settle"))
    if receipts is not None and receipts.total > receipts.batched:
        why = "What is acknowledged among them earns nothing until a batch settles it."
        open_ = receipts.total - receipts.batched
        found.append(Need(f"{open_} receipts are in no batch", why, "usage", "tallystick batch close"))
    return tuple(found)
