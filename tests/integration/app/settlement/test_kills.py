"""Killed at every named point and started again: money moves once, no receipt settles twice, nonces have no gaps."""

import hashlib
from pathlib import Path

import pytest

from support.chain_seller import domain_of, sell
from support.chain_stage import BOB, DAY, NORA, Stage, set_stage
from support.crashing.child import killed_at
from tallystick.app.settlement.settle import Settlement
from tallystick.app.settlement.steps import settle_due
from tallystick.domain.ids import Hash
from tallystick.errors import NotFound
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.devchain import DevChain, advance_time, deploy
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.chain.system import ChainSystem
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

    def pay(url: str = rpc.url) -> None:
        own = Rpc(url)
        with SqliteLedger(tmp_path / "ledger.sqlite3") as ledger:
            sender = Sender(own, NORA, ledger.outbox, SendPolicy(timeout_s=5, lock_folder=tmp_path))
            sender.resume()
            for number in range(PAYMENTS):
                bound = Contract(own, "OpenToken", token.address)
                sender.send(bound, "transfer", BOB.address, 1, intent=f"pay {number}")

    killed_at(point, pay)
    pay()

    assert token.call("balanceOf", BOB.address) == PAYMENTS
    assert nonce(rpc) == before + PAYMENTS


@pytest.mark.parametrize("point", ["outbox.replacement-signed", "outbox.replacement-stored"])
def test_replacement_when_killed_on_the_way_happens_once(rpc: Rpc, point: str, tmp_path: Path) -> None:
    token = deploy(rpc, NORA, "OpenToken", NORA.address, 1_000_000)
    rpc.request("evm_setAutomine", False)

    def pay(policy: SendPolicy = SendPolicy(timeout_s=5, replace_after_s=0)) -> None:  # noqa: B008
        own = Rpc(rpc.url)
        with SqliteLedger(tmp_path / "ledger.sqlite3") as ledger:
            bound = Contract(own, "OpenToken", token.address)
            Sender(own, NORA, ledger.outbox, policy).send(bound, "transfer", BOB.address, 1, intent="pay")

    try:
        killed_at(point, pay)
    finally:
        rpc.request("evm_setAutomine", True)
    pay(SendPolicy(timeout_s=5))

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

    def settle() -> None:
        own = ChainSystem(Rpc(rpc.url), stage.nora.deployment)
        with SqliteLedger(tmp_path / "ledger.sqlite3") as ledger:
            chain = own.acting_as(NORA, ledger.outbox, SendPolicy(timeout_s=5))
            settlement = Settlement(chain, FileStore(tmp_path / "content"), ledger, NORA, domain_of(stage))
            for _ in range(4):
                settle_due(settlement)
                advance_time(own.rpc, DAY + 1)

    killed_at(point, settle)
    settle()

    (batch,) = stage.vera.batches.submitted(0, rpc.block_number())
    assert batch.header.receipt_count == 2
    active = stage.vera.rewards.active_period()
    assert active.number >= 1 and active.finality_to == 1
    bases = [p.proposal.base for p in stage.vera.rewards.proposed(0, rpc.block_number())]
    assert len(bases) == len(set(bases))


class FileStore:
    """Content in a folder, which outlives the process that added it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def add(self, data: bytes) -> Hash:
        digest = hashlib.sha256(data).digest()
        (self._folder / digest.hex()).write_bytes(data)
        return Hash(digest)

    def add_file(self, path: Path) -> Hash:
        return self.add(path.read_bytes())

    def get(self, digest: Hash, max_bytes: int = 1 << 26) -> bytes:
        try:
            return (self._folder / digest.hex()).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("There is no such content.", "Ask another node.") from error
