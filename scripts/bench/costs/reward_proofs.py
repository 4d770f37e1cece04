"""One guilty reward proposal a kind, convicted at depth 20 over a final batch and an active period of the same depth."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bench.costs.answers import DEPTH, FIRST_INDEX, Market, SparseBatch
from bench.costs.chain import WINDOW
from bench.costs.money import MEAN, prepare_operator, settle, word
from bench.costs.proofs import Accusation, Proof, convict
from bench.costs.trees import Node, SparseTree, leaf_nodes
from tallystick.commitments import leaves
from tallystick.commitments.sum_tree import branch_node
from tallystick.domain.digests import header_hash
from tallystick.domain.ids import AssetId
from tallystick.domain.trees import Credit

A, B = FIRST_INDEX, FIRST_INDEX + 1
END = A + 0x155
LOW, ASSET, HIGH = AssetId(bytes(31) + b"\x09"), AssetId(word("asset")), AssetId(b"\xff" * 32)
# Small enough that the batch funds both trees.
WORTH, EARNED, REFEREE = MEAN // 4, 1_000, "RewardReferee"


@dataclass(slots=True)
class Plan:
    """Epoch leaves (asset, batch, tranche, amount) and cumulative leaves (asset, previous, new) by index."""

    epoch: Mapping[int, tuple[bytes, int, int, int]] = field(default_factory=dict)
    cumulative: Mapping[int, tuple[bytes, int, int]] = field(default_factory=dict)
    base: int = 0
    last: int = 0
    given: Mapping[tuple[int, int], Node] = field(default_factory=dict)
    count: int = 1 << DEPTH

    @property
    def cumulative_tree(self) -> SparseTree:
        nodes = leaf_nodes(
            {i: (leaves.cumulative_reward(a, p), n) for i, (a, p, n) in self.cumulative.items()}
        )
        filler = {(0, A): (word("filler"), WORTH)}
        return SparseTree(DEPTH, nodes or filler, WORTH * (self.base + 1), seed=self.base)

    @property
    def epoch_tree(self) -> SparseTree:
        nodes = leaf_nodes({i: (leaves.epoch_reward(a, b, t), v) for i, (a, b, t, v) in self.epoch.items()})
        filler = {(0, A): (word("filler"), WORTH)}
        total = self.cumulative_tree.root.sum - self.last
        return SparseTree(DEPTH, nodes or self.given or filler, WORTH // 2, total=total, seed=9)

    def proposal(self) -> tuple[Any, ...]:
        epoch, new = self.epoch_tree.root, self.cumulative_tree.root
        ranges = (self.base, self.base + 1, 0, 0)
        trees = (epoch.hash, epoch.sum, self.count, new.hash, new.sum, new.count)
        return (*trees, word("rewards file"), *ranges, self.base)

    def leaf(self, index: int) -> tuple[Any, ...]:
        path = self.epoch_tree.path(index)
        return (*self.epoch[index], index, path.packed)

    def claim(self, index: int) -> tuple[Any, ...]:
        return (*self.cumulative[index], index, self.cumulative_tree.path(index).packed)

    def edge(self, position: int) -> tuple[Any, ...]:
        return position, [self.leaf(position - 1), self.leaf(position)]


@dataclass(frozen=True, slots=True)
class Past:
    """A final batch with what ASSET earned in it, an active period over it, and a second final batch."""

    market: Market
    batch: SparseBatch
    finals: tuple[tuple[Any, ...], ...]
    active: Plan

    def next(self, **changes: Any) -> Plan:
        return Plan(base=1, last=self.active.cumulative_tree.root.sum, **changes)

    def earning(self) -> tuple[Any, ...]:
        return self.finals[1], self.batch.edge(B), self.batch.edge(END)


def past(market: Market) -> Past:
    prepare_operator(market.chain, "nora", "bob")
    rows = {A: LOW, B: ASSET, END - 1: ASSET, END: HIGH}
    credits_ = {i: Credit(a, 3, i % 9, EARNED) for i, a in rows.items()}
    batch = SparseBatch(market, {A: market.answer(1, 0)}, credits_)
    first = batch.header()
    finals = settle(market.chain, "nora", first)
    active = Plan(cumulative={A: (LOW, 0, 500), B: (HIGH, 0, 500)})
    number = propose(market, active, finals)
    market.chain.wait(WINDOW)
    market.chain.send("nora", "RewardDistributor", "activate", number, active.proposal())
    second = settle(market.chain, "nora", replace(first, previous_header=header_hash(first)))
    return Past(market, batch, (finals, second), active)


def propose(market: Market, plan: Plan, batch: tuple[Any, ...]) -> int:
    sent = market.chain.send("nora", "RewardDistributor", "propose", plan.proposal(), batch)
    return int(sent.event("PeriodProposed")["id"])


Case = Callable[[Past], tuple[Plan, Accusation]]


def branch_sum(past: Past) -> tuple[Plan, Accusation]:
    left, right, place = (word("left"), 700), (word("right"), 800), A >> 1
    plan = past.next(given={(1, place): (branch_node(*left, *right), 1_501)})
    path = plan.epoch_tree.path(place, level=1)
    node = (place, 1_501, path.packed)
    return plan, Accusation(REFEREE, "branchSum", 1, (True, node, (*left, *right)))


def hidden(kind: str) -> Case:
    """A leaf at a position that the count leaves out."""

    def case(past: Past) -> tuple[Plan, Accusation]:
        last = (1 << DEPTH) - 1
        plan = past.next(epoch={last: (ASSET, 2, 0, EARNED)}, count=last)
        _, _, _, value, index, path = plan.leaf(last)
        leaf = (leaves.epoch_reward(ASSET, 2, 0), value)
        shown = plan.epoch_tree.node(0, last)[:1] if kind == "padding" else leaf
        return plan, Accusation(REFEREE, kind, 1, (True, (index, value, path), *shown))

    return case


def epoch_order(past: Past) -> tuple[Plan, Accusation]:
    plan = past.next(epoch={A: (HIGH, 2, 0, 5), B: (ASSET, 2, 0, 5)})
    return plan, Accusation(REFEREE, "epochOrder", 2, (plan.leaf(A), plan.leaf(B)))


def cumulative_order(past: Past) -> tuple[Plan, Accusation]:
    plan = past.next(cumulative={A: (HIGH, 0, 5), B: (ASSET, 0, 5)})
    return plan, Accusation(REFEREE, "cumulativeOrder", 2, (plan.claim(A), plan.claim(B)))


def wrong_previous(past: Past) -> tuple[Plan, Accusation]:
    """The asset had no leaf in the active tree, which two neighbours show."""
    plan = past.next(cumulative={A: (ASSET, 7, 500)})
    around = [past.active.claim(A), past.active.claim(B)]
    return plan, Accusation(REFEREE, "wrongPrevious", 3, (plan.claim(A), around))


def epoch_range(past: Past) -> tuple[Plan, Accusation]:
    rows = {A: LOW, B: ASSET, END - 1: ASSET, END: HIGH}
    epoch = {i: (a, 2, 0, EARNED) for i, a in rows.items()}
    plan = past.next(cumulative={A: (ASSET, 0, 500)}, epoch=epoch)
    evidence = (plan.claim(A), plan.edge(B), plan.edge(END))
    return plan, Accusation(REFEREE, "epochRange", 5, evidence)


def wrong_tranche(past: Past) -> tuple[Plan, Accusation]:
    plan = past.next(epoch={A: (ASSET, past.finals[1][0], 0, 5)})
    return plan, Accusation(REFEREE, "wrongTranche", 5, (plan.leaf(A), past.earning()))


def missing_earning(past: Past) -> tuple[Plan, Accusation]:
    plan = past.next(epoch={A: (LOW, 2, 0, 5), B: (HIGH, 2, 0, 5)})
    evidence = (ASSET, 0, past.earning(), plan.edge(B))
    return plan, Accusation(REFEREE, "missingEarning", 6, evidence)


CASES: tuple[Case, ...] = (
    branch_sum,
    hidden("padding"),
    hidden("misplacedLeaf"),
    epoch_order,
    cumulative_order,
    wrong_previous,
    epoch_range,
    wrong_tranche,
    missing_earning,
)


def reward_proofs(market: Market) -> Iterator[Proof]:
    with market.chain.undone():
        made = past(market)
        for case in CASES:
            with market.chain.undone():
                plan, accusation = case(made)
                number = propose(market, plan, made.finals[1])
                proof = convict(market.chain, accusation, number, plan.proposal())
                yield replace(proof, kind=f"{proof.kind} of rewards")
