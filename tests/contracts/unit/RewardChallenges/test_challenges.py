"""A proposal whose trees nobody publishes is convicted; a published leaf ends the doubt about it."""

import brownie
import pytest

from contracts.unit.RewardDistributor.conftest import (
    REWARD_WINDOW,
    activate,
    draft,
    final,
    ledger,
    money,
    plan,
    propose,
    receipts,
    signing,
    submit,
    terms,
)

__all__ = [
    "activate", "draft", "final", "ledger", "money", "plan", "propose", "receipts", "signing", "submit", "terms",
]  # fmt: skip
EPOCH, CUMULATIVE = range(2)


@pytest.fixture
def demand(system, plan, nora):
    def send(number, kind, index, proposal=None):
        value = 2 * system.reward_challenges.bondOf(number)
        return system.reward_challenges.challenge(
            number, proposal or plan.proposal(), kind, index, {**nora.tx, "value": value}
        )

    return send


@pytest.mark.parametrize("kind", [EPOCH, CUMULATIVE])
def test_challenge_when_unanswered_convicts(system, plan, propose, demand, nora, vera, kind):
    number = propose(plan.proposal())
    demand(number, kind, 1)
    brownie.chain.sleep(REWARD_WINDOW)

    done = system.reward_challenges.convictSilent(number, plan.proposal(), kind, 1, nora.tx)

    assert bytes(done.events["ProposalConvicted"]["kind"]).rstrip(b"\x00") == b"withheld"
    assert done.events["StakeSlashed"]["operator"] == vera.address
    system.reward_challenges.withdraw(nora.tx)
    assert system.reward_challenges.balance() == 0


def test_challenge_when_answered_ends(system, plan, propose, demand, carl, nora, reverts):
    number = propose(plan.proposal())
    demand(number, EPOCH, 1)
    demand(number, CUMULATIVE, 0)

    system.reward_challenges.answerEpoch(number, plan.proposal(), plan.leaf(1), carl.tx)
    system.reward_challenges.answerCumulative(number, plan.proposal(), plan.claim(0), carl.tx)

    brownie.chain.sleep(REWARD_WINDOW)
    with reverts("ChallengeBookUnknown"):
        system.reward_challenges.convictSilent(number, plan.proposal(), EPOCH, 1, nora.tx)
    system.rewards.activate(number, plan.proposal(), nora.tx)


def test_challenge_when_answered_late_holds_as_demanded(system, plan, propose, demand, carl, nora, reverts):
    number = propose(plan.proposal())
    demand(number, EPOCH, 1)
    held = system.rewards.heldUntil(number)
    brownie.chain.sleep(REWARD_WINDOW - REWARD_WINDOW // 16)

    system.reward_challenges.answerEpoch(number, plan.proposal(), plan.leaf(1), carl.tx)

    assert system.rewards.heldUntil(number) == held
    brownie.chain.sleep(REWARD_WINDOW)
    with reverts("RewardDistributorWindowOpen"):
        system.rewards.activate(number, plan.proposal(), nora.tx)


def test_challenge_when_wrong_reverts(system, plan, propose, demand, carl, reverts):
    number = propose(plan.proposal())
    for kind, index in ((EPOCH, len(plan.epoch)), (CUMULATIVE, len(plan.cumulative)), (2, 0)):
        with reverts("ChallengeBookNoLeaf"):
            demand(number, kind, index)
    with reverts("RewardProofsWrongProposal"):
        demand(number, EPOCH, 0, plan.proposal(data_digest=b"\x09" * 32))
    demand(number, EPOCH, 0)
    with reverts("ChallengeBookUnknown"):
        system.reward_challenges.answerEpoch(number, plan.proposal(), plan.leaf(1), carl.tx)
    with reverts("RewardProofsBadOpening"):
        leaf = plan.leaf(0)
        system.reward_challenges.answerEpoch(
            number, plan.proposal(), (*leaf[:3], leaf[3] + 1, *leaf[4:]), carl.tx
        )
    brownie.chain.sleep(REWARD_WINDOW - REWARD_WINDOW // 8)
    with reverts("ChallengeBookClosed"):
        demand(number, CUMULATIVE, 0)


def test_reclaim_when_the_proposal_is_active_returns_the_bond(
    system, plan, propose, demand, nora, vera, reverts
):
    number = propose(plan.proposal())
    demand(number, EPOCH, 0)
    with reverts("ChallengeBookConvictable"):
        system.reward_challenges.reclaim(number, EPOCH, 0, nora.tx)
    brownie.chain.sleep(3 * REWARD_WINDOW)
    system.rewards.activate(number, plan.proposal(), vera.tx)

    system.reward_challenges.reclaim(number, EPOCH, 0, nora.tx)

    assert system.reward_challenges.owedTo(nora.address) == system.reward_challenges.balance()
