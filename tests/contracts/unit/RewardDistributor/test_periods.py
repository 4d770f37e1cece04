"""Proposals, their order, and claims under the active root."""

import brownie
import pytest

from contracts.settlement import asset
from contracts.unit.RewardDistributor.conftest import BOND, REWARD_WINDOW, Plan
from tallystick.domain.trees import earnings_of
from tallystick.pipeline.claims.reward_tree import FinalBatch, period

OPEN, ACTIVE, CONVICTED, RELEASED = 1, 2, 3, 4


def index_of(plan, asset_id):
    return next(i for i, leaf in enumerate(plan.cumulative) if leaf.asset_id == asset_id)


def test_propose_when_honest_locks_the_bond(system, plan, propose, vera):
    proposal_id = propose(plan.proposal())

    assert proposal_id == 1
    assert system.stake.lockedOf(vera.address) == BOND
    assert system.rewards.proposalOf(1)["status"] == OPEN


@pytest.mark.parametrize(
    "change, error",
    [
        ({"base": 1}, "StaleBase"),
        ({"epoch_sum": 1}, "BadSum"),
        ({"epoch_sum": 10**9, "cumulative_sum": 10**9}, "Unfunded"),
        ({"finality_to": 2}, "BadRange"),
        ({"finality_from": 1}, "BadRange"),
        ({"finality_to": 0}, "BadRange"),
        ({"matured_to": 1}, "BadRange"),
        ({"matured_to": 2}, "BadRange"),
    ],
)
def test_propose_when_wrong_reverts(plan, propose, reverts, change, error):
    with reverts("RewardDistributor" + error):
        propose(plan.proposal(**change))


def test_propose_when_without_stake_reverts(plan, propose, carl, reverts):
    with reverts("OperatorStakeFreeShort"):
        propose(plan.proposal(), by=carl)


def test_activate_when_the_window_is_open_reverts(system, plan, propose, vera, reverts):
    proposal_id = propose(plan.proposal())

    with reverts("RewardDistributorWindowOpen"):
        system.rewards.activate(proposal_id, plan.proposal(), vera.tx)


def test_activate_when_held_waits(system, plan, propose, acting_as, vera, reverts):
    proposal_id = propose(plan.proposal())
    until = brownie.chain.time() + 2 * REWARD_WINDOW
    system.rewards.hold(proposal_id, until, acting_as(system.reward_referee))
    brownie.chain.sleep(REWARD_WINDOW)

    with reverts("RewardDistributorWindowOpen"):
        system.rewards.activate(proposal_id, plan.proposal(), vera.tx)
    with reverts("RewardDistributorNotReferee"):
        system.rewards.hold(proposal_id, until, vera.tx)
    brownie.chain.sleep(REWARD_WINDOW)
    system.rewards.activate(proposal_id, plan.proposal(), vera.tx)


def test_propose_when_the_last_matured_is_another_batch_reverts(
    system, plan, final, activate, ledger, vera, reverts
):
    activate(plan)
    brownie.chain.sleep(system.rewards.maturity())
    made = period([], [FinalBatch(1, earnings_of(final.credits))], plan.cumulative)
    rest = Plan(list(made.epoch), list(made.cumulative), finality=(1, 1), matured=(0, 1), based_on=1)
    batch_id, header, stamp = ledger.named(1)

    for place, value in ((5, 1), (6, 0), (4, 1)):
        false = (*stamp[:place], value, *stamp[place + 1 :])
        with reverts("RewardDistributorBadRange"):
            system.rewards.propose(rest.proposal(), (batch_id, header, false), vera.tx)
    system.rewards.propose(rest.proposal(), (batch_id, header, stamp), vera.tx)


def test_activate_when_another_is_first_reverts(system, plan, propose, vera, reverts):
    propose(plan.proposal())
    second = propose(plan.proposal(data_digest=b"\x06" * 32))
    brownie.chain.sleep(REWARD_WINDOW)

    with reverts("RewardDistributorNotFirst"):
        system.rewards.activate(second, plan.proposal(data_digest=b"\x06" * 32), vera.tx)


def test_activate_when_the_first_is_convicted_takes_the_second(system, plan, propose, acting_as, vera, nora):
    first = propose(plan.proposal())
    second = propose(plan.proposal(), by=nora)
    system.rewards.convict(first, plan.proposal(), vera.address, b"test", acting_as(system.reward_referee))
    brownie.chain.sleep(REWARD_WINDOW)

    system.rewards.activate(second, plan.proposal(), vera.tx)

    assert system.rewards.period() == 1
    assert [system.rewards.proposalOf(i)["status"] for i in (first, second)] == [CONVICTED, ACTIVE]
    assert system.stake.lockedOf(vera.address) == 0


