"""From a final batch to a paid claim on the real contracts: alice earns, anyone may push it to her."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest

from support.chain_stage import ALICE, CARD, DAY, NORA, OPEN, Stage, make_header
from tallystick.app.settlement.recovery import proposal_intent
from tallystick.commitments import leaves
from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.ids import AssetId, Hash
from tallystick.errors import Conflict, InsufficientFunds, InvalidInput, NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports import ClaimProof, PaidClaim, Proposal

pytestmark = pytest.mark.integration
EARNED = 6 * OPEN


@pytest.fixture
def earned(stage: Stage, devchain: DevChain) -> tuple[Stage, Proposal, ClaimProof]:
    """A final batch of 10 OPEN, and a proposal that gives 6 of the 9 left to alice's asset."""
    asset, _ = stage.alice.agents.register_agent(CARD, "https://agent.example")
    batch_id, _ = stage.nora.batches.submit_batch(make_header())
    devchain.advance(DAY)
    stage.vera.batches.finalise_batch(batch_id)
    rows = sorted([(asset, EARNED), (AssetId(b"\1" * 32), OPEN)])
    cumulative = SumTree((leaves.cumulative_reward(a, 0), amount) for a, amount in rows)
    epoch = SumTree((leaves.epoch_reward(a, batch_id, 0), amount) for a, amount in rows)
    roots = (Hash(epoch.root.hash), 7 * OPEN, 2, Hash(cumulative.root.hash), 7 * OPEN, 2)
    proposal = Proposal(*roots, Hash(b"f" * 32), 0, 1, 0, 0, 0)
    index = [a for a, _ in rows].index(asset)
    path = cumulative.path(index)
    return stage, proposal, ClaimProof(asset, 0, EARNED, index, path.packed)


def activate(stage: Stage, proposal: Proposal, devchain: DevChain) -> int:
    proposal_id, _ = stage.nora.rewards.propose(proposal, None)
    devchain.advance(DAY)
    stage.vera.rewards.activate(proposal_id, proposal)
    return proposal_id


def test_batch_when_final_funds_the_rewards(earned: tuple[Stage, Proposal, ClaimProof]) -> None:
    stage, _, _ = earned

    assert stage.nora.rewards.funded() == 9 * OPEN
    assert stage.nora.batches.finality_count() == 1 and stage.nora.batches.final_at(0).batch_id == 1
    assert stage.nora.batches.batch(1).status == "final"
    assert stage.nora.escrow.audit_pool() == stage.nora.escrow.insurance_pool() == OPEN // 4


def test_claim_when_its_period_is_active_pays_the_owner(
    earned: tuple[Stage, Proposal, ClaimProof], devchain: DevChain
) -> None:
    stage, proposal, proof = earned
    proposal_id = activate(stage, proposal, devchain)

    paid, done = stage.vera.rewards.claim(proof)

    assert paid == EARNED == stage.alice.token.balance_of(ALICE.address)
    assert stage.vera.rewards.claimed_of(proof.asset_id) == EARNED
    assert stage.vera.rewards.claims(0, done.block, asset_id=proof.asset_id) == (
        PaidClaim(proof.asset_id, ALICE.address, EARNED, done.tx_hash),
    )
    active = stage.vera.rewards.active_period()
    assert (active.number, active.cumulative_root, active.finality_to) == (1, proposal.cumulative_root, 1)
    assert stage.vera.rewards.proposal(proposal_id).status == "active"
    with pytest.raises(Conflict, match="NothingDue"):
        stage.vera.rewards.claim_many([proof])


def test_proposal_when_made_can_be_read_back_by_anyone(earned: tuple[Stage, Proposal, ClaimProof]) -> None:
    stage, proposal, _ = earned
    proposal_id, done = stage.nora.rewards.propose(proposal, None, intent="period 1")

    (seen,) = stage.vera.rewards.proposed(0, done.block)

    assert (seen.proposal_id, seen.proposer, seen.proposal) == (proposal_id, NORA.address, proposal)
    assert stage.vera.rewards.proposal(proposal_id).status == "open"
    assert stage.nora.rewards.propose(proposal, None, intent="period 1")[0] == proposal_id
    with pytest.raises(Conflict, match="WindowOpen"):
        stage.vera.rewards.activate(proposal_id, proposal)


def test_root_when_two_homes_looked_before_either_signed_is_proposed_by_one_alone(
    earned: tuple[Stage, Proposal, ClaimProof], tmp_path: Path
) -> None:
    """Each home has its own books, and saw a chain without a root of this key when it began."""
    stage, proposal, _ = earned
    with SqliteLedger(tmp_path / "one") as one, SqliteLedger(tmp_path / "two") as two:
        homes = [stage.nora.acting_as(NORA, each.outbox) for each in (one, two)]
        looks = [partial(proposal_intent, home, NORA.address, 1) for home in homes]
        intents = [look() for look in looks]
        both_looked = Barrier(2)

        def propose(number: int) -> int | str:
            both_looked.wait()
            other = replace(proposal, data_digest=Hash(bytes([number]) * 32))
            rewards = homes[number].rewards
            try:
                return rewards.propose(other, None, intent=intents[number], unless=looks[number])[0]
            except Conflict as error:
                return error.message

        with ThreadPoolExecutor(2) as pool:
            ended = list(pool.map(propose, range(2)))
        signed = [entry for each in (one, two) for entry in each.outbox.recent()]

    (proposal_id,) = [end for end in ended if isinstance(end, int)]
    assert f"Proposal {proposal_id} of period 1 is this operator's, and stands." in ended
    assert len(signed) == 1 and len(stage.vera.rewards.proposed(0, stage.nora.head())) == 1


def test_claim_when_it_asks_for_more_is_refused(
    earned: tuple[Stage, Proposal, ClaimProof], devchain: DevChain
) -> None:
    stage, proposal, proof = earned
    activate(stage, proposal, devchain)

    with pytest.raises(InvalidInput, match="BadProof"):
        stage.vera.rewards.claim(replace(proof, cumulative=EARNED + 1))


def test_proposal_when_it_promises_more_than_was_funded_is_refused(
    earned: tuple[Stage, Proposal, ClaimProof],
) -> None:
    stage, proposal, _ = earned

    with pytest.raises(InsufficientFunds, match="Unfunded"):
        stage.nora.rewards.propose(replace(proposal, epoch_sum=10 * OPEN, cumulative_sum=10 * OPEN), None)
    with pytest.raises(NotFound, match="no proposal 1"):
        stage.nora.rewards.proposal(1)


def test_proposal_when_another_overtakes_it_gets_its_bond_back(
    earned: tuple[Stage, Proposal, ClaimProof], devchain: DevChain
) -> None:
    stage, proposal, _ = earned
    other = replace(proposal, data_digest=Hash(b"g" * 32))
    first, _ = stage.nora.rewards.propose(proposal, None)
    stage.nora.rewards.propose(other, None)
    assert stage.nora.stake.stake_of(NORA.address).locked == 2 * 20 * OPEN
    made = stage.vera.rewards.proposal(first).proposed_at
    assert stage.vera.rewards.ends_at(first) == made + DAY

    devchain.advance(DAY)
    with pytest.raises(Conflict, match="NotFirst"):
        stage.vera.rewards.activate(2, other)
    stage.vera.rewards.activate(1, proposal)
    stage.vera.rewards.release(2, other)

    assert stage.nora.stake.stake_of(NORA.address).locked == 0
    assert stage.nora.rewards.proposal(2).status == "released"
    with pytest.raises(Conflict, match="StaleBase"):
        stage.nora.rewards.propose(proposal, None)
