"""A final batch of Nora's, whose reward period the tests propose, spoil, activate and claim."""

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from typing import Any

import brownie
import pytest

from contracts.fraud.conftest import draft, ledger, money, receipts, signing, submit, terms
from contracts.settlement import WINDOW, Draft, Ledger
from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.reward import CumulativeLeaf, EpochLeaf
from tallystick.domain.trees import cumulative_tree, earnings_of, epoch_tree
from tallystick.pipeline.claims.reward_tree import FinalBatch, period

__all__ = ["draft", "ledger", "money", "receipts", "signing", "submit", "terms"]
BOND, REWARD_WINDOW = 10**9, 3_600


@dataclass(slots=True)
class Plan:
    """A period before it is proposed; a test may change its leaves."""

    epoch: list[EpochLeaf]
    cumulative: list[CumulativeLeaf]
    finality: tuple[int, int] = (0, 1)
    matured: tuple[int, int] = (0, 0)
    based_on: int = 0

    @property
    def epoch_tree(self) -> SumTree:
        return epoch_tree(self.epoch)

    @property
    def cumulative_tree(self) -> SumTree:
        return cumulative_tree(self.cumulative)

    def proposal(self, **changes: Any) -> tuple[Any, ...]:
        epoch, cumulative = self.epoch_tree.root, self.cumulative_tree.root
        fields = {
            "epoch_root": epoch.hash,
            "epoch_sum": epoch.sum,
            "epoch_count": epoch.count,
            "cumulative_root": cumulative.hash,
            "cumulative_sum": cumulative.sum,
            "cumulative_count": cumulative.count,
            "data_digest": b"\x05" * 32,
            "finality_from": self.finality[0],
            "finality_to": self.finality[1],
            "matured_from": self.matured[0],
            "matured_to": self.matured[1],
            "base": self.based_on,
        }
        return tuple({**fields, **changes}.values())

    def claim(self, index: int) -> tuple[Any, ...]:
        leaf, path = self.cumulative[index], self.cumulative_tree.path(index)
        return (*astuple(leaf), index, path.packed)

    def leaf(self, index: int) -> tuple[Any, ...]:
        leaf, path = self.epoch[index], self.epoch_tree.path(index)
        row = (leaf.asset_id, leaf.batch_id, leaf.tranche, leaf.amount)
        return (*row, index, path.packed)

    def edge_of(self, asset: bytes) -> tuple[Any, ...]:
        return self._edge(sum(e.asset_id < asset for e in self.epoch))

    def range_of(self, asset: bytes) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Where the epoch leaves of an asset begin and end, or would."""
        end = sum(e.asset_id <= asset for e in self.epoch)
        return self.edge_of(asset), self._edge(end)

    def _edge(self, position: int) -> tuple[Any, ...]:
        return position, [self.leaf(i) for i in (position - 1, position) if 0 <= i < len(self.epoch)]

    def shift(self, source: int, target: int, amount: int = 1) -> None:
        """Moves money from one cumulative leaf to another."""
        for index, change in ((source, -amount), (target, amount)):
            leaf = self.cumulative[index]
            self.cumulative[index] = replace(leaf, cumulative=leaf.cumulative + change)


@pytest.fixture
def final(system: Any, draft: Draft, submit: Any, ledger: Ledger, vera: Any) -> Draft:
    """Batch 1, final, at finality index 0. Vera and Nora have stake to propose with."""
    batch_id = submit(draft.header())
    brownie.chain.sleep(WINDOW)
    ledger.finalised(batch_id, system.attribution.finaliseBatch(ledger.named(batch_id), vera.tx))
    system.stake.deposit(5 * BOND, vera.tx)
    return draft


@pytest.fixture
def plan(final: Draft) -> Plan:
    """Tranche 0 of batch 1."""
    made = period([FinalBatch(1, earnings_of(final.credits))], [], [])
    return Plan(list(made.epoch), list(made.cumulative))


@pytest.fixture
def propose(system: Any, ledger: Ledger, vera: Any) -> Callable[..., int]:
    """Batch 1 is the last that could have matured."""

    def send(proposal: tuple[Any, ...], by: Any = vera) -> int:
        done = system.rewards.propose(proposal, ledger.named(1), by.tx)
        return int(done.events["PeriodProposed"]["id"])

    return send


@pytest.fixture
def activate(system: Any, propose: Any, vera: Any) -> Callable[[Plan], int]:
    def send(plan: Plan) -> int:
        proposal_id = propose(plan.proposal())
        brownie.chain.sleep(REWARD_WINDOW)
        system.rewards.activate(proposal_id, plan.proposal(), vera.tx)
        return proposal_id

    return send
