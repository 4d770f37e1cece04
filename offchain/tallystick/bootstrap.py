"""Settings to a working application: the only place that makes gateways."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from tallystick.app.doctor import Examination, Probes
from tallystick.app.node import Node
from tallystick.app.redteam.attacks.attack import Ground
from tallystick.app.verbs.parts import Report
from tallystick.app.workbook import Workbook
from tallystick.config import Config
from tallystick.domain.ids import Address
from tallystick.errors import NodeError, NotFound
from tallystick.gateways.chain.deployment import read_deployment
from tallystick.gateways.chain.devchain import CHAIN_ID, mine_blocks
from tallystick.gateways.chain.endpoints.event_log import EventLog
from tallystick.gateways.chain.endpoints.genesis import Pins, check_same
from tallystick.gateways.chain.inprocess.ground import InProcessGround
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.chain.system import ChainSystem, connected
from tallystick.gateways.child import torch_release
from tallystick.gateways.content.embedded import EmbeddedKubo
from tallystick.gateways.content.gateway import Gateway
from tallystick.gateways.content.kubo import Kubo
from tallystick.gateways.content.pinning import PinningService
from tallystick.gateways.content.verified import VerifiedContent
from tallystick.gateways.drand import Drand
from tallystick.gateways.engines.openai_server import OpenAIServer
from tallystick.gateways.keys.cabinet import Cabinet
from tallystick.gateways.keys.keystore import READER, SIGNER, Key, Keystore
from tallystick.gateways.keys.passwords import new_password, read_password
from tallystick.gateways.keys.remote import RemotePlace
from tallystick.gateways.ledger.backends.checking import check_books
from tallystick.gateways.ledger.books import SqlLedger, holds_books
from tallystick.gateways.ledger.event_index.store import IndexReader, SqliteEventIndex
from tallystick.gateways.lockfile import LockFile
from tallystick.gateways.operator.client import OperatorClient
from tallystick.gateways.supervisor import Supervisor
from tallystick.pipeline.inference.retrieval.vectors import EmbeddedIndex, MakeIndex
from tallystick.ports import Reader
from tallystick.ports.ledger import Analyst, Keeper
from tallystick.ports.observing.metrics import Exposition

BLOCK_POLL_S = 1.0
_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


def once(make: Callable[_Given, _Made]) -> Callable[_Given, _Made]:
    """Made by the first thread that asks, while others wait; what failed is tried again."""
    kept, alone = cache(make), threading.RLock()

    @wraps(make)
    def made(*given: _Given.args, **named: _Given.kwargs) -> _Made:
        with alone:
            return kept(*given, **named)  # type: ignore[arg-type]

    return made


def project_root() -> Path:
    """The checkout with scripts and node_modules: where one works, or where the package lies."""
    for folder in (Path.cwd(), *Path(__file__).resolve().parents):
        if (folder / "scripts" / "deploy.py").is_file():
            return folder
    raise NotFound(
        "There is no checkout of the project here.", "Run this in a clone: the demo deploys from source."
    )


def deployment_file(config: Config, chain_id: int) -> Path:
    return config.deployment or Path("build") / "deployments" / f"{chain_id}.json"


def node_from(config: Config, report: Report = lambda what, done, total: None) -> Node:
    """The application on a real chain and content node. Connects on first use."""
    return Node(config, _Outside(config, report))


class _Outside:
    """Satisfies `app.node.Outside`."""

    def __init__(self, config: Config, report: Report) -> None:
        self._config, self._held, self.report = config, ExitStack(), report

    @once
    def chain(self) -> ChainSystem:
        fallbacks = self._config.rpc_fallbacks.revealed
        pins = Pins(self._config.home / "chains.json")
        rpc = Rpc(self._config.rpc_url.one, fallbacks=fallbacks, metrics=self.metrics(), pins=pins)
        if self._config.index_file.exists():
            reader = IndexReader(self._config.index_file, chain=rpc.chain)
            rpc.events = self._held.enter_context(closing(reader))
        return connected(rpc, deployment_file(self._config, rpc.chain_id))

    @once
    def metrics(self) -> Exposition:
        from tallystick.gateways.metrics.registry import Registry

        return Registry()

    def supervisor(self) -> Supervisor:
        return Supervisor()

    def event_chain(self) -> EventLog:
        return EventLog(self.chain().rpc)

    @once
    def event_index(self) -> SqliteEventIndex:
        rpc, deployment = self.chain().rpc, self.chain().deployment
        file, addresses = self._config.index_file, list(deployment.contracts.values())
        made = SqliteEventIndex(file, chain=rpc.chain, addresses=addresses, first_block=deployment.block)
        rpc.events = self._held.enter_context(closing(made))
        return made

    def alone(self) -> LockFile:
        return LockFile(self._config.lock_file, what="The node's home")

    @once
    def content(self) -> VerifiedContent:
        ipfs, told = self._config.ipfs, self._config.content
        if ipfs == "embedded":
            ipfs = self._held.enter_context(EmbeddedKubo(self._config.home / "content")).multiaddr
        others = [Gateway(each) if "://" in each else Kubo(each) for each in told.sources.revealed]
        token = read_password(told.pinning_token_file) if told.pinning else ""
        services = [PinningService(each, token) for each in told.pinning.revealed]
        return VerifiedContent(Kubo(ipfs), others, services)

    def kept_content(self) -> VerifiedContent:
        return self.content()

    @once
    def vectors(self) -> MakeIndex:
        if self._config.vectors.one == "embedded":
            return EmbeddedIndex
        from tallystick.gateways.vectors.qdrant import Qdrant

        return Qdrant.at(self._config.vectors.one).index

    @once
    def ledger(self) -> SqlLedger:
        return self._held.enter_context(SqlLedger(self._config.database))

    @once
    def records(self) -> SqlLedger:
        if not holds_books(self._config.database):
            return self.ledger()
        return self._held.enter_context(SqlLedger(self._config.database, read_only=True))

    @once
    def purchases(self) -> SqlLedger:
        return self._held.enter_context(SqlLedger(self._config.purchases_file))

    @once
    def cabinet(self) -> Cabinet:
        file, reader = self._config.password_file, self._config.roles.reader
        return Cabinet(self._config.keystore, lambda name: read_password(file, key=name), reader)

    def signer(self, name: str) -> Reader:
        return self.cabinet().signer(name)

    def passing_key(self) -> Key:
        return Key.generate()

    @once
    def acting(self, name: str) -> ChainSystem:
        return self._acting(name, self.ledger())

    @once
    def acting_beside(self, name: str) -> ChainSystem:
        return self._acting(name, self._books_beside())

    @once
    def _books_beside(self) -> SqlLedger:
        return self._held.enter_context(SqlLedger(self._config.home / "beside.sqlite3"))

    def _acting(self, name: str, books: SqlLedger) -> ChainSystem:
        chain = self.chain()
        policy = SendPolicy.of(self._config.outbox, is_development=chain.chain_id == CHAIN_ID)
        return chain.acting_as(self.signer(name), books.outbox, policy)

    def analyst(self) -> Analyst:
        from tallystick.gateways.ledger.analysis.analyst import ParquetAnalyst

        return ParquetAnalyst(self._config.database)

    def keeper(self) -> Keeper:
        return _keeper_of(self._config.database)

    def purchases_keeper(self) -> Keeper:
        return _keeper_of(self._config.purchases_file)

    def keystore(self) -> Keystore:
        return Keystore(self._config.keystore)

    def new_key(self, name: str, password_file: Path | None, *, is_reader: bool = False) -> Address:
        key, password = Key.generate(), new_password(password_file, key=name)
        self.keystore().save(name, key, password, use=READER if is_reader else SIGNER)
        return key.address

    def attach_key(self, name: str, at: Address, url: str, **files: Path | None) -> None:
        self.cabinet().attach(name, at, RemotePlace(url, **files))

    def key_names(self) -> list[tuple[str, Address | None]]:
        return [(name, self.keystore().address_of(name)) for name in self.keystore().names()]

    def wait_blocks(self, count: int) -> None:
        """On a development chain blocks are made; on any other they are waited for."""
        rpc = self.chain().rpc
        if rpc.chain_id == CHAIN_ID:
            mine_blocks(rpc, count)
            return
        start = rpc.block_number()
        while (passed := rpc.block_number() - start) < count:
            self.report("waiting for blocks", passed, count)
            time.sleep(BLOCK_POLL_S)

    def operator(self, url: str, *, must_be_public: bool = False) -> OperatorClient:
        return OperatorClient(url, must_be_public=must_be_public)

    @once
    def seed_relay(self) -> Drand | None:
        url = self._config.audits.relay
        return self._held.enter_context(closing(Drand(url))) if url else None

    def engine_server(self) -> OpenAIServer | None:
        return OpenAIServer.of(self._config.serving)

    def close(self) -> None:
        self._held.close()


def _keeper_of(place: Path | str) -> Keeper:
    from tallystick.gateways.ledger.copying.keeper import LedgerKeeper

    return LedgerKeeper(place)


def battleground() -> Ground:
    """The shipped contracts on a fresh EVM in this process; `Unavailable` without the extra."""
    return InProcessGround()


def examine(config: Config) -> Examination:
    """What doctor finds."""
    from tallystick.app import doctor

    rpc = cache(lambda: Rpc(config.rpc_url.one, timeout_s=3))
    deployment = cache(lambda: read_deployment(deployment_file(config, CHAIN_ID)))
    probes = Probes(
        chain_id=lambda: rpc().chain_id,
        chain_time=lambda: rpc().timestamp(),
        deployed_chain_id=lambda: deployment().chain_id,
        addresses=lambda: deployment().contracts,
        has_code=lambda address: rpc().has_code(Address(address)),
        content_version=lambda: _content_version(config),
        data_gone=lambda: _data_gone(config, ChainSystem(rpc(), deployment())),
        weak_keys=lambda: Keystore(config.keystore).weaknesses(),
        ledger=lambda: check_books(config.database),
        endpoints=lambda: _unwell_fallbacks(config, rpc()),
        torch=torch_release,
    )
    return doctor.examine(config, probes, tools=_tools())


def _unwell_fallbacks(config: Config, first: Rpc) -> list[str]:
    found = []
    for url in config.rpc_fallbacks.revealed:
        try:
            other = Rpc(url, timeout_s=3)
            check_same(other.shown_url, other.identity, first.identity, "`rpc_url`")
        except NodeError as error:
            found.append(error.message)
    return found


def _tools() -> Path:
    """Where node_modules should be: the checkout, else here."""
    try:
        return project_root()
    except NotFound:
        return Path.cwd()


def _data_gone(config: Config, chain: ChainSystem) -> list[str]:
    """Data sets of the served model that were withdrawn, retired or convicted."""
    used = Workbook(config.home).served_datasets()
    return [f"0x{asset_id.hex()}" for asset_id in used if chain.datasets.retired_at(asset_id)]


def _content_version(config: Config) -> str:
    if config.ipfs == "embedded":
        return "embedded, started with the node"
    return Kubo(config.ipfs, timeout_s=3).version()
