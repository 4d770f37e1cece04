"""Registration on the real contracts: cut off anywhere and tried again, it ends in one data set and one bond."""

import pytest

from support.chain_stage import ALICE, DEPLOYER, OPEN, Stage
from support.memory_store import MemoryStore
from tallystick.app.datasets.lineage import only_new, versions_until
from tallystick.app.datasets.register import NewData, RegisteredData, Registrar
from tallystick.domain.digests import Domain
from tallystick.errors import Conflict, InsufficientFunds, InvalidInput
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.datasets.read import Contribution

pytestmark = pytest.mark.integration
DATA = Contribution("mills", tuple({"question": f"When {i}?", "answer": f"In {i}."} for i in range(40)))


class PowerCut(Exception):
    pass


@pytest.fixture
def alice(stage: Stage, ledger: SqliteLedger) -> ChainSystem:
    stage.alice.acting_as(DEPLOYER, ledger.outbox).token.transfer(ALICE.address, 2 * OPEN)
    return stage.alice.acting_as(ALICE, ledger.outbox)


def register(alice: ChainSystem, devchain: DevChain, *, cut: bool = False) -> RegisteredData:
    def wait(count: int) -> None:
        if cut:
            raise PowerCut
        devchain.mine(count)

    domain = Domain(alice.chain_id, alice.escrow.address)
    return Registrar(alice, MemoryStore(), ALICE, domain, wait).register(DATA, name="mills", licence=2)


def test_register_when_cut_off_after_the_commitment_is_taken_up(
    alice: ChainSystem, devchain: DevChain
) -> None:
    with pytest.raises(PowerCut):
        register(alice, devchain, cut=True)

    done = register(alice, devchain)

    assert done.commit_tx is None and done.reveal_tx is not None and done.dataset.order == 1
    assert alice.token.balance_of(ALICE.address) == 2 * OPEN - alice.datasets.bond_of(40)


def test_register_when_done_again_finds_the_same_data_set_and_pays_no_second_bond(
    alice: ChainSystem, devchain: DevChain
) -> None:
    first, again = register(alice, devchain), register(alice, devchain)

    assert again.dataset == first.dataset and again.manifest_digest == first.manifest_digest
    assert (again.commit_tx, again.reveal_tx) == (None, None)
    assert alice.token.balance_of(ALICE.address) == 2 * OPEN - alice.datasets.bond_of(40)


def test_register_all_when_several_are_new_takes_one_transaction_each_way(
    alice: ChainSystem, stage: Stage, ledger: SqliteLedger, devchain: DevChain
) -> None:
    stage.alice.acting_as(DEPLOYER, ledger.outbox).token.transfer(ALICE.address, 10 * OPEN)
    first = register(alice, devchain)
    registrar = Registrar(
        alice, MemoryStore(), ALICE, Domain(alice.chain_id, alice.escrow.address), devchain.mine
    )
    more = [Contribution(n, ({"question": f"{n}?", "answer": "Yes."},)) for n in ("east", "west")]

    done = registrar.register_all([NewData(c, c.name, 2) for c in (more[0], DATA, more[1])])

    assert [r.dataset.order for r in done] == [2, 1, 3] and done[1].dataset.asset_id == first.dataset.asset_id
    assert done[1].reveal_tx is None is done[1].commit_tx
    assert done[0].commit_tx == done[2].commit_tx and done[0].reveal_tx == done[2].reveal_tx is not None
    found = alice.datasets.dataset(done[2].dataset.asset_id)
    assert (found.root, found.manifest_digest) == (done[2].dataset.root, done[2].manifest_digest)


def test_register_all_when_two_hold_one_record_commits_nothing(
    alice: ChainSystem, devchain: DevChain
) -> None:
    registrar = Registrar(
        alice, MemoryStore(), ALICE, Domain(alice.chain_id, alice.escrow.address), devchain.mine
    )
    again = Contribution("copy", (*DATA.bodies[:1], {"question": "Who?", "answer": "Nobody."}))

    with pytest.raises(InvalidInput, match="mills and copy hold one and the same record"):
        registrar.register_all([NewData(DATA, "mills", 2), NewData(again, "copy", 2)])
    assert alice.token.balance_of(alice.datasets.address) == 0


def test_register_when_the_bond_is_not_there_commits_nothing(stage: Stage, devchain: DevChain) -> None:
    with pytest.raises(InsufficientFunds, match="bonds take 1400000"):
        register(stage.alice, devchain)
    assert stage.alice.token.balance_of(stage.alice.datasets.address) == 0


def test_register_when_after_a_version_holds_what_is_new_and_is_linked(
    alice: ChainSystem, stage: Stage, ledger: SqliteLedger, devchain: DevChain
) -> None:
    stage.alice.acting_as(DEPLOYER, ledger.outbox).token.transfer(ALICE.address, 10 * OPEN)
    first = register(alice, devchain).dataset
    more = Contribution("mills", (*DATA.bodies, {"question": "Who?", "answer": "Nobody."}))
    domain = Domain(alice.chain_id, alice.escrow.address)
    registrar = Registrar(alice, MemoryStore(), ALICE, domain, devchain.mine)

    new = only_new(more, [first])
    second = registrar.register(new, name="mills", licence=2, previous=first.asset_id).dataset

    assert [r.body for r in second.records] == [{"question": "Who?", "answer": "Nobody."}]
    assert versions_until(alice, second.asset_id) == (first.asset_id, second.asset_id)
    assert alice.datasets.next_version_of(first.asset_id) == second.asset_id
    assert alice.datasets.next_version_of(second.asset_id) is None
    other = Contribution("mills", ({"question": "Where?", "answer": "There."},))
    with pytest.raises(Conflict, match="NotLatest"):
        registrar.register(other, name="mills", licence=2, previous=first.asset_id)
    with pytest.raises(InvalidInput, match="no record that is not in an earlier version"):
        only_new(more, [first, second])
