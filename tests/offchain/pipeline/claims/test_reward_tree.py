import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.factories import asset_of
from tallystick.domain.ids import AUDIT_POOL, AssetId
from tallystick.domain.reward import CumulativeLeaf, EpochLeaf
from tallystick.domain.trees import cumulative_tree, epoch_tree
from tallystick.errors import InvalidInput
from tallystick.pipeline.claims.reward_tree import FinalBatch, period, tranche

ALICE, INES, NORA = (asset_of(name) for name in ("alice", "ines", "nora"))
ASSETS = st.sampled_from([ALICE, INES, NORA])
BATCHES = st.lists(st.dictionaries(ASSETS, st.integers(0, 10**12)), max_size=5)


def final(batch_id: int, **earned: int) -> FinalBatch:
    return FinalBatch(batch_id, {asset_of(name): amount for name, amount in earned.items()})


@given(st.integers(0, 2**100))
def test_tranches_when_added_are_the_whole(amount: int) -> None:
    assert tranche(amount, 0) == amount * 80 // 100
    assert tranche(amount, 0) + tranche(amount, 1) == amount


def test_period_when_first_pays_the_first_tranche() -> None:
    made = period([final(1, alice=101, nora=10)], [], [])

    assert set(made.epoch) == {EpochLeaf(ALICE, 1, 0, 80), EpochLeaf(NORA, 1, 0, 8)}
    assert set(made.cumulative) == {CumulativeLeaf(ALICE, 0, 80), CumulativeLeaf(NORA, 0, 8)}
    assert (made.finalised, made.matured) == ((1,), ())
    assert made.epoch_root == epoch_tree(made.epoch).root.hash
    assert made.cumulative_root == cumulative_tree(made.cumulative).root.hash


def test_period_when_later_adds_to_what_was() -> None:
    first = period([final(1, alice=101)], [], [])

    second = period([final(2, ines=10, alice=10)], [final(1, alice=101)], first.cumulative)

    assert {e: e.amount for e in second.epoch} == {
        EpochLeaf(ALICE, 1, 1, 21): 21,
        EpochLeaf(ALICE, 2, 0, 8): 8,
        EpochLeaf(INES, 2, 0, 8): 8,
    }
    assert set(second.cumulative) == {CumulativeLeaf(ALICE, 80, 109), CumulativeLeaf(INES, 0, 8)}


def test_period_when_an_asset_is_withheld_leaves_out_its_second_tranche_alone() -> None:
    earned = {ALICE: 101, NORA: 10}
    batch = FinalBatch(1, earned, withheld=NORA)

    first = period([batch], [], [])
    second = period([], [batch], first.cumulative)

    assert first == period([FinalBatch(1, earned)], [], [])
    assert second.epoch == (EpochLeaf(ALICE, 1, 1, 21),)
    assert set(second.cumulative) == {CumulativeLeaf(ALICE, 80, 101), CumulativeLeaf(NORA, 8, 8)}


def test_period_when_nothing_is_new_for_an_asset_keeps_its_leaf() -> None:
    made = period([], [], [CumulativeLeaf(ALICE, 3, 7)])

    assert made.cumulative == (CumulativeLeaf(ALICE, 7, 7),)
    assert made.epoch == ()


@given(BATCHES, BATCHES)
@settings(deadline=None)
def test_period_when_summed_pays_what_was_earned(
    first: list[dict[AssetId, int]], second: list[dict[AssetId, int]]
) -> None:
    early = [FinalBatch(i + 1, earned) for i, earned in enumerate(first)]
    late = [FinalBatch(i + 100, earned) for i, earned in enumerate(second)]

    one = period(early, [], [])
    two = period(late, early, one.cumulative)
    three = period([], late, two.cumulative)

    for before, now in ((one, two), (two, three)):
        previous = sum(leaf.previous for leaf in now.cumulative)
        assert previous == sum(leaf.cumulative for leaf in before.cumulative)
        assert sum(leaf.cumulative for leaf in now.cumulative) == previous + sum(e.amount for e in now.epoch)
    everything = sum(sum(earned.values()) for earned in [*first, *second])
    assert sum(leaf.cumulative for leaf in three.cumulative) == everything


@given(BATCHES)
@settings(deadline=None)
def test_trees_when_made_strictly_ascend(batches: list[dict[AssetId, int]]) -> None:
    made = period([FinalBatch(i + 1, earned) for i, earned in enumerate(batches)], [], [])

    keys = [(e.asset_id, e.batch_id, e.tranche) for e in made.epoch]
    assert keys == sorted(set(keys))
    assert [c.asset_id for c in made.cumulative] == sorted({c.asset_id for c in made.cumulative})


def test_period_when_a_reserved_id_earned_refuses() -> None:
    with pytest.raises(InvalidInput, match="Reserved"):
        period([FinalBatch(1, {AUDIT_POOL: 5})], [], [])
