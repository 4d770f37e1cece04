"""Demands against nora's batches, proposals and data sets on the real contracts: her settle loop answers them."""

from dataclasses import replace
from pathlib import Path

import pytest

from support.chain_seller import domain_of, register_terms, sell, sell_under, settlement_of
from support.chain_stage import ALICE, BOB, CARD, DAY, DEPLOYER, NORA, OPEN, VERA, Stage
from support.memory_store import MemoryStore
from tallystick.app.challenges.answers import Answering
from tallystick.app.datasets.demands import demand as demand_record
from tallystick.app.datasets.key_ring import KeyRing
from tallystick.app.datasets.keys import KeyDesk
from tallystick.app.datasets.reading import DatasetReader, OwnDatasets
from tallystick.app.datasets.register import NewData, Registrar
from tallystick.app.settlement.settle import Settlement
from tallystick.app.settlement.steps import SettledStep, settle_due
from tallystick.domain.challenge import BatchLeaf, RewardLeaf
from tallystick.domain.digests import Domain
from tallystick.errors import Unavailable
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.sending.inclusion import Inclusion
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.operator.client import OperatorClient
from tallystick.pipeline.datasets.read import Contribution
from tallystick.ports import Token

pytestmark = pytest.mark.integration
DATA = Contribution("mills", tuple({"question": f"When {i}?", "answer": f"In {i}."} for i in range(3)))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def bob(stage: Stage, ledger: SqliteLedger) -> ChainSystem:
    return stage.nora.acting_as(BOB, ledger.outbox)


@pytest.fixture
def settlement(stage: Stage, ledger: SqliteLedger, store: MemoryStore) -> Settlement:
    """Batch 1 of three receipts is open."""
    asset, _ = stage.nora.agents.register_agent(CARD, "https://agent.example")
    sell(stage, ledger, 3, asset=asset)
    made = settlement_of(stage, ledger, store)
    assert [s.action for s in settle_due(made)] == ["submit", "wait"]
    return made


def demand_leaf(chain: ChainSystem, kind: BatchLeaf, index: int) -> int:
    """Vera's or bob's demand against batch 1; its bond in wei."""
    book = chain.data_challenges
    book.demand(chain.batches.batch(1), kind, index, bond=2 * book.bond_of(1))
    return next(d.bond_wei for d in book.demands(1) if (d.kind, d.index) == (kind, index))


def fund(stage: Stage, ledger: SqliteLedger) -> Token:
    """alice and vera have 10 OPEN each, for bonds."""
    token = stage.alice.acting_as(DEPLOYER, ledger.outbox).token
    for person in (ALICE, VERA):
        token.transfer(person.address, 10 * OPEN)
    return token


def reading_of(chain: ChainSystem, key: Key, store: MemoryStore, folder: Path) -> DatasetReader:
    domain = Domain(chain.chain_id, chain.escrow.address)
    return DatasetReader(chain, store, domain, key, KeyRing(folder, domain))


def told(steps: tuple[SettledStep, ...]) -> list[tuple[str, str]]:
    return [(s.action, s.note) for s in steps]


def test_settle_when_leaves_are_demanded_publishes_them_and_earns_the_bonds(
    settlement: Settlement, bob: ChainSystem, store: MemoryStore
) -> None:
    bonds = demand_leaf(bob, BatchLeaf.RECEIPT, 1) + demand_leaf(bob, BatchLeaf.CREDIT, 2)
    before = bob.data_challenges.owed_to(BOB.address)
    store.held.clear()  # the books suffice

    steps = settle_due(settlement)

    assert told(steps) == [("answer", "receipt 1"), ("answer", "credit 2"), ("wait", "")]
    book = settlement.chain.data_challenges
    assert book.demands() == () and book.is_answered(1, BatchLeaf.RECEIPT, 1)
    assert book.owed_to(NORA.address) == bonds > 0
    assert book.owed_to(BOB.address) == before  # only what he sent beyond the bonds
    assert told(settle_due(settlement)) == [("wait", "")]


