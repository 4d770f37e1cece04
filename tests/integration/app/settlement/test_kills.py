"""Killed at every named point and started again: money moves once, no receipt settles twice, nonces have no gaps."""

import json
import shutil
from pathlib import Path

import pytest

from support.chain_seller import domain_of, sell
from support.chain_stage import BOB, NORA, Stage, set_stage
from support.crashing import works
from support.crashing.child import killed_at
from tallystick.app.settlement.settle import Settlement
from tallystick.domain.usage import SignedReceipt
from tallystick.gateways.chain.devchain import DevChain, deploy
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.integration
PAYMENTS = 2
SENDING = (
    "outbox.signed",
    "outbox.stored",
    "outbox.before-send",
    "outbox.sent",
    "outbox.mined",
    "outbox.noted",
    "outbox.sent:2",
    "ledger.before-commit:2",
    "ledger.committed:2",
)
SETTLING = (
    "settlement.batch-drafted",
    "settlement.batch-posted",
    "settlement.batch-noted",
    "settlement.period-stored",
    "settlement.period-proposed",
    "settlement.before-step:3",
    "settlement.step-taken:2",
    "outbox.sent:2",
)


def nonce(rpc: Rpc) -> int:
    return int(rpc.request("eth_getTransactionCount", NORA.address, "latest"), 16)


@pytest.mark.parametrize("point", SENDING)
def test_payment_when_killed_on_the_way_happens_once(rpc: Rpc, point: str, tmp_path: Path) -> None:
    token = deploy(rpc, NORA, "OpenToken", NORA.address, 1_000_000)
    before = nonce(rpc)

    order = (rpc.url, str(tmp_path), token.address, PAYMENTS)

    killed_at(point, "pay", *order)
    works.pay(*order)

    assert token.call("balanceOf", BOB.address) == PAYMENTS
    assert nonce(rpc) == before + PAYMENTS


@pytest.mark.parametrize("point", ["outbox.replacement-signed", "outbox.replacement-stored"])
def test_replacement_when_killed_on_the_way_happens_once(rpc: Rpc, point: str, tmp_path: Path) -> None:
    token = deploy(rpc, NORA, "OpenToken", NORA.address, 1_000_000)
    rpc.request("evm_setAutomine", False)

    order = (rpc.url, str(tmp_path), token.address, 1)

    try:
        killed_at(point, "pay", *order, 0)
    finally:
        rpc.request("evm_setAutomine", True)
    works.pay(*order)

    assert token.call("balanceOf", BOB.address) == 1


@pytest.fixture(scope="module")
def sold(devchain: DevChain, tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, Path]:
    """Two acknowledged answers in nora's books, which are closed."""
    folder = tmp_path_factory.mktemp("sold")
    with SqliteLedger(folder / "ledger.sqlite3") as ledger:
        stage = set_stage(devchain.rpc, ledger)
        asset, _ = stage.nora.models.register_operator("http://127.0.0.1:8700")
        sell(stage, ledger, 2, asset=asset)
    return stage, folder


@pytest.mark.parametrize("point", SETTLING)
def test_settlement_when_killed_on_the_way_settles_each_receipt_once(
    rpc: Rpc, sold: tuple[Stage, Path], point: str, tmp_path: Path
) -> None:
    stage, books = sold
    for part in books.iterdir():
        (tmp_path / part.name).write_bytes(part.read_bytes())

    (tmp_path / "deployment.json").write_text(
        json.dumps({"chain_id": stage.nora.chain_id, "contracts": dict(stage.nora.deployment.contracts)})
    )

    killed_at(point, "settle", rpc.url, str(tmp_path))
    works.settle(rpc.url, str(tmp_path))

    (batch,) = stage.vera.batches.submitted(0, rpc.block_number())
    assert batch.header.receipt_count == 2
    active = stage.vera.rewards.active_period()
    assert active.number >= 1 and active.finality_to == 1
    bases = [p.proposal.base for p in stage.vera.rewards.proposed(0, rpc.block_number())]
    assert len(bases) == len(set(bases))


def test_batch_when_a_twin_posts_while_it_is_made_is_the_same_one(
    rpc: Rpc, sold: tuple[Stage, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, books = sold
    before = rpc.request("evm_snapshot")
    store = works.FileStore(tmp_path / "content")
    for name in ("mine", "twin"):
        shutil.copytree(books, tmp_path / name)
    with (
        SqliteLedger(tmp_path / "mine" / "ledger.sqlite3") as mine,
        SqliteLedger(tmp_path / "twin" / "ledger.sqlite3") as twin,
    ):
        ours, theirs = (
            Settlement(stage.vera.acting_as(NORA, ledger.outbox), store, ledger, NORA, domain_of(stage))
            for ledger in (mine, twin)
        )
        looked = Settlement.receipts

        def meanwhile(self: Settlement) -> tuple[SignedReceipt, ...]:
            monkeypatch.setattr(Settlement, "receipts", looked)
            theirs.close_batch()
            return looked(self)

        monkeypatch.setattr(Settlement, "receipts", meanwhile)
        ours.close_batch()

        assert [b.batch_id for b in mine.batches.list()] == [b.batch_id for b in twin.batches.list()]
        assert len(stage.vera.batches.submitted(0, rpc.block_number())) == 1
    rpc.request("evm_revert", before)
