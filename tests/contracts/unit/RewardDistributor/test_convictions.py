"""The reward referee: no proof convicts an honest proposal, and each fraud is convicted by its proof."""

from dataclasses import replace

import brownie
import pytest

from contracts.settlement import node_of
from contracts.unit.RewardDistributor.conftest import BOND, Plan
from tallystick.commitments import leaves
from tallystick.commitments.sum_tree import PADDING, branch_node
from tallystick.domain.ids import BURN
from tallystick.domain.reward import EpochLeaf
from tallystick.domain.trees import earnings_of
from tallystick.pipeline.claims.reward_tree import FinalBatch, period


@pytest.fixture
def earning(final, ledger):
    """`earning(asset)`: batch 1 and what the asset earned in it."""
    return lambda asset: (ledger.named(1), *final.range_of(asset))


@pytest.fixture
def accuse(system, propose, nora, vera, reverts):
    """Proposes and accuses; Nora reports. `honest` demands a refusal."""

    def send(proof, proposal, *evidence, honest=False, proposal_id=0):
        number = proposal_id or propose(proposal)
        call = getattr(system.reward_referee, proof)
        if honest:
            with reverts("RewardRefereeNotProven"):
                call(number, proposal, *evidence, nora.tx)
            return
        done = call(number, proposal, *evidence, nora.tx)
        assert bytes(done.events["ProposalConvicted"]["kind"]).rstrip(b"\x00").decode() == proof
        assert system.rewards.proposalOf(number)["status"] == 3
        assert system.stake.stakeOf(vera.address)[0] == 4 * BOND
        case = system.stake.caseOf(done.events["StakeSlashed"]["caseId"])
        assert (case["reporter"], case["rewarded"]) == (nora.address, BOND * 3 // 10)

    return send


def test_honest_proposal_when_accused_of_everything_stands(plan, earning, accuse, propose):
    proposal = plan.proposal()
    number = propose(proposal)

    def refuse(proof, *evidence):
        accuse(proof, proposal, *evidence, honest=True, proposal_id=number)

    for i in range(len(plan.epoch) - 1):
        refuse("epochOrder", plan.leaf(i), plan.leaf(i + 1))
        refuse("cumulativeOrder", plan.claim(i), plan.claim(i + 1))
    for i, leaf in enumerate(plan.cumulative):
        refuse("wrongPrevious", plan.claim(i), [])
        refuse("epochRange", plan.claim(i), *plan.range_of(leaf.asset_id))
        refuse("wrongTranche", plan.leaf(i), earning(leaf.asset_id))
        for edge in plan.range_of(leaf.asset_id):
            refuse("missingEarning", leaf.asset_id, 0, earning(leaf.asset_id), edge)
        refuse("missingEarning", leaf.asset_id, 1, earning(leaf.asset_id), edge)
    for epoch, tree in ((True, plan.epoch_tree), (False, plan.cumulative_tree)):
        top = (0, tree.root.sum, b"")
        refuse("branchSum", epoch, top, (*tree.node(tree.depth - 1, 0), *tree.node(tree.depth - 1, 1)))
        for position in range(1 << tree.depth):
            refuse("padding", epoch, node_of(tree, position), tree.node(0, position)[0])
    first, top = plan.epoch[0], plan.cumulative[0]
    leaf = leaves.epoch_reward(first.asset_id, first.batch_id, first.tranche)
    refuse("misplacedLeaf", True, node_of(plan.epoch_tree, 0), leaf, first.amount)
    leaf = leaves.cumulative_reward(top.asset_id, top.previous)
    refuse("misplacedLeaf", False, node_of(plan.cumulative_tree, 0), leaf, top.cumulative)


def test_cumulative_order_when_two_are_swapped_convicts(plan, accuse):
    plan.cumulative[0], plan.cumulative[1] = plan.cumulative[1], plan.cumulative[0]

    accuse("cumulativeOrder", plan.proposal(), plan.claim(0), plan.claim(1))


def test_epoch_order_when_one_is_twice_convicts(plan, accuse):
    first = plan.epoch[0]
    plan.epoch[0:1] = [replace(first, amount=1), replace(first, amount=first.amount - 1)]

    accuse("epochOrder", plan.proposal(), plan.leaf(0), plan.leaf(1))


def test_epoch_range_when_money_moves_between_assets_convicts(plan, accuse):
    plan.shift(0, 1)

    for_whom = plan.cumulative[1]
    accuse("epochRange", plan.proposal(), plan.claim(1), *plan.range_of(for_whom.asset_id))


def test_wrong_previous_when_the_first_period_has_one_convicts(plan, accuse):
    plan.cumulative[0] = replace(plan.cumulative[0], previous=1)

    accuse("wrongPrevious", plan.proposal(), plan.claim(0), [])


@pytest.mark.parametrize("honest", [True, False])
def test_wrong_previous_when_it_is_not_the_last_cumulative_convicts(
    plan, final, system, activate, accuse, honest
):
    activate(plan)
    brownie.chain.sleep(system.rewards.maturity())
    made = period([], [FinalBatch(1, earnings_of(final.credits))], plan.cumulative)
    rest = Plan(list(made.epoch), list(made.cumulative), finality=(1, 1), matured=(0, 1), based_on=1)
    if not honest:
        rest.cumulative[1] = replace(rest.cumulative[1], previous=rest.cumulative[1].previous - 1)

    accuse("wrongPrevious", rest.proposal(), rest.claim(1), [plan.claim(1)], honest=honest)


@pytest.mark.parametrize(
    "change",
    [
        {"batch_id": 2},
        {"tranche": 1},
        {"tranche": 2},
        {"asset_id": BURN},
        {"asset_id": b"\xff" * 32},
        {"amount": 1},
    ],
    ids=str,
)
def test_wrong_tranche_when_an_epoch_leaf_is_wrong_convicts(plan, earning, accuse, change):
    old: EpochLeaf = plan.epoch[0]
    plan.epoch[0] = replace(old, **change)
    plan.epoch[1] = replace(plan.epoch[1], amount=plan.epoch[1].amount + old.amount - plan.epoch[0].amount)

    accuse("wrongTranche", plan.proposal(), plan.leaf(0), earning(plan.epoch[0].asset_id))


@pytest.mark.parametrize("epoch", [True, False])
def test_branch_sum_when_a_child_is_inflated_convicts(plan, accuse, epoch):
    tree = plan.epoch_tree if epoch else plan.cumulative_tree
    (left, left_sum), (right, right_sum) = tree.node(tree.depth - 1, 0), tree.node(tree.depth - 1, 1)
    root = branch_node(left, left_sum, right, right_sum + 1)
    name = "epoch_root" if epoch else "cumulative_root"
    top = (0, tree.root.sum, b"")

    accuse("branchSum", plan.proposal(**{name: root}), epoch, top, (left, left_sum, right, right_sum + 1))


def test_padding_when_the_count_hides_a_leaf_convicts(plan, accuse):
    last = len(plan.cumulative) - 1
    tree = plan.cumulative_tree
    assert tree.node(0, last)[0] != PADDING

    proposal = plan.proposal(cumulative_count=last)
    accuse("padding", proposal, False, node_of(tree, last), tree.node(0, last)[0])


def test_misplaced_leaf_when_a_lone_one_is_not_the_sum_convicts(plan, accuse):
    whole = plan.cumulative_tree.root.sum
    del plan.epoch[1:]
    lone = plan.epoch[0]
    leaf = leaves.epoch_reward(lone.asset_id, lone.batch_id, lone.tranche)

    accuse("misplacedLeaf", plan.proposal(epoch_sum=whole), True, (0, whole, b""), leaf, lone.amount)


def test_epoch_range_when_the_id_is_the_greatest_convicts(plan, accuse):
    plan.cumulative[-1] = replace(plan.cumulative[-1], asset_id=b"\xff" * 32)

    accuse("epochRange", plan.proposal(), plan.claim(len(plan.cumulative) - 1), *plan.range_of(b"\xff" * 32))


@pytest.mark.parametrize("place", [0, 1, -1])
def test_missing_earning_when_an_asset_is_left_out_convicts(plan, earning, accuse, place):
    gone = plan.epoch.pop(place)
    evidence = (gone.asset_id, 0, earning(gone.asset_id), plan.edge_of(gone.asset_id))
    plan.cumulative.pop(place)

    accuse("missingEarning", plan.proposal(), *evidence)
