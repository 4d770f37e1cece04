"""vera lists, makes and ends demands by hand on the real contracts; her bonds come back."""

import pytest

from support.chain_seller import sell, settlement_of
from support.chain_stage import BOB, CARD, DAY, VERA, Stage
from support.memory_store import MemoryStore
from tallystick.app.challenges.desk import demand_leaf, end_demands, open_demands
from tallystick.app.challenges.raising import PlannedDemand
from tallystick.app.settlement.settle import Settlement
from tallystick.app.settlement.steps import answer_demands, settle_due
from tallystick.domain.challenge import Subject
from tallystick.errors import InvalidInput
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.integration


def agree(_: PlannedDemand) -> bool:
    return True


@pytest.fixture
def settlement(stage: Stage, ledger: SqliteLedger) -> Settlement:
    """Batch 1 of three receipts is open."""
    asset, _ = stage.nora.agents.register_agent(CARD, "https://agent.example")
    sell(stage, ledger, 3, asset=asset)
    made = settlement_of(stage, ledger, MemoryStore())
    settle_due(made)
    return made


def test_demands_when_listed_say_when_they_are_over(
    settlement: Settlement, stage: Stage, devchain: DevChain
) -> None:
    for kind, index in (("receipt", 2), ("credit", 0)):
        demand_leaf(stage.vera, Subject.BATCH, 1, kind, index, agree)

    found = open_demands(stage.vera, Subject.BATCH, 1)
    assert {d.leaf for d in found} == {"receipt 2", "credit 0"} and not any(d.is_over for d in found)
    assert open_demands(stage.vera) == found and open_demands(stage.vera, Subject.PROPOSAL) == ()
    devchain.advance(DAY)
    assert all(d.is_over for d in open_demands(stage.vera))


def test_demands_when_answered_leave_nothing_but_the_excess(settlement: Settlement, stage: Stage) -> None:
    demand_leaf(stage.vera, Subject.BATCH, 1, "receipt", 2, agree)

    assert [(s.action, s.note) for s in answer_demands(settlement)] == [("answer", "receipt 2")]

    (paid,) = end_demands(stage.vera)  # what vera sent beyond the bond
    assert (paid.action, paid.subject) == ("withdraw", Subject.BATCH) and paid.amount_wei > 0
    assert end_demands(stage.vera) == ()


def test_demands_when_over_convict_once_and_give_every_bond_back(
    settlement: Settlement, stage: Stage, devchain: DevChain, ledger: SqliteLedger
) -> None:
    bob = stage.nora.acting_as(BOB, ledger.outbox)
    demand_leaf(bob, Subject.BATCH, 1, "receipt", 0, agree)
    for index in (1, 2):
        demand_leaf(stage.vera, Subject.BATCH, 1, "receipt", index, agree)
    assert [e.action for e in end_demands(stage.vera)] == ["withdraw"]  # not over yet
    devchain.advance(DAY)
    held = stage.vera.rpc.balance(stage.vera.data_challenges.address)

    ended = end_demands(stage.vera)

    assert [e.action for e in ended] == ["convict", "reclaim", "withdraw"]
    assert stage.vera.batches.batch(1).status == "convicted"
    assert [e.action for e in end_demands(bob)] == ["reclaim", "withdraw"]
    assert stage.vera.rpc.balance(stage.vera.data_challenges.address) == 0 < held
    assert stage.vera.data_challenges.owed_to(VERA.address) == 0 and open_demands(bob) == ()


def test_demand_when_a_proposal_is_silent_convicts_it(
    settlement: Settlement, stage: Stage, devchain: DevChain
) -> None:
    devchain.advance(DAY)
    settle_due(settlement)
    demand_leaf(stage.vera, Subject.PROPOSAL, 1, "cumulative", 0, agree)
    devchain.advance(DAY)

    assert [(e.action, e.subject) for e in end_demands(stage.vera)] == [
        ("convict", Subject.PROPOSAL),
        ("withdraw", Subject.PROPOSAL),
    ]
    assert stage.vera.rewards.proposal(1).status == "convicted"


def test_demand_when_there_is_no_such_kind_says_which_there_are(settlement: Settlement, stage: Stage) -> None:
    with pytest.raises(InvalidInput, match="receipt, credit, origin"):
        demand_leaf(stage.vera, Subject.BATCH, 1, "epoch", 0, agree)
