"""People at their own desks on one development chain: each with a key, a home folder and the shared content store."""

from dataclasses import dataclass
from pathlib import Path

from support.chain_stage import ALICE, DEPLOYER, NORA, OPEN, Stage
from support.memory_store import MemoryStore
from tallystick.app.datasets.desk import DatasetDesk
from tallystick.app.workbook import Workbook
from tallystick.domain.digests import Domain
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.keys.dev_keys import key_of
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.operator.client import OperatorClient

MALLORY = key_of("mallory", chain_id=31337)
KEYS = {"alice": ALICE, "nora": NORA, "mallory": MALLORY}


@dataclass(frozen=True)
class Place:
    """What `app.datasets.desk.Outside` asks, for one machine."""

    base: ChainSystem
    ledger: SqliteLedger
    store: MemoryStore
    devchain: DevChain

    def acting(self, name: str) -> ChainSystem:
        return self.base.acting_as(KEYS[name], self.ledger.outbox)

    def content(self) -> MemoryStore:
        return self.store

    def signer(self, name: str) -> Key:
        return KEYS[name]

    def operator(self, url: str) -> OperatorClient:
        return OperatorClient(url)

    def wait_blocks(self, count: int) -> None:
        self.devchain.mine(count)


@dataclass(frozen=True)
class People:
    """Desks by name; `store` is the network, which everybody reads."""

    place: Place
    folder: Path
    domain: Domain

    @property
    def store(self) -> MemoryStore:
        return self.place.store

    def desk(self, name: str) -> DatasetDesk:
        return DatasetDesk(self.place, Workbook(self.folder / name), self.domain, name)


def set_people(stage: Stage, ledger: SqliteLedger, devchain: DevChain, folder: Path) -> People:
    stage.alice.acting_as(DEPLOYER, ledger.outbox).token.transfer(ALICE.address, 20 * OPEN)
    domain = Domain(stage.alice.chain_id, stage.alice.escrow.address)
    return People(Place(stage.alice, ledger, MemoryStore(), devchain), folder, domain)