def test_settle_when_it_was_killed_after_signing_answers_once(
    settlement: Settlement, bob: ChainSystem, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bond = demand_leaf(bob, BatchLeaf.RECEIPT, 0)

    def die(*_: object, **__: object) -> None:
        raise Unavailable("The node was killed.")

    with monkeypatch.context() as patched:
        patched.setattr(Inclusion, "see_through", die)
        (failed, *_) = settle_due(settlement)
    assert (failed.action, failed.note) == ("unanswered", "receipt 0: The node was killed.")

    assert told(settle_due(settlement)) == [("answer", "receipt 0"), ("wait", "")]
    assert stage.nora.data_challenges.owed_to(NORA.address) == bond


def test_settle_when_neither_books_nor_content_have_the_leaf_says_so_and_goes_on(
    settlement: Settlement, bob: ChainSystem, ledger: SqliteLedger, store: MemoryStore
) -> None:
    demand_leaf(bob, BatchLeaf.RECEIPT, 0)
    ledger.batches.mark(settlement.chain.batches.batch(1).header_hash, "voided")  # lets go of the receipts
    kept = dict(store.held)
    store.held.clear()

    lost, *_ = settle_due(settlement)
    assert (lost.action, lost.batch_id) == ("unanswered", 1) and "no such content" in lost.note

    store.held.update(kept)
    assert told(settle_due(settlement))[0] == ("answer", "receipt 0")


def test_settle_when_the_demand_is_not_against_us_leaves_it_alone(
    settlement: Settlement, bob: ChainSystem, stage: Stage, ledger: SqliteLedger, store: MemoryStore
) -> None:
    demand_leaf(bob, BatchLeaf.RECEIPT, 0)
    others = Settlement(stage.alice, store, ledger, ALICE, domain_of(stage))

    assert told(settle_due(others)) == [("rest", "")]
    assert len(bob.data_challenges.demands(1)) == 1


def test_settle_when_the_time_of_a_demand_is_over_does_not_try(
    settlement: Settlement, bob: ChainSystem, devchain: DevChain
) -> None:
    demand_leaf(bob, BatchLeaf.RECEIPT, 0)
    devchain.advance(DAY)

    assert [s.action for s in settle_due(settlement)] == ["wait"]
    assert len(Answering(settlement).demands()) == 1


def test_settle_when_reward_leaves_are_demanded_publishes_them(
    settlement: Settlement, bob: ChainSystem, devchain: DevChain, store: MemoryStore
) -> None:
    devchain.advance(DAY)
    assert [s.action for s in settle_due(settlement)] == ["finalise", "propose", "wait"]
    proposal = bob.rewards.proposed(0, bob.head())[0].proposal
    book = bob.reward_challenges
    for kind in (RewardLeaf.EPOCH, RewardLeaf.CUMULATIVE):
        book.demand(1, proposal, kind, 0, bond=2 * book.bond_of(1))
    owed = sum(d.bond_wei for d in book.demands(1))
    store.held.clear()

    steps = settle_due(settlement)

    assert told(steps)[:2] == [
        ("answer", "proposal 1, epoch 0"),
        ("answer", "proposal 1, cumulative 0"),
    ]
    assert book.demands() == () and book.owed_to(NORA.address) == owed > 0


def test_settle_when_a_record_is_demanded_opens_it_for_its_owner(
    stage: Stage, ledger: SqliteLedger, store: MemoryStore, devchain: DevChain, tmp_path: Path
) -> None:
    token = fund(stage, ledger)
    registrar = Registrar(stage.alice, store, ALICE, domain_of(stage), devchain.mine)
    asset_id = registrar.register(DATA, name="mills", licence=2).dataset.asset_id
    before = token.balance_of(ALICE.address)
    settlement = settlement_of(stage, ledger, store)
    own = OwnDatasets(reading_of(stage.nora, NORA, store, tmp_path), (asset_id,))

    for _ in range(2):  # a record may be demanded again
        demand_record(stage.vera, VERA.address, asset_id, 2)
        steps = settle_due(settlement, own)
        assert told(steps)[0] == ("answer", f"data set 0x{asset_id.hex()}, record 2")

    assert token.balance_of(ALICE.address) == before + 2 * OPEN
    assert stage.vera.datasets.open_demands(asset_id, stage.vera.head()) == ()


def test_settle_when_the_record_is_of_a_private_data_set_reads_it_with_its_owners_key(
    stage: Stage, ledger: SqliteLedger, store: MemoryStore, devchain: DevChain, tmp_path: Path
) -> None:
    fund(stage, ledger)
    owner = reading_of(stage.alice, ALICE, store, tmp_path)
    keep = KeyDesk(owner, OperatorClient).keep_own
    registrar = Registrar(stage.alice, store, ALICE, domain_of(stage), devchain.mine, keep)
    (made,) = registrar.register_all([NewData(DATA, "mills", 0, None, is_private=True)])
    asset_id = made.dataset.asset_id
    demand_record(stage.vera, VERA.address, asset_id, 2)

    others = OwnDatasets(reading_of(stage.nora, NORA, store, tmp_path), (asset_id,))
    (failed, *_) = settle_due(settlement_of(stage, ledger, store), others)
    settlement = Settlement(stage.alice, store, ledger, ALICE, domain_of(stage))
    steps = settle_due(settlement, OwnDatasets(owner, (asset_id,)))

    assert failed.action == "unanswered" and "is private" in failed.note
    assert told(steps) == [("answer", f"data set 0x{asset_id.hex()}, record 2"), ("rest", "")]
    assert stage.vera.datasets.open_demands(asset_id, stage.vera.head()) == ()


def test_settle_when_an_orphan_was_voided_settles_its_receipts_anew(
    settlement: Settlement, stage: Stage, ledger: SqliteLedger, devchain: DevChain
) -> None:
    terms = register_terms(stage)
    sell_under(stage, ledger, terms, 2, lane=1)
    assert [s.action for s in settle_due(settlement)] == ["redeem", "submit", "wait"]
    demand_leaf(stage.vera, BatchLeaf.RECEIPT, 0)
    devchain.advance(DAY)
    first = stage.vera.batches.batch(1)
    stage.vera.data_challenges.convict_silent(first, BatchLeaf.RECEIPT, 0)

    steps = settle_due(settlement)

    assert [(s.action, s.batch_id) for s in steps][:3] == [("void", 2), ("release", 2), ("submit", 3)]
    anew, orphan = stage.vera.batches.batch(3), stage.vera.batches.batch(2)
    assert anew.header.receipts_root == orphan.header.receipts_root and orphan.status == "released"


def test_settle_when_another_replaced_our_batch_finalises_it_without_books(
    settlement: Settlement, stage: Stage, devchain: DevChain, ledger: SqliteLedger
) -> None:
    demand_leaf(stage.vera, BatchLeaf.RECEIPT, 0)
    devchain.advance(DAY)
    convicted = stage.vera.batches.batch(1)
    stage.vera.data_challenges.convict_silent(convicted, BatchLeaf.RECEIPT, 0)
    convicted, chain = stage.vera.batches.batch(1), stage.vera
    header = replace(convicted.header, poster=VERA.address)
    chain.acting_as(DEPLOYER, ledger.outbox).token.transfer(VERA.address, 50 * OPEN)
    chain.token.approve(chain.stake.address, 50 * OPEN)
    chain.stake.deposit(50 * OPEN)
    chain.batches.replace_batch(header, convicted)
    devchain.advance(DAY)

    assert ("finalise", 2) in [(s.action, s.batch_id) for s in settle_due(settlement)]
