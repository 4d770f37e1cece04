"""Verbs of a node that runs by itself: its duties, its outbox, its index."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from tallystick.app.daemon.board import Board, NodeStatus
from tallystick.app.daemon.duty import DUTIES, Duty
from tallystick.app.observing.survey import note_settlement
from tallystick.app.pinning.verbs import PinningVerbs
from tallystick.app.settlement.steps import settle_due
from tallystick.app.verbs.observing import ObservingVerbs
from tallystick.app.verbs.watching import WatchVerbs
from tallystick.app.verifying.verbs import VerifyingVerbs
from tallystick.domain.ids import Address, Hash
from tallystick.errors import IntegrityViolation, NotFound

if TYPE_CHECKING:
    from tallystick.app.daemon.loop import Daemon
    from tallystick.app.indexing.indexer import Indexer, IndexState
    from tallystick.ports import OutboxEntry

LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class DutyDone:
    duty: str
    word: str


@dataclass(frozen=True, slots=True)
class OutboxLine:
    """A signed transaction; `attempts` with rising fees, `max_fee_wei` a unit of gas of the last."""

    nonce: int
    what: str
    state: str
    is_final: bool
    attempts: int
    max_fee_wei: int
    block: int | None
    sender: Address
    tx_hash: Hash

    @classmethod
    def of(cls, entry: OutboxEntry) -> OutboxLine:
        return cls(
            nonce=entry.nonce,
            what=entry.intent or entry.summary,
            state=entry.state,
            is_final=entry.is_final,
            attempts=len(entry.attempts),
            max_fee_wei=entry.last.max_fee,
            block=entry.block,
            sender=entry.sender,
            tx_hash=entry.last.tx_hash,
        )


@dataclass(frozen=True, slots=True)
class Cancelled:
    """`is_cancelled` is False where the transaction was mined before its no-op."""

    nonce: int
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class Reopened:
    """How many transactions that counted as final are open again."""

    transactions: int


class RunningVerbs(ObservingVerbs, WatchVerbs, PinningVerbs, VerifyingVerbs):
    """The loop and each duty by hand."""

    _indexed_to: int | None = None

    @contextmanager
    def daemon(self) -> Iterator[Daemon]:
        """Conflict when another process runs this home's node."""
        from tallystick.app.daemon.loop import Daemon

        self._config.home.mkdir(parents=True, exist_ok=True)
        with self._outside.alone():
            due = [duty for duty in self._duties() if duty.interval_s]
            _ = (
                self._settlement,
                self._indexer,
                self._acting_chains(),
            )  # connect, unlock and open here: threads come later
            metrics, grace = self._outside.metrics(), self._config.daemon.grace
            tell = self._outside.supervisor().tell
            self._daemon = Daemon(due, self._board, grace_s=grace, metrics=metrics, tell=tell)
            self.observe()
            yield self._daemon

    def run_duty(self, *, name: str) -> DutyDone:
        duties = {duty.name: duty for duty in self._duties()}
        if name not in duties:
            raise NotFound(f"There is no duty {name!r}.", f"One of {', '.join(duties)}.")
        return DutyDone(name, duties[name].work())

    def node_status(self) -> NodeStatus:
        return self._board.read(time.time())

    def follow_node(self) -> NodeStatus:
        """Reports each duty as it is done, until the node stops."""
        seen: dict[str, int] = {}
        while (status := self.node_status()).state not in ("stopped", "silent"):
            for duty in status.duties:
                if duty.runs != seen.get(duty.duty):
                    seen[duty.duty] = duty.runs
                    self._outside.report(f"{duty.duty}: {duty.word or duty.state}", duty.runs, duty.runs)
            time.sleep(LOOK_EVERY_S)
        return status

    def outbox(self, *, limit: int) -> tuple[OutboxLine, ...]:
        return tuple(OutboxLine.of(entry) for entry in self._outside.records().outbox.recent(limit))

    def cancel_transaction(self, *, nonce: int) -> Cancelled:
        sender = self._acting.sender
        if sender is None:
            raise NotFound("This node acts with no key.", "Name one with --key.")
        return Cancelled(nonce, sender.cancel(nonce) is None)

    def reopen(self) -> Reopened:
        """After a reorganisation deeper than finality that stands: the same transactions are sent again."""
        sender = self._acting.sender
        if sender is None:
            raise NotFound("This node acts with no key.", "Name one with --key.")
        return Reopened(sender.accept_reorganisation())

    def index(self, *, rebuild: bool) -> IndexState:
        return self._indexer.rebuild() if rebuild else self._indexer.catch_up()

    @property
    def _indexer(self) -> Indexer:
        from tallystick.app.indexing.indexer import Indexer

        return Indexer(self._outside.event_chain(), self._outside.event_index())

    @property
    def _board(self) -> Board:
        return Board(self._config.home / "node-status.json")

    def _duties(self) -> tuple[Duty, ...]:
        every = asdict(self._config.daemon)
        return tuple(d.of(getattr(self, f"_do_{d.name}"), every.get(d.name, 0)) for d in DUTIES)

    def _do_index(self) -> str:
        done = self.index(rebuild=False)
        self._note_index(done)
        return f"block {done.tip}, lag {done.lag}, {done.added} events added, {done.rolled_back} taken back"

    def _note_index(self, done: IndexState) -> None:
        metrics, before = self._outside.metrics(), self._indexed_to
        if done.tip is not None:
            metrics.set("index_tip_block", done.tip)
            metrics.count("index_blocks", max(done.tip - before, 0) if before is not None else 0)
            self._indexed_to = done.tip
        metrics.set("index_lag_blocks", done.lag)
        metrics.count("index_logs", done.added, change="added")
        metrics.count("index_logs", done.rolled_back, change="taken back")

    def _do_outbox(self) -> str:
        """The gravest failure of a key is the duty's, once every key has had its turn."""
        done = self._see_through()
        if done.failed:
            raise min(done.failed, key=lambda error: not isinstance(error, IntegrityViolation))
        return f"{done.transactions} transactions seen through"

    def _do_settle(self) -> str:
        seen = partial(note_settlement, self._outside.metrics())
        steps = settle_due(self._settlement, self._own_datasets, seen)
        return ", ".join(step.action for step in steps)

    def _do_monitors(self) -> str:
        return f"{len(self.run_monitors())} monitors run"

    def _do_watch(self) -> str:
        return str(self.watch(again=False))

    def _do_audits(self) -> str:
        return str(self.open_audits())

    def _do_verify(self) -> str:
        return str(self.verify())

    def _do_content(self) -> str:
        states = Counter(file.state for file in self.repair_content())
        return ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "nothing to keep"

    def _do_redeem(self) -> str:
        return f"{self._settlement.redeem()[0]} base units redeemed"

    def _do_batch(self) -> str:
        closed = self._settlement.close_batch()
        return f"batch {closed.batch_id} over {closed.header.receipt_count} receipts"
