"""What closes a batch and a reward period: finality, proposal, activation, many claims at once."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from typing import Any

from bench.costs.chain import WINDOW, Chain
from bench.costs.floor import FIRST, REPEAT, Case
from bench.costs.money import MEAN, activate, dataset_of, header, register, settle, stamp_of, word
from bench.costs.rows import Row, run
from bench.costs.trees import SparseTree, leaf_nodes
from tallystick.commitments import leaves
from tallystick.domain.batch import named
from tallystick.domain.digests import header_hash

REGISTRY, DISTRIBUTOR = "AttributionRegistry", "RewardDistributor"
EMPTY = SparseTree(0, {(0, 0): (bytes(32), 0)}, 0)


def finalise(chain: Chain, operator: str) -> Iterator[Row]:
    """An operator's second batch, when the first is final and no other is open."""
    first = header(chain, operator, 10)
    settle(chain, operator, first)
    made = replace(first, previous_header=header_hash(first))
    batch_id, stamp = stamp_of(chain.send(operator, REGISTRY, "submitBatch", astuple(made)))
    chain.wait(WINDOW)
    yield run(
        chain, Case("finalise", REPEAT), operator, REGISTRY, "finaliseBatch", named(batch_id, made, stamp)
    )


def second_period(chain: Chain, operator: str) -> Iterator[Row]:
    """Proposed and activated when the first batch has matured and a second is final."""
    first = header(chain, operator, 10)
    old, new = (SparseTree(20, {(0, 0): (word("leaf"), MEAN)}, MEAN * n, seed=n) for n in (1, 2))
    batch = settle(chain, operator, first)
    activate(chain, operator, 0, (EMPTY, old), batch)
    settle(chain, operator, replace(first, previous_header=header_hash(first)))
    root, paid = new.root, old.root.sum
    epoch = (word("epoch"), root.sum - paid, root.count)
    proposal = (*epoch, root.hash, root.sum, root.count, word("rewards file"), 1, 2, 0, 1, 1)
    yield run(chain, Case("propose", REPEAT), operator, DISTRIBUTOR, "propose", proposal, batch)
    number = int(chain[DISTRIBUTOR].proposalCount())
    chain.wait(WINDOW)
    yield run(chain, Case("activate", REPEAT), operator, DISTRIBUTOR, "activate", number, proposal)


def claim_many(chain: Chain, operator: str, items: int, depth: int) -> Iterator[Row]:
    """Claims of as many owners' data sets under one active root, then under the next."""
    owners = [f"owner {i} of {items}" for i in range(items)]
    for one in owners:
        list(register(chain, one, one, FIRST))
    assets = [dataset_of(chain, one, one) for one in owners]
    made, last = header(chain, operator, 10), EMPTY
    for period, turn in enumerate((FIRST, REPEAT)):
        level = MEAN * (2 * period + 1)
        tree = _tree_of(assets, depth, level, period)
        batch = settle(chain, operator, made)
        activate(chain, operator, period, (last, tree), batch)
        claims = [
            (asset, MEAN * period, level, index, tree.path(index).packed)
            for index, asset in zip(_places(len(assets), depth), assets, strict=True)
        ]
        measures = {"items": items, "levels": depth, "branches": items * depth}
        yield run(chain, Case("claim_many", turn, measures), "vera", DISTRIBUTOR, "claimMany", claims)
        made, last = replace(made, previous_header=header_hash(made)), tree


def _places(count: int, depth: int) -> list[int]:
    """Spread over the whole tree."""
    return [((2 * i + 1) << depth) // (2 * count) for i in range(count)]


def _tree_of(assets: Sequence[bytes], depth: int, level: int, period: int) -> SparseTree:
    given: dict[int, Any] = {
        index: (leaves.cumulative_reward(asset, MEAN * period), level)
        for index, asset in zip(_places(len(assets), depth), assets, strict=True)
    }
    return SparseTree(depth, leaf_nodes(given), level, seed=period)
