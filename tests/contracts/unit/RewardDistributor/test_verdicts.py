"""The held-back tranche of an operator that an audit finds guilty, and of nobody else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import brownie
import pytest

from contracts.audits import SEATED, STEP, Game, pass_time
from contracts.settlement import Draft, Ledger
from contracts.unit.RewardDistributor.conftest import BOND, Plan
from contracts.unit.RewardDistributor.test_convictions import accuse, earning
from tallystick.domain.digests import header_hash
from tallystick.domain.ids import AssetId
from tallystick.domain.trees import earnings_of
from tallystick.pipeline.claims.reward_tree import FinalBatch, period, tranche

__all__ = ["accuse", "earning"]


@pytest.fixture
def convict(
    system: Any, people: Any, final: Draft, submit: Any, ledger: Ledger, money: Any, bob: Any
) -> Callable[[], Any]:
    """An audit of Nora's next batch, of which she opens nothing."""

    def send() -> Any:
        first = final.header()
        money(8, first.total)
        number = submit(replace(first, previous_header=header_hash(first)))
        for seat, name in enumerate(SEATED, 1):
            system.roster.enrol(bytes([seat]) * 32, people[name].tx)
        game = Game(system, people, ledger, number)
        game.open()
        game.attest()
        game.publish()
        pass_time(STEP)
        return system.court.convictSilent(game.batch, bob.tx)

    return send


@pytest.fixture
def nora_asset(system: Any, nora: Any) -> AssetId:
    return AssetId(bytes(system.models.operatorAssetOf(nora.address)))


@pytest.fixture
def rest(plan: Plan, final: Draft, activate: Any, system: Any, nora_asset: AssetId) -> Callable[[bool], Plan]:
    """The second tranche of batch 1, with Nora's part of it or without."""

    def make(withheld: bool) -> Plan:
        activate(plan)
        pass_time(system.rewards.maturity())
        batch = FinalBatch(1, earnings_of(final.credits), nora_asset if withheld else None)
        made = period([], [batch], plan.cumulative)
        return Plan(list(made.epoch), list(made.cumulative), finality=(1, 1), matured=(0, 1), based_on=1)

    return make


def places(plan: Plan, asset: bytes) -> int:
    return next(i for i, leaf in enumerate(plan.epoch) if leaf.asset_id == asset)


def test_withheld_when_an_audit_finds_the_poster_guilty_is_its_operator_asset(
    system, ledger, convict, nora_asset
):
    assert bytes(system.reward_referee.withheldOf(ledger.named(1))) == bytes(32)

    convict()

    assert bytes(system.reward_referee.withheldOf(ledger.named(1))) == nora_asset
    number, header, stamp = ledger.named(1)
    still_open = (number, header, (*stamp[:4], 1, 0, 0))
    assert bytes(system.reward_referee.withheldOf(still_open)) == bytes(32)


def test_wrong_tranche_when_a_guilty_operator_is_paid_the_rest_convicts(
    convict, rest, accuse, earning, nora_asset
):
    convict()
    plan = rest(False)

    accuse("wrongTranche", plan.proposal(), plan.leaf(places(plan, nora_asset)), earning(nora_asset))


def test_proposal_when_it_leaves_out_a_guilty_operators_rest_is_honest(
    convict, rest, accuse, earning, propose, nora_asset
):
    convict()
    plan = rest(True)
    number, proposal = propose(plan.proposal()), plan.proposal()

    edge = plan.edge_of(nora_asset)
    accuse(
        "missingEarning",
        proposal,
        *(nora_asset, 1, earning(nora_asset), edge),
        honest=True,
        proposal_id=number,
    )
    for i, leaf in enumerate(plan.epoch):
        accuse(
            "wrongTranche", proposal, plan.leaf(i), earning(leaf.asset_id), honest=True, proposal_id=number
        )


def test_missing_earning_when_others_of_the_batch_go_without_their_rest_convicts(
    convict, rest, accuse, earning
):
    convict()
    plan = rest(True)
    gone = plan.epoch.pop(0)
    at = next(i for i, leaf in enumerate(plan.cumulative) if leaf.asset_id == gone.asset_id)
    plan.cumulative[at] = replace(plan.cumulative[at], cumulative=plan.cumulative[at].previous)

    accuse(
        "missingEarning",
        plan.proposal(),
        gone.asset_id,
        1,
        earning(gone.asset_id),
        plan.edge_of(gone.asset_id),
    )


@pytest.mark.parametrize("convicted", [False, True])
def test_missing_earning_when_no_verdict_came_before_maturity_convicts(
    rest, convict, accuse, earning, nora_asset, convicted
):
    plan = rest(True)
    if convicted:
        convict()

    accuse("missingEarning", plan.proposal(), nora_asset, 1, earning(nora_asset), plan.edge_of(nora_asset))


def test_forfeit_when_guilty_insures_half_and_burns_the_rest_once(
    system, convict, final, earning, nora_asset, bob, reverts
):
    with reverts("RewardRefereeNotProven"):
        system.reward_referee.forfeit(earning(nora_asset), bob.tx)
    convict()
    amount = tranche(earnings_of(final.credits)[nora_asset], 1)
    supply, insured = system.token.totalSupply(), system.escrow.insurancePool()
    funded, held = system.rewards.funded(), system.token.balanceOf(system.rewards.address)

    done = system.reward_referee.forfeit(earning(nora_asset), bob.tx)

    assert done.events["Forfeited"]["amount"] == amount == system.rewards.forfeited() > 1
    assert system.token.totalSupply() == supply - (amount - amount // 2)
    assert system.escrow.insurancePool() == insured + amount // 2
    assert system.rewards.funded() == funded - amount
    assert system.token.balanceOf(system.rewards.address) == held - amount
    with reverts("RewardDistributorNothingForfeit"):
        system.reward_referee.forfeit(earning(nora_asset), bob.tx)


def test_forfeit_when_the_range_or_the_batch_is_anothers_reverts(
    system, convict, final, earning, ledger, nora_asset, bob, reverts
):
    convict()
    other = next(a for a in earnings_of(final.credits) if a != nora_asset)
    with reverts("BatchProofsBadOpening"):
        system.reward_referee.forfeit(earning(other), bob.tx)
    number, header, stamp = ledger.named(1)
    forged = (number, header, (stamp[0] - 1, *stamp[1:]))

    with reverts("BatchProofsWrongBatch"):
        system.reward_referee.forfeit((forged, *final.range_of(nora_asset)), bob.tx)


def test_take_out_when_not_by_a_referee_reverts(system, reverts, bob):
    with reverts("RewardDistributorNotReferee"):
        system.rewards.takeOut(1, 1, bob.tx)


def test_activate_when_the_rest_was_forfeited_is_funded_to_the_unit(
    system, convict, rest, activate, earning, nora_asset, bob, vera
):
    convict()
    plan = rest(True)
    system.reward_referee.forfeit(earning(nora_asset), bob.tx)
    brownie.chain.mine()

    activate(plan)

    paid = sum(leaf.cumulative for leaf in plan.cumulative)
    assert system.rewards.funded() - paid == 0
    assert system.stake.stakeOf(vera.address)["active"] == 5 * BOND
