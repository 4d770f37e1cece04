"""Settings to a working application: the only place that makes gateways."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path

from tallystick.app.demo.narrator import Narrator
from tallystick.app.demo.stage import Actor, Faces, Stage
from tallystick.app.demo.story import Told, tell_story
from tallystick.app.doctor import Examination, Probes
from tallystick.app.node import Node
from tallystick.app.verbs.parts import Report
from tallystick.app.workbook import Workbook
from tallystick.config import Config
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address
from tallystick.errors import InvalidInput, NotFound, Unavailable
from tallystick.gateways.chain.deployment import read_deployment
from tallystick.gateways.chain.devchain import CHAIN_ID, DevChain, find_anvil, mine_blocks
from tallystick.gateways.chain.endpoints.event_log import EventLog
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.chain.system import ChainSystem, connect, connected
from tallystick.gateways.content.embedded import EmbeddedKubo
from tallystick.gateways.content.kubo import Kubo
from tallystick.gateways.content.verified import VerifiedContent
from tallystick.gateways.engines.openai_server import OpenAIServer
from tallystick.gateways.keys.dev_keys import PEOPLE, dev_key
from tallystick.gateways.keys.keystore import Key, Keystore, read_password
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.ledger.event_index.store import IndexReader, SqliteEventIndex
from tallystick.gateways.lockfile import LockFile
from tallystick.gateways.operator.client import OperatorClient
from tallystick.pipeline.inference.retrieval.vectors import EmbeddedIndex, MakeIndex

BLOCK_POLL_S = 1.0
DEMO_FUNDS = 20_000_000_000
DEMO_WINDOWS = {"TALLYSTICK_CHALLENGE_WINDOW": "3600", "TALLYSTICK_COMMIT_DELAY": "2"}


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

    @cache  # noqa: B019 - one node a process
    def chain(self) -> ChainSystem:
        rpc = Rpc(self._config.rpc_url, fallbacks=self._config.rpc_fallbacks.split())
        if self._config.index_file.exists():
            reader = IndexReader(self._config.index_file, chain=rpc.chain)
            rpc.events = self._held.enter_context(closing(reader))
        return connected(rpc, deployment_file(self._config, rpc.chain_id))

    def event_chain(self) -> EventLog:
        return EventLog(self.chain().rpc)

    @cache  # noqa: B019
    def event_index(self) -> SqliteEventIndex:
        rpc, deployment = self.chain().rpc, self.chain().deployment
        file, addresses = self._config.index_file, list(deployment.contracts.values())
        made = SqliteEventIndex(file, chain=rpc.chain, addresses=addresses, first_block=deployment.block)
        rpc.events = self._held.enter_context(closing(made))
        return made

    def alone(self) -> LockFile:
        return LockFile(self._config.lock_file, what="The node's home")

    @cache  # noqa: B019
    def content(self) -> VerifiedContent:
        if self._config.ipfs != "embedded":
            return VerifiedContent(Kubo(self._config.ipfs))
        embedded = self._held.enter_context(EmbeddedKubo(self._config.home / "content"))
        return VerifiedContent(Kubo(embedded.multiaddr))

    @cache  # noqa: B019
    def vectors(self) -> MakeIndex:
        if self._config.vectors == "embedded":
            return EmbeddedIndex
        from tallystick.gateways.vectors.qdrant import Qdrant

        return Qdrant.at(self._config.vectors).index

    @cache  # noqa: B019
    def ledger(self) -> SqliteLedger:
        return self._held.enter_context(SqliteLedger(self._config.database))

    @cache  # noqa: B019
    def records(self) -> SqliteLedger:
        if not self._config.database.exists():
            return self.ledger()
        return self._held.enter_context(SqliteLedger(self._config.database, read_only=True))

    @cache  # noqa: B019 - to open a key is slow on purpose
    def signer(self, name: str) -> Key:
        return self.keystore().load(name, lambda: read_password(self._config.password_file))

    @cache  # noqa: B019
    def acting(self, name: str) -> ChainSystem:
        chain = self.chain()
        policy = SendPolicy.of(self._config.outbox, is_development=chain.chain_id == CHAIN_ID)
        return chain.acting_as(self.signer(name), self.ledger().outbox, policy)

    def keystore(self) -> Keystore:
        return Keystore(self._config.keystore)

    def new_key(self, name: str, password: str) -> Address:
        key = Key.generate()
        self.keystore().save(name, key, password)
        return key.address

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

    def read_password(self, file: Path | None) -> str:
        return read_password(file)

    def operator(self, url: str, *, must_be_public: bool = False) -> OperatorClient:
        return OperatorClient(url, must_be_public=must_be_public)

    def engine_server(self) -> OpenAIServer | None:
        return OpenAIServer.of(self._config.serving)

    def close(self) -> None:
        self._held.close()


def examine(config: Config) -> Examination:
    """What doctor finds."""
    from tallystick.app import doctor

    rpc = cache(lambda: Rpc(config.rpc_url, timeout_s=3))
    deployment = cache(lambda: read_deployment(deployment_file(config, CHAIN_ID)))
    probes = Probes(
        chain_id=lambda: rpc().chain_id,
        chain_time=lambda: rpc().timestamp(),
        deployed_chain_id=lambda: deployment().chain_id,
        addresses=lambda: deployment().contracts,
        has_code=lambda address: rpc().has_code(Address(address)),
        content_version=lambda: _content_version(config),
        data_gone=lambda: _data_gone(config, ChainSystem(rpc(), deployment())),
    )
    return doctor.examine(config, probes, tools=_tools())


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


def run_demo(config: Config, *, data: Path | None, model: Path | None, faces: Faces) -> Told:
    """The whole story in `build/demo` of the checkout; everything it starts ends with it."""
    from tallystick.app.demo import cast

    root = project_root()
    folder = root / "build" / "demo"
    if model is not None:
        _base_model(root, model)  # a wrong folder is refused before anything starts
    chosen = cast.own(data) if data else cast.packaged()
    tell = Narrator()
    folder.mkdir(parents=True, exist_ok=True)

    def open_stage(teller: Narrator) -> AbstractContextManager[Stage]:
        return _stage(config, root, folder, model, faces, teller)

    with LockFile(folder / "demo.lock", what="The demo's folder"):
        return tell_story(open_stage, chosen, tell, folder / "report.json")


@contextmanager
def _stage(
    config: Config, root: Path, folder: Path, model: Path | None, faces: Faces, tell: Narrator
) -> Iterator[Stage]:
    run = folder / "run"
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir(parents=True)
    with ExitStack() as held:
        with tell.step("chain", "Chain: anvil, and the contracts deployed by Brownie"):
            chain = held.enter_context(DevChain(find_anvil(root), run / "chain", keep_state=True))
            deployed = _deploy(root, chain.url, run / "deployment.json")
            system = connect(chain.url, deployed)
            tell.say(f"chain {system.chain_id} at {chain.url}, {len(system.deployment.contracts)} contracts")
        with tell.step("content", "Content: an embedded Kubo node, offline, on loopback"):
            kubo = held.enter_context(EmbeddedKubo(run / "content"))
            content = VerifiedContent(Kubo(kubo.multiaddr))
            tell.say(f"{kubo.multiaddr}; every download is recomputed to its CID")
        with tell.step("base_model", "Base model"):
            base = _base_model(root, model)
            tell.say(f"{base.name}")
        yield Stage(
            folder=run,
            base=base,
            embedder=config.embedder,
            threads=config.threads,
            domain=Domain(system.chain_id, system.escrow.address),
            contracts=dict(system.deployment.contracts),
            parameters=system.deployment.parameters,
            content=content,
            actor=_actors(system, run, held),
            operator_api=OperatorClient,
            mine=chain.mine,
            advance=chain.advance,
            faces=faces,
        )


def _actors(system: ChainSystem, run: Path, held: ExitStack) -> Callable[[str], Actor]:
    """People by name, each with a development key, OPEN to spend and books of their own."""
    treasury_books = held.enter_context(SqliteLedger(run / "books" / "deployer.sqlite3"))
    treasury = system.acting_as(dev_key(0), treasury_books.outbox)

    @cache
    def actor(name: str) -> Actor:
        number = PEOPLE.index(name) if name in PEOPLE else len(PEOPLE)
        key = dev_key(number)
        books = held.enter_context(SqliteLedger(run / "books" / f"{name.split(chr(39))[0]}-{number}.sqlite3"))
        if name in PEOPLE:
            treasury.token.transfer(key.address, DEMO_FUNDS)
        return Actor(name, key, system.acting_as(key, books.outbox), books)

    return actor


def _deploy(root: Path, url: str, target: Path) -> Path:
    """Runs the Brownie script; its words are shown only when it fails."""
    environment: Mapping[str, str] = {
        **os.environ,
        **DEMO_WINDOWS,
        "TALLYSTICK_RPC": url,
        "TALLYSTICK_DEPLOYMENT": str(target),
        "SOLCX_BINARY_PATH": str(root / "scripts" / "toolchain"),
    }
    script = [sys.executable, str(root / "scripts" / "deploy.py")]
    done = subprocess.run(script, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode or not target.exists():
        raise Unavailable(f"The contracts could not be deployed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return target


def _base_model(root: Path, model: Path | None) -> Path:
    from tallystick.pipeline.models.foundation import check_model_folder, prepare_base

    base = model or prepare_base(root / "build" / "models" / "smollm2-135m-instruct")
    if model is not None and not model.exists():
        raise InvalidInput(f"There is no model at {model}.", "Give the folder of a causal language model.")
    check_model_folder(base)
    return base
