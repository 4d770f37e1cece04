"""The index over anvil: the same answers as the chain's, through reorganisations and kills."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.chain_stage import BOB, NORA, Stage, make_header
from support.crashing.child import killed_at
from tallystick.app.indexing.indexer import Indexer
from tallystick.domain.ids import Hash
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.devchain import deploy, mine_blocks
from tallystick.gateways.chain.endpoints.event_log import EventLog
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.ledger.event_index.store import SqliteEventIndex

pytestmark = pytest.mark.integration


def index_at(path: Path, rpc: Rpc, contract: Contract) -> SqliteEventIndex:
    return SqliteEventIndex(path, chain=rpc.chain, addresses=[contract.address], first_block=0)


def digest_of(path: Path, rpc: Rpc, contract: Contract) -> Hash:
    index = index_at(path, rpc, contract)
    Indexer(EventLog(rpc), index).catch_up()
    digest = index.digest()
    index.close()
    return digest


@pytest.fixture
def token(rpc: Rpc) -> Contract:
    return deploy(rpc, NORA, "OpenToken", NORA.address, 1_000_000)


@pytest.fixture
def source(stage: Stage, rpc: Rpc, tmp_path: Path) -> Iterator[SqliteEventIndex]:
    held = list(stage.nora.deployment.contracts.values())
    index = SqliteEventIndex(tmp_path / "index", chain=rpc.chain, addresses=held, first_block=0)
    yield index
    rpc.events = None
    index.close()


def test_events_when_indexed_are_those_of_the_chain(stage: Stage, rpc: Rpc, source: SqliteEventIndex) -> None:
    def told() -> tuple[object, ...]:
        head = rpc.block_number()
        return (
            stage.vera.batches.submitted(0, head),
            stage.vera.batches.submitted(0, head, operator=NORA.address),
            stage.vera.batches.submitted(0, head, operator=BOB.address),
            stage.vera.batches.batch(1),
            stage.vera.token._events("Transfer", 0, head, to=NORA.address),
        )

    stage.nora.batches.submit_batch(make_header())
    plain = told()
    Indexer(EventLog(rpc), source).catch_up()
    rpc.events = source
    assert told() == plain

    stage.nora.token.transfer(BOB.address, 5)  # above the tip
    assert (
        stage.vera.token._events("Transfer", 0, rpc.block_number(), to=BOB.address)[-1].values["value"] == 5
    )
    rpc.request("anvil_reorg", 2, [])  # the tip is no longer on the chain, and the index does not know
    assert len(stage.vera.batches.submitted(0, rpc.block_number())) < 2
    assert [
        e.values["value"] for e in stage.vera.token._events("Transfer", 0, rpc.block_number(), value=5)
    ] == []


def test_index_when_the_chain_reorganises_equals_one_made_anew(
    rpc: Rpc, token: Contract, ledger: SqliteLedger, tmp_path: Path
) -> None:
    index, chance = index_at(tmp_path / "index", rpc, token), random.Random(7)
    sender, indexer = Sender(rpc, NORA, ledger.outbox), Indexer(EventLog(rpc), index)
    mine_blocks(rpc, 20)
    for amount in range(1, 9):
        sender.send(token, "transfer", BOB.address, amount)
        indexer.catch_up()
        if chance.random() < 0.6:
            rpc.request("anvil_reorg", chance.randint(1, 8), [])
            mine_blocks(rpc, chance.randint(0, 2))
    state = indexer.catch_up()
    digest = index.digest()
    index.close()

    assert state.lag == 0
    assert digest == digest_of(tmp_path / "anew", rpc, token)


@pytest.mark.parametrize(
    "point", ["index.read", "index.extended", "index.before-rollback", "index.rolled-back"]
)
def test_index_when_killed_goes_on_where_it_was(
    rpc: Rpc, token: Contract, ledger: SqliteLedger, point: str, tmp_path: Path
) -> None:
    sender = Sender(rpc, NORA, ledger.outbox)
    sender.send(token, "transfer", BOB.address, 1)
    if "roll" in point:
        digest_of(tmp_path / "index", rpc, token)
        rpc.request("anvil_reorg", 1, [])
    ledger.close()

    killed_at(point, "index", rpc.url, str(tmp_path / "index"), token.address)

    assert digest_of(tmp_path / "index", rpc, token) == digest_of(tmp_path / "anew", rpc, token)
