"""Puts a reward claim before the auditor and what it finds before the real referee."""

from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

from prove.fraud.judge import Verdict, as_audited
from prove.fraud.rewards.claims import RewardClaim, cumulative_hash, epoch_hash, faults
from prove.fraud.rewards.world import RewardWorld
from prove.fraud.setting import REPORTER
from prove.fraud.shape import Branch, Leaf, LeafHash, Shape, leaves_of
from tallystick.commitments.sum_tree import Root
from tallystick.domain.ids import AssetId
from tallystick.domain.reward import CumulativeLeaf, EpochLeaf
from tallystick.errors import InvalidInput
from tallystick.gateways.chain.inprocess.evm import Reverted
from tallystick.pipeline.auditing.audited_period import AuditedPeriod, FinalBatch, audited_period
from tallystick.pipeline.auditing.disclosed import BranchNode, LeafNode, Node, PaddingNode
from tallystick.pipeline.auditing.fraud_proofs import FraudProof
from tallystick.pipeline.auditing.rewards import check_leaves, check_tree

CONVICTED = 3


def judge(world: RewardWorld, claim: RewardClaim) -> Verdict:
    """Proposes the claim and audits it; the chain is as before afterwards."""
    with world.evm.undone():
        try:
            proposal_id = world.propose(claim)
        except Reverted:
            return Verdict("refused")
        wrong = faults(claim, world.owed, world.before)
        proofs = accusations(world, claim)
        if not wrong:
            return Verdict("slandered" if any(True for _ in proofs) else "honest")
        kind = next((p.kind for p in proofs if convicts(world, proposal_id, claim, p)), "missed")
        return Verdict(kind, tuple(sorted(wrong)))


def convicts(world: RewardWorld, proposal_id: int, claim: RewardClaim, proof: FraudProof) -> bool:
    """Whether the real referee takes the proof; it leaves no trace."""
    given = (proposal_id, astuple(claim.proposal), *proof.evidence)
    try:
        with world.evm.undone():
            getattr(world.contracts.RewardReferee, proof.kind)(*given, {"from": REPORTER})
            return bool(world.contracts.RewardDistributor.proposalOf(proposal_id)[4] == CONVICTED)
    except Reverted:
        return False


def accusations(world: RewardWorld, claim: RewardClaim) -> Iterator[FraudProof]:
    """Everything that the auditor can prove, trees first."""
    epoch, cumulative = roots_of(claim)
    trees = (True, epoch, claim.epoch, epoch_hash), (False, cumulative, claim.cumulative, cumulative_hash)
    for is_epoch, root, shape, leaf_hash in trees:
        for found in check_tree(root, _node(shape, leaf_hash), is_epoch=is_epoch):
            yield FraudProof(found.finding.kind.value, found.evidence or ())
    try:
        period = as_audited_period(world, claim)
    except InvalidInput:
        return  # the leaves add up to more than a sum can be
    for found in check_leaves(period):
        if found.evidence is not None:
            yield FraudProof(found.finding.kind.value, found.evidence)


def as_audited_period(world: RewardWorld, claim: RewardClaim) -> AuditedPeriod:
    proposal, activated = claim.proposal, world.activated
    before = _cumulative(activated.cumulative) if activated else ()
    final = {
        batch_id: FinalBatch(as_audited(world, owed.claim), world.final[batch_id], owed.place, owed.withheld)
        for batch_id, owed in world.owed.items()
    }
    finalised = range(proposal.finality_from, proposal.finality_to)
    matured = range(proposal.matured_from, proposal.matured_to)
    epoch = tuple(
        EpochLeaf(x.entry.asset_id, x.entry.batch_id, x.entry.tranche, x.value)
        for x in leaves_of(claim.epoch)
    )
    rows = epoch, _cumulative(claim.cumulative)
    return audited_period(roots_of(claim), (finalised, matured), rows, before, final, world.named)


def roots_of(claim: RewardClaim) -> tuple[Root, Root]:
    p = claim.proposal
    return (
        Root(p.epoch_root, p.epoch_sum, p.epoch_count),
        Root(p.cumulative_root, p.cumulative_sum, p.cumulative_count),
    )


def _cumulative(shape: Shape) -> tuple[CumulativeLeaf, ...]:
    return tuple(
        CumulativeLeaf(AssetId(x.entry.asset_id), x.entry.previous, x.value) for x in leaves_of(shape)
    )


def _node(shape: Shape, leaf_hash: LeafHash) -> Node:
    if isinstance(shape, Leaf):
        return LeafNode(leaf_hash(shape.entry), shape.value)
    if isinstance(shape, Branch):
        left: Any = _node(shape.left, leaf_hash)
        return BranchNode(left, shape.left_sum, _node(shape.right, leaf_hash), shape.right_sum)
    return PaddingNode()
