"""The demo's stage: a chain, the contracts, content and people, made for one story and ended with it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path

from tallystick.app.demo.narrator import Narrator
from tallystick.app.demo.stage import Actor, Faces, Stage
from tallystick.app.demo.story import Told, tell_story
from tallystick.bootstrap import project_root
from tallystick.config import Config
from tallystick.domain.digests import Domain
from tallystick.errors import InvalidInput, Unavailable
from tallystick.gateways.chain.devchain import DevChain, find_anvil
from tallystick.gateways.chain.system import ChainSystem, connect
from tallystick.gateways.content.embedded import EmbeddedKubo
from tallystick.gateways.content.kubo import Kubo
from tallystick.gateways.content.verified import VerifiedContent
from tallystick.gateways.keys.dev_keys import PEOPLE, dev_key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.lockfile import LockFile
from tallystick.gateways.operator.client import OperatorClient

DEMO_FUNDS = 20_000_000_000
DEMO_WINDOWS = {"TALLYSTICK_CHALLENGE_WINDOW": "3600", "TALLYSTICK_COMMIT_DELAY": "2"}


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
