"""What a node does when it is killed, over files and a chain that outlive it."""

import hashlib
import json
from pathlib import Path

from support import chain_seller
from support.chain_stage import BOB, DAY, NORA, set_stage
from tallystick.app.indexing.indexer import Indexer
from tallystick.app.settlement.settle import Settlement
from tallystick.app.settlement.steps import settle_due
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, Hash
from tallystick.errors import NotFound, Unavailable
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.deployment import read_deployment
from tallystick.gateways.chain.devchain import advance_time
from tallystick.gateways.chain.endpoints.event_log import EventLog
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.ledger.event_index.store import SqliteEventIndex


def pay(url: str, folder: str, token: str, count: int, replace_after_s: int = 60) -> None:
    """Tokens to BOB, one a payment, each by its intent."""
    rpc = Rpc(url)
    with SqliteLedger(Path(folder) / "ledger.sqlite3") as ledger:
        policy = SendPolicy(timeout_s=5, replace_after_s=replace_after_s, lock_folder=Path(folder))
        sender = Sender(rpc, NORA, ledger.outbox, policy)
        sender.resume()
        for number in range(count):
            bound = Contract(rpc, "OpenToken", Address(token))
            sender.send(bound, "transfer", BOB.address, 1, intent=f"pay {number}")


def index(url: str, path: str, token: str) -> Hash:
    """Brought up to the chain; its digest."""
    rpc = Rpc(url)
    held = SqliteEventIndex(Path(path), chain=rpc.chain, addresses=[Address(token)], first_block=0)
    try:
        Indexer(EventLog(rpc), held).catch_up()
        return held.digest()
    finally:
        held.close()


def settle(url: str, folder: str) -> None:
    """NORA's settlement through all its windows; the folder holds her ledger and `deployment.json`."""
    deployment = read_deployment(Path(folder) / "deployment.json")
    own = ChainSystem(Rpc(url), deployment)
    with SqliteLedger(Path(folder) / "ledger.sqlite3") as ledger:
        chain = own.acting_as(NORA, ledger.outbox, SendPolicy(timeout_s=5))
        domain = Domain(chain.chain_id, chain.escrow.address)
        settlement = Settlement(chain, FileStore(Path(folder) / "content"), ledger, NORA, domain)
        for _ in range(4):
            settle_due(settlement)
            advance_time(own.rpc, DAY + 1)


def sell(url: str, folder: str) -> None:
    """The stage, and two acknowledged answers in NORA's books, with `deployment.json` beside them."""
    rpc = Rpc(url)
    with SqliteLedger(Path(folder) / "ledger.sqlite3") as ledger:
        stage = set_stage(rpc, ledger)
        asset, _ = stage.nora.models.register_operator("http://127.0.0.1:8700")
        chain_seller.sell(stage, ledger, 2, asset=asset)
    contracts = dict(stage.nora.deployment.contracts)
    told = json.dumps({"chain_id": rpc.chain_id, "contracts": contracts})
    (Path(folder) / "deployment.json").write_text(told)


def check_settled(url: str, folder: str) -> None:
    """Prints what is wrong: one batch of both receipts, periods that follow one another, each receipt in it once."""
    rpc = Rpc(url)
    system = ChainSystem(rpc, read_deployment(Path(folder) / "deployment.json"))
    head = rpc.block_number()
    with SqliteLedger(Path(folder) / "ledger.sqlite3") as ledger:
        chain = system.acting_as(NORA, ledger.outbox)
        counts = [b.header.receipt_count for b in chain.batches.submitted(0, head)]
        bases = [p.proposal.base for p in chain.rewards.proposed(0, head)]
        active = chain.rewards.active_period()
        kept = [len([*ledger.receipts.of_batch(b.header_hash)]) for b in ledger.batches.list()]
    if counts != [2] or kept != [2]:
        print(f"batches of {counts} receipts on the chain, of {kept} in the books")
    if active.number < 1 or active.finality_to != 1:
        print(f"period {active.number} is active, up to batch {active.finality_to}")
    if len(bases) != len(set(bases)):
        print(f"two proposals follow one period: {bases}")


class FileStore:
    """Content in a folder, which outlives the process that added it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def add(self, data: bytes) -> Hash:
        digest = hashlib.sha256(data).digest()
        try:
            (self._folder / digest.hex()).write_bytes(data)
        except OSError as error:
            raise Unavailable(f"The content cannot be kept: {error.strerror}.", "Mend the disk.") from error
        return Hash(digest)

    def add_file(self, path: Path) -> Hash:
        return self.add(path.read_bytes())

    def get(self, digest: Hash, max_bytes: int = 1 << 26) -> bytes:
        try:
            return (self._folder / digest.hex()).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("There is no such content.", "Ask another node.") from error

    def get_file(self, digest: Hash, target: Path, max_bytes: int = 1 << 26) -> None:
        target.write_bytes(self.get(digest, max_bytes))
