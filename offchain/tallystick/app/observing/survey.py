"""Gauges that must be read somewhere: the ledger and the disk at each scrape, the chain as a duty."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tallystick.app.settlement.export import payout_of
from tallystick.app.settlement.settle import Settlement
from tallystick.domain.reward import CumulativeLeaf
from tallystick.errors import NodeError
from tallystick.pipeline.settlement.next_step import View
from tallystick.ports import Chain, Ledger
from tallystick.ports.observing.metrics import Metrics

_BATCH_STATES: Final = ("drafted", "posted", "final", "convicted", "voided")
_GWEI: Final = 10**9
_NEWEST: Final = 50


class LocalSurvey:
    """What this machine knows by itself: fast, and also while the chain is down."""

    def __init__(self, metrics: Metrics, ledger: Callable[[], Ledger], *, home: Path) -> None:
        self._metrics, self._ledger, self._home = metrics, ledger, home

    def take(self) -> None:
        for part, read in (("disk", self._disk), ("ledger", self._books)):
            try:
                read()
            except (NodeError, OSError):
                self._metrics.count("survey_failures", part=part)

    def _disk(self) -> None:
        self._metrics.set("disk_free_bytes", shutil.disk_usage(self._home).free)

    def _books(self) -> None:
        ledger = self._ledger()
        self._metrics.set("ledger_bytes", ledger.size())
        states = Counter(batch.state for batch in ledger.batches.list())
        for state in _BATCH_STATES:
            self._metrics.set("batches", states[state], state=state)
        self._metrics.set("alarms_open", len(ledger.alarms.list(open_only=True)))


class ChainSurvey:
    """What the chain says of this node: a failed part keeps its last numbers and is counted."""

    def __init__(
        self,
        metrics: Metrics,
        chain: Chain,
        settlement: Callable[[], Settlement],
        keys: Callable[[], Sequence[Chain]],
    ) -> None:
        self._metrics, self._chain, self._settlement, self._keys = metrics, chain, settlement, keys
        self._mine: tuple[int, tuple[CumulativeLeaf, ...]] = (0, ())

    def take(self) -> str:
        """One line about it."""
        failed = []
        parts = {
            "head": self._head,
            "gas": self._gas,
            "stake": self._stake,
            "outbox": self._outbox,
            "rewards": self._rewards,
            "content": self._content,
        }
        for part, read in parts.items():
            try:
                read()
            except NodeError as error:
                failed.append(f"{part}: {error.message}")
                self._metrics.count("survey_failures", part=part)
        if not failed:
            self._metrics.set("survey_timestamp_seconds", int(time.time()))
        return "; ".join(failed) or f"{len(parts)} parts read"

    def _head(self) -> None:
        self._metrics.set("chain_head_block", self._chain.head())
        self._metrics.set("chain_head_timestamp_seconds", self._chain.now())
        for url, is_up in self._chain.endpoints():
            self._metrics.set("rpc_endpoint_up", is_up, endpoint=url)

    def _gas(self) -> None:
        if self._chain.sender is not None:
            self._metrics.set("gas_balance_gwei", self._chain.sender.balance() / _GWEI)

    def _stake(self) -> None:
        if self._chain.sender is None:
            return
        stake = self._chain.stake.stake_of(self._chain.sender.address)
        for part, amount in (("active", stake.active), ("locked", stake.locked), ("thawing", stake.thawing)):
            self._metrics.set("stake_base_units", amount, part=part)

    def _outbox(self) -> None:
        """Of every key: what the key of a role left waiting is as much money as the node's own."""
        senders = (chain.sender for chain in self._keys())
        found = [entry for sender in senders if sender for entry in sender.open_entries()]
        oldest = min((entry.attempts[0].signed_at for entry in found), default=0)
        self._metrics.set("outbox_open", len(found))
        self._metrics.set("outbox_oldest_timestamp_seconds", oldest)

    def _rewards(self) -> None:
        """The file of a reward root is read once: it does not change."""
        period = self._chain.rewards.active_period().number
        if period != self._mine[0]:
            self._mine = (period, self._leaves())
        claimed = self._chain.rewards.claimed_of
        due = sum(leaf.cumulative - claimed(leaf.asset_id) for leaf in self._mine[1])
        self._metrics.set("rewards_claimable_base_units", due)

    def _content(self) -> None:
        """What others recompute batches from: who cannot find it may convict its operator."""
        settlement = self._settlement()
        kept = [b for b in settlement.ledger.batches.list() if b.state in ("posted", "final")][-_NEWEST:]
        pinned = sum(settlement.content.is_pinned(batch.data_digest) for batch in kept)
        self._metrics.set("content", pinned, state="pinned")
        self._metrics.set("content", len(kept) - pinned, state="missing")

    def _leaves(self) -> tuple[CumulativeLeaf, ...]:
        settlement = self._settlement()
        book, me = settlement.claim_book(), settlement.operator.address
        leaves = (book.claim(asset).leaf for asset in book.assets())
        return tuple(leaf for leaf in leaves if payout_of(self._chain, leaf.asset_id) == me)


def note_settlement(metrics: Metrics, view: View) -> None:
    """What a look for settlement steps found anyway."""
    ends = [batch.ends_at for batch in view.standing]
    metrics.set("vouchers_unredeemed_base_units", view.redeemable)
    metrics.set("receipts_waiting", view.waiting)
    metrics.set("batches_voided", len(view.voided) + len(view.orphans))
    metrics.set("batch_window_seconds", max(min(ends) - view.now, 0) if ends else 0)
    open_until = [demand.until for demand in view.demands]
    metrics.set("demands_open", len(open_until))
    metrics.set("demand_seconds", max(min(open_until) - view.now, 0) if open_until else 0)
    pending = view.proposal_ends_at
    metrics.set("proposal_window_seconds", max(pending - view.now, 0) if pending is not None else 0)
