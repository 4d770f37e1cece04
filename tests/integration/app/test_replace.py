"""Vera settles anew, on the real contracts, what was true of nora's convicted batch, and shows where it came from."""

from dataclasses import dataclass, replace

import pytest

from support.chain_seller import FEE, domain_of, register_terms, sell_under, settlement_of
from support.chain_stage import BOB, DAY, DEPLOYER, OPEN, VERA, Stage
from support.memory_store import MemoryStore
from tallystick.app.auditing.batches import audit_batch
from tallystick.app.challenges.raising import demand_of_batch
from tallystick.app.settlement.replace import ReplacedBatch, replace_batch
from tallystick.app.settlement.settle import Settlement
from tallystick.app.settlement.steps import settle_due
from tallystick.domain.challenge import BatchLeaf
from tallystick.domain.finding import FindingKind
from tallystick.domain.trees import earnings_of
from tallystick.errors import Conflict, InsufficientFunds, NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.batches import publication

pytestmark = pytest.mark.integration


@dataclass
class Scene:
    """Batch 1: three true receipts on lane 0, one under terms that nobody registered on lane 1; convicted."""

    stage: Stage
    store: MemoryStore
    vera: Settlement
    ledger: SqliteLedger

    def put_up_stake(self) -> None:
        chain = self.stage.vera
        chain.models.register_operator("http://127.0.0.1:8800")
        self.stage.nora.acting_as(DEPLOYER, self.ledger.outbox).token.transfer(VERA.address, 50 * OPEN)
        chain.token.approve(chain.stake.address, 50 * OPEN)
        chain.stake.deposit(50 * OPEN)


@pytest.fixture
def scene(stage: Stage, ledger: SqliteLedger, devchain: DevChain) -> Scene:
    terms, store = register_terms(stage), MemoryStore()
    sell_under(stage, ledger, terms, 3)
    sell_under(stage, ledger, replace(terms, price_in=20_001), 1, lane=1)
    assert [s.action for s in settle_due(settlement_of(stage, ledger, store))] == ["redeem", "submit", "wait"]
    demand_of_batch(stage.vera, 1, BatchLeaf.CREDIT, 0, lambda plan: True)
    devchain.advance(DAY)
    assert audit_batch(stage.vera, store, 1, convicting=True).conviction is not None
    return Scene(stage, store, Settlement(stage.vera, store, ledger, VERA, domain_of(stage)), ledger)


def test_replacement_when_posted_holds_only_what_is_true_and_pays_the_poster(
    scene: Scene, devchain: DevChain
) -> None:
    scene.put_up_stake()

    done = replace_batch(scene.vera, 1)

    assert done == ReplacedBatch(2, 1, 3, 1, 3 * FEE, done.bond, done.tx_hash) and done.bond > 0
    chain = scene.stage.vera
    found = chain.batches.batch(2)
    assert found.stamp.replaces == 1 and found.stamp.judged_at == chain.batches.batch(1).stamp.judged_at
    assert audit_batch(chain, scene.store, 2).findings == ()
    credits_ = publication.read(scene.store.get(found.header.data_digest)).credits
    mine = chain.models.operator_asset_of(VERA.address)
    assert set(earnings_of(credits_)) == {mine}
    with pytest.raises(NotFound, match="no receipt"):
        replace_batch(scene.vera, 1)

    devchain.advance(DAY)
    assert [s.action for s in settle_due(scene.vera)] == ["finalise", "propose", "wait"]
    proposal_bond = chain.parameters.current().proposal_bond
    assert chain.batches.batch(2).status == "final"
    assert chain.stake.stake_of(VERA.address).locked == proposal_bond


def test_replacement_when_its_origin_is_demanded_shows_it(scene: Scene) -> None:
    scene.put_up_stake()
    replace_batch(scene.vera, 1)
    bob = scene.stage.nora.acting_as(BOB, scene.ledger.outbox)
    for index in (0, 2):
        demand_of_batch(bob, 2, BatchLeaf.ORIGIN, index, lambda plan: True)
    demand_of_batch(bob, 2, BatchLeaf.RECEIPT, 1, lambda plan: True)

    steps = settle_due(scene.vera)

    assert {(s.action, s.note) for s in steps[:3]} == {
        ("answer", "origin 0"),
        ("answer", "origin 2"),
        ("answer", "receipt 1"),
    }
    assert bob.data_challenges.demands() == ()


def test_replacement_when_the_convicted_file_is_gone_is_demanded_to_show_its_origin(scene: Scene) -> None:
    scene.put_up_stake()
    replace_batch(scene.vera, 1)
    digest = scene.stage.vera.batches.batch(1).header.data_digest
    mine = MemoryStore({k: v for k, v in scene.store.held.items() if k != digest})
    bob = scene.stage.nora.acting_as(BOB, scene.ledger.outbox)

    report = audit_batch(bob, mine, 2, agree=lambda plan: True)

    assert {f.kind for f in report.findings} == {FindingKind.UNKNOWN_ORIGIN}
    assert report.demand is not None and report.demand.leaf == "origin 0"


def test_replacement_when_the_file_does_not_give_the_root_is_refused_before_anything_is_at_stake(
    scene: Scene,
) -> None:
    scene.put_up_stake()
    digest = scene.stage.vera.batches.batch(1).header.data_digest
    said = publication.read(scene.store.held[digest])
    scene.store.held[digest] = publication.write(list(said.receipts)[:-1], said.credits)

    with pytest.raises(Conflict, match="does not give the receipts root"):
        replace_batch(scene.vera, 1)

    assert scene.stage.vera.stake.stake_of(VERA.address).locked == 0


def test_replacement_when_the_files_credits_add_up_to_no_sum_is_of_its_receipts_alone(scene: Scene) -> None:
    scene.put_up_stake()
    digest = scene.stage.vera.batches.batch(1).header.data_digest
    said = publication.read(scene.store.held[digest])
    many = [replace(c, amount=2**128 - 1) for c in said.credits]
    scene.store.held[digest] = publication.write(said.receipts, many)

    assert replace_batch(scene.vera, 1).receipts == 3
    bob = scene.stage.nora.acting_as(BOB, scene.ledger.outbox)
    demand_of_batch(bob, 2, BatchLeaf.ORIGIN, 0, lambda plan: True)
    first, *_ = settle_due(scene.vera)
    assert (first.action, first.note) == ("answer", "origin 0")


def test_replacement_when_its_operator_lets_the_convicted_file_go_has_kept_it(scene: Scene) -> None:
    scene.put_up_stake()
    digest = scene.stage.vera.batches.batch(1).header.data_digest

    replace_batch(scene.vera, 1)

    assert digest in scene.store.pinned


def test_replacement_when_stake_is_short_or_nobody_is_registered_is_refused(scene: Scene) -> None:
    with pytest.raises(NotFound, match="no registered operator"):
        replace_batch(scene.vera, 1)
    scene.stage.vera.models.register_operator("http://127.0.0.1:8800")
    with pytest.raises(InsufficientFunds, match="bond"):
        replace_batch(scene.vera, 1)


def test_replacement_when_the_batch_stands_is_refused(scene: Scene) -> None:
    scene.put_up_stake()
    replace_batch(scene.vera, 1)

    with pytest.raises(Conflict, match="open, not convicted"):
        replace_batch(scene.vera, 2)