def test_activate_when_the_proposal_is_another_reverts(system, plan, propose, vera, reverts):
    proposal_id = propose(plan.proposal())
    brownie.chain.sleep(REWARD_WINDOW)

    with reverts("RewardDistributorWrongProposal"):
        system.rewards.activate(proposal_id, plan.proposal(data_digest=b"\x06" * 32), vera.tx)


def test_release_when_still_first_reverts_and_later_frees(system, plan, propose, vera, reverts):
    first, second = propose(plan.proposal()), propose(plan.proposal())
    brownie.chain.sleep(REWARD_WINDOW)
    with reverts("RewardDistributorStillFirst"):
        system.rewards.release(second, plan.proposal(), vera.tx)
    system.rewards.activate(first, plan.proposal(), vera.tx)

    system.rewards.release(second, plan.proposal(), vera.tx)

    assert system.rewards.proposalOf(second)["status"] == RELEASED
    assert system.stake.lockedOf(vera.address) == 0


def test_convict_when_not_the_referee_reverts(system, plan, propose, vera, reverts):
    proposal_id = propose(plan.proposal())

    with reverts("RewardDistributorNotReferee"):
        system.rewards.convict(proposal_id, plan.proposal(), vera.address, b"test", vera.tx)


def test_claim_when_active_pays_the_asset_once(system, plan, terms, activate, nora, carl, reverts):
    activate(plan)
    at = index_of(plan, terms.operator_asset)
    before = system.token.balanceOf(nora.address)

    system.rewards.claim(*plan.claim(at), carl.tx)

    assert system.token.balanceOf(nora.address) == before + plan.cumulative[at].cumulative
    assert system.rewards.claimedOf(terms.operator_asset) == plan.cumulative[at].cumulative
    with reverts("RewardDistributorNothingDue"):
        system.rewards.claim(*plan.claim(at), carl.tx)


def test_claim_many_when_active_pays_each_payout_address(system, plan, terms, activate, nora, petra, tomas):
    system.models.setPayout(terms.model_id, tomas.address, petra.tx)
    activate(plan)
    before = system.token.balanceOf(tomas.address)
    places = [index_of(plan, a) for a in (terms.operator_asset, terms.model_id)]

    system.rewards.claimMany([plan.claim(i) for i in places], nora.tx)

    assert system.token.balanceOf(tomas.address) == before + plan.cumulative[places[1]].cumulative
    for place in places:
        leaf = plan.cumulative[place]
        assert system.rewards.claimedOf(leaf.asset_id) == leaf.cumulative


def test_claim_when_the_amount_is_higher_reverts(system, plan, terms, activate, nora, reverts):
    activate(plan)
    given = list(plan.claim(index_of(plan, terms.operator_asset)))
    given[2] += 1

    with reverts("RewardDistributorBadProof"):
        system.rewards.claim(*given, nora.tx)


def test_claim_when_nobody_registered_the_asset_reverts(system, plan, activate, nora, reverts):
    activate(plan)

    with reverts("RewardDistributorUnknownAsset"):
        system.rewards.claim(*plan.claim(index_of(plan, asset(1))), nora.tx)


def test_claim_when_nothing_is_active_reverts(system, plan, nora, reverts):
    with reverts("RewardDistributorBadProof"):
        system.rewards.claim(*plan.claim(0), nora.tx)


def test_second_tranche_when_mature_pays_the_rest(system, plan, final, terms, activate, nora):
    activate(plan)
    at = index_of(plan, terms.operator_asset)
    system.rewards.claim(*plan.claim(at), nora.tx)
    earned = earnings_of(final.credits)
    made = period([], [FinalBatch(1, earned)], plan.cumulative)
    rest = Plan(list(made.epoch), list(made.cumulative), finality=(1, 1), matured=(0, 1), based_on=1)
    brownie.chain.sleep(system.rewards.maturity())
    before = system.token.balanceOf(nora.address)

    activate(rest)
    system.rewards.claim(*rest.claim(at), nora.tx)

    paid = system.token.balanceOf(nora.address) - before
    assert paid == earned[terms.operator_asset] - plan.cumulative[at].cumulative
    assert system.rewards.funded() == sum(earned.values())


def test_wire_when_wired_already_reverts(system, deployer, vera, reverts):
    with reverts("RewardDistributorAlreadyWired"):
        system.rewards.wire([vera.address], {"from": deployer})
