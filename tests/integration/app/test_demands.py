"""Demands on the real contracts: answered out of the pinned records, or closed against a silent owner."""

from pathlib import Path

import pytest

from support.chain_stage import ALICE, DAY, DEPLOYER, OPEN, VERA, Stage
from support.memory_store import MemoryStore
from tallystick.app.datasets import owning
from tallystick.app.datasets.demands import answer, close, demand
from tallystick.app.datasets.key_ring import KeyRing
from tallystick.app.datasets.reading import DatasetReader
from tallystick.app.datasets.register import Registrar
from tallystick.domain.digests import Domain
from tallystick.domain.ids import AssetId
from tallystick.errors import Conflict, InsufficientFunds, NotAuthorised
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.datasets.read import Contribution

pytestmark = pytest.mark.integration
DATA = Contribution("mills", tuple({"question": f"When {i}?", "answer": f"In {i}."} for i in range(5)))
STORE = MemoryStore()


@pytest.fixture
def alice(stage: Stage, ledger: SqliteLedger) -> ChainSystem:
    token = stage.alice.acting_as(DEPLOYER, ledger.outbox).token
    token.transfer(ALICE.address, 10 * OPEN)
    token.transfer(VERA.address, 3 * OPEN)
    return stage.alice.acting_as(ALICE, ledger.outbox)


@pytest.fixture
def domain(alice: ChainSystem) -> Domain:
    return Domain(alice.chain_id, alice.escrow.address)


@pytest.fixture
def reading(alice: ChainSystem, domain: Domain, tmp_path: Path) -> DatasetReader:
    return DatasetReader(alice, STORE, domain, ALICE, KeyRing(tmp_path, domain))


@pytest.fixture
def asset_id(alice: ChainSystem, domain: Domain, devchain: DevChain) -> AssetId:
    registrar = Registrar(alice, STORE, ALICE, domain, devchain.mine)
    return registrar.register(DATA, name="mills", licence=2).dataset.asset_id


def test_demand_when_answered_pays_the_owner_and_leaves_nothing_open(
    alice: ChainSystem, stage: Stage, reading: DatasetReader, asset_id: AssetId
) -> None:
    made = [demand(stage.vera, VERA.address, asset_id, record) for record in (4, 1)]
    before = alice.token.balance_of(ALICE.address)

    opened = answer(reading, [asset_id])

    assert [o.record for o in opened] == [1, 4] and made[0].bond == OPEN
    assert alice.token.balance_of(ALICE.address) == before + 2 * OPEN
    assert alice.datasets.open_demands(asset_id, alice.head()) == ()
    assert answer(reading, [asset_id]) == ()


def test_demand_when_unanswered_convicts(
    alice: ChainSystem, stage: Stage, reading: DatasetReader, asset_id: AssetId, devchain: DevChain
) -> None:
    made = demand(stage.vera, VERA.address, asset_id, 2)
    with pytest.raises(Conflict, match="TooEarly"):
        close(stage.vera, asset_id, 2)
    devchain.advance(DAY)

    closed = close(stage.vera, asset_id, 2)

    assert closed.convicted_at >= made.until
    found = alice.datasets.dataset(asset_id)
    assert (found.bond, found.convicted_at) == (0, alice.datasets.retired_at(asset_id))
    assert answer(reading, [asset_id]) == ()


def test_bond_when_its_time_is_over_and_no_demand_open_returns_to_its_owner(
    alice: ChainSystem, stage: Stage, reading: DatasetReader, asset_id: AssetId, devchain: DevChain
) -> None:
    held = owning.bond_of(alice, asset_id)
    assert (held.bond, held.open_demands, held.is_free) == (OPEN + 5 * OPEN // 100, 0, False)
    with pytest.raises(Conflict, match="is held until"):
        owning.take_back(alice, ALICE.address, asset_id)
    devchain.advance(held.free_at - alice.now())
    demand(stage.vera, VERA.address, asset_id, 3)
    with pytest.raises(Conflict, match="1 demands"):
        owning.take_back(alice, ALICE.address, asset_id)
    answer(reading, [asset_id])
    with pytest.raises(NotAuthorised, match="belongs to"):
        owning.take_back(stage.vera, VERA.address, asset_id)
    before = alice.token.balance_of(ALICE.address)

    back = owning.take_back(alice, ALICE.address, asset_id)

    assert alice.token.balance_of(ALICE.address) == before + back.bond == before + held.bond
    assert owning.bond_of(alice, asset_id).bond == 0
    with pytest.raises(Conflict, match="no bond"):
        owning.take_back(alice, ALICE.address, asset_id)


def test_demand_when_its_bond_is_not_there_is_not_made(
    alice: ChainSystem, stage: Stage, asset_id: AssetId, ledger: SqliteLedger
) -> None:
    for record in range(3):
        demand(stage.vera, VERA.address, asset_id, record)

    with pytest.raises(InsufficientFunds, match="bonds take 1000000"):
        demand(stage.vera, VERA.address, asset_id, 3)
