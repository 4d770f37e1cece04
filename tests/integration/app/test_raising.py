"""vera demands on the real contracts what nora's files do not show, and convicts her silence."""

from dataclasses import replace

import pytest

from support.chain_seller import sell, settlement_of
from support.chain_stage import CARD, DAY, NORA, VERA, Stage
from support.memory_store import MemoryStore
from tallystick.app.auditing.batches import audit_batch, collect, find_submitted, read_batch
from tallystick.app.auditing.rewards import audit_rewards
from tallystick.app.challenges.raising import PlannedDemand, demand_of_batch
from tallystick.app.settlement.settle import Settlement
from tallystick.app.settlement.steps import settle_due
from tallystick.domain.challenge import BatchLeaf, Subject
from tallystick.domain.finding import FindingKind
from tallystick.errors import Conflict
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.batches import publication

pytestmark = pytest.mark.integration


def agree(_: PlannedDemand) -> bool:
    return True


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def settlement(stage: Stage, ledger: SqliteLedger, store: MemoryStore) -> Settlement:
    """Batch 1 of three receipts is open."""
    asset, _ = stage.nora.agents.register_agent(CARD, "https://agent.example")
    sell(stage, ledger, 3, asset=asset)
    made = settlement_of(stage, ledger, store)
    settle_due(made)
    return made


def test_audit_when_the_data_is_withheld_demands_a_leaf_and_convicts_the_silence(
    settlement: Settlement, stage: Stage, devchain: DevChain
) -> None:
    nowhere, planned = MemoryStore(), []

    def note(plan: PlannedDemand) -> bool:
        planned.append(plan)
        return True

    report = audit_batch(stage.vera, nowhere, 1, agree=note)

    (plan,) = planned
    assert [f.kind for f in report.findings] == [FindingKind.DATA_WITHHELD] and report.conviction is None
    assert report.demand is not None and report.demand.leaf == plan.leaf
    assert plan.response_seconds == DAY and report.demand.until_at > stage.vera.now()
    (made,) = stage.vera.data_challenges.demands(1)
    assert made.demander == VERA.address and 0 < made.bond_wei <= plan.bond_wei

    assert (
        audit_batch(stage.vera, nowhere, 1, convicting=True).conviction is None
    )  # the response is not due yet
    devchain.advance(DAY)
    done = audit_batch(stage.vera, nowhere, 1, convicting=True).conviction

    assert done is not None and done.kind == "withheld" and done.reward > 0
    assert stage.vera.batches.batch(1).status == "convicted"
    assert stage.vera.data_challenges.owed_to(VERA.address) == plan.bond_wei
    devchain.advance(DAY)
    assert collect(stage.vera, 1) == done.reward == stage.vera.token.balance_of(VERA.address)


def test_audit_when_the_bond_is_not_agreed_to_demands_nothing(settlement: Settlement, stage: Stage) -> None:
    report = audit_batch(stage.vera, MemoryStore(), 1, agree=lambda plan: False)

    assert report.demand is None and stage.vera.data_challenges.asked(1) == frozenset()


def test_audit_when_everything_is_to_be_seen_demands_nothing(
    settlement: Settlement, stage: Stage, store: MemoryStore
) -> None:
    report = audit_batch(stage.vera, store, 1, agree=agree)

    assert report.demand is None and report.receipts == 3


def test_audit_when_hidden_lines_were_shown_reads_them_off_the_chain(
    settlement: Settlement, stage: Stage, store: MemoryStore, ledger: SqliteLedger
) -> None:
    digest = stage.vera.batches.batch(1).header.data_digest
    published = publication.read(store.get(digest))
    first = published.receipts[0]
    lines = [*first.signed["lines"][1:]]
    hiding = replace(first, signed={**first.signed, "lines": lines})
    store.held[digest] = publication.write([hiding, *published.receipts[1:]], published.credits)

    report = audit_batch(stage.vera, store, 1, agree=agree)
    assert FindingKind.LINES_MISMATCH in [f.kind for f in report.findings]
    assert report.demand is not None and report.demand.leaf == "receipt 0"

    settle_due(settlement)

    assert (
        len(read_batch(stage.vera, store, find_submitted(stage.vera, 1)).leaves[0].signed.lines)
        == len(lines) + 1
    )
    again = audit_batch(stage.vera, store, 1, agree=agree)
    assert FindingKind.LINES_MISMATCH not in [f.kind for f in again.findings] and again.demand is None


def test_audit_when_a_proposals_data_is_withheld_demands_and_convicts(
    settlement: Settlement, stage: Stage, devchain: DevChain
) -> None:
    devchain.advance(DAY)
    settle_due(settlement)
    nowhere = MemoryStore()

    report = audit_rewards(stage.vera, nowhere, 1, agree=agree)
    assert report.demand is not None and report.demand.subject is Subject.PROPOSAL
    devchain.advance(DAY)
    done = audit_rewards(stage.vera, nowhere, 1, convicting=True).conviction

    assert done is not None and done.kind == "withheld" and done.reward > 0
    assert stage.vera.rewards.proposal(1).status == "convicted"
    assert stage.vera.stake.stake_of(NORA.address).locked == 0


def test_demand_when_the_batch_is_final_is_refused_before_anybody_is_asked(
    settlement: Settlement, stage: Stage, devchain: DevChain
) -> None:
    devchain.advance(DAY)
    settle_due(settlement)

    with pytest.raises(Conflict, match="final"):
        demand_of_batch(stage.vera, 1, BatchLeaf.RECEIPT, 0, lambda plan: pytest.fail("asked"))
