"""A bounty takes its budget at once, and names only what exists."""

import pytest

from contracts.unit.BountyBoard.conftest import BUDGET, GAIN, clock

UNKNOWN = b"\x77" * 32


def test_post_when_allowed_holds_the_budget_and_tells(system, offer, bob):
    system.token.approve(system.bounties, BUDGET, bob.tx)
    before, terms = system.token.balanceOf(bob.address), offer()

    done = system.bounties.post(*terms, bob.tx)

    told = done.events["BountyPosted"]
    assert (told["bountyId"], told["poster"], system.bounties.bountyCount()) == (1, bob.address, 1)
    parts = ("datasetId", "evaluationId", "incumbent", "leastGain", "budget", "deadline", "judgedUntil")
    assert tuple(bytes(told[p]) if p.endswith("Id") or p == "incumbent" else told[p] for p in parts) == terms
    assert system.token.balanceOf(bob.address) == before - BUDGET
    assert system.token.balanceOf(system.bounties) == BUDGET
    kept = system.bounties.bountyOf(1)
    assert (kept["poster"], kept["status"], kept["budget"], kept["leastGain"]) == (
        bob.address,
        1,
        BUDGET,
        GAIN,
    )
    assert (kept["deadline"], kept["judgedUntil"]) == terms[5:]
    assert tuple(bytes(kept[p]) for p in ("datasetId", "evaluationId", "incumbent")) == terms[:3]


def test_post_when_not_allowed_to_take_the_budget_reverts(system, offer, bob, reverts):
    with reverts("ERC20InsufficientAllowance"):
        system.bounties.post(*offer(), bob.tx)


@pytest.mark.parametrize(
    "changes",
    [{"budget": 0}, {"deadline": 1}, {"judged": 1}, {"gain": -20_001}],
    ids=["no budget", "over", "no time to judge", "below the gate"],
)
def test_post_when_the_offer_is_none_reverts(system, offer, bob, reverts, changes):
    with reverts("BountyBoardBadOffer"):
        system.bounties.post(*offer(**changes), bob.tx)


def test_post_when_judging_ends_with_the_deadline_reverts(system, offer, bob, reverts):
    end = clock() + 1_000
    with reverts("BountyBoardBadOffer"):
        system.bounties.post(*offer(deadline=end, judged=end), bob.tx)


def test_post_when_the_gain_is_the_gates_margin_is_taken(system, offer, bob):
    system.token.approve(system.bounties, BUDGET, bob.tx)

    assert system.bounties.post(*offer(gain=-20_000), bob.tx).events["BountyPosted"]["leastGain"] == -20_000


def test_post_when_something_named_is_unknown_reverts(system, offer, base, bob, reverts):
    for part, error in (
        ("dataset_id", "BountyBoardBadDataset"),
        ("evaluation", "BountyBoardUnknownEvaluation"),
        ("incumbent", "BountyBoardUnknownModel"),
    ):
        with reverts(error):
            system.bounties.post(*offer(**{part: UNKNOWN}), bob.tx)


def test_post_when_the_data_set_is_retired_or_a_model_reverts(
    system, offer, dataset_id, base, alice, bob, reverts
):
    with reverts("BountyBoardBadDataset"):
        system.bounties.post(*offer(dataset_id=base), bob.tx)
    system.datasets.retireAsset(dataset_id, alice.tx)
    with reverts("BountyBoardBadDataset"):
        system.bounties.post(*offer(), bob.tx)
