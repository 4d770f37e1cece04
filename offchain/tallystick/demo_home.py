"""What `make demo` leaves behind, opened again: its chain from the kept state, its content, and nora's node on them."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tallystick.app.demo.keeping import KEPT
from tallystick.app.node import Node
from tallystick.app.verbs.parts import Report
from tallystick.bootstrap import node_from, project_root
from tallystick.config import Config
from tallystick.errors import NodeError
from tallystick.gateways.chain.devchain import DevChain, find_anvil
from tallystick.gateways.keys.dev_keys import PEOPLE, dev_key
from tallystick.gateways.keys.keystore import Keystore
from tallystick.gateways.lockfile import LockFile
from tallystick.hidden import HiddenUrls

OPERATOR, _PASSWORD = "nora", "everyone has these keys"


@dataclass(frozen=True, slots=True)
class Opened:
    """A node with the settings it runs on; `note` says so where these are not the caller's own."""

    node: Node
    config: Config
    note: str = ""


@contextmanager
def own_or_demo(config: Config, report: Report) -> Iterator[Opened]:
    """The node of the home; where there is none yet, the demo's."""
    left = _left()
    if config.home.exists() or left is None:
        node = node_from(config, report)
        try:
            yield Opened(node, config)
        finally:
            node.close()
        return
    with ExitStack() as held:
        held.enter_context(LockFile(left.parent / "demo.lock", what="The demo's folder"))
        root = project_root()
        chain = held.enter_context(DevChain(find_anvil(root), left / "chain", keep_state=True))
        # A chain that is started anew goes by this machine's clock; the demo moved it on by months.
        chain.advance(max(chain.rpc.timestamp() - int(time.time()), 0))
        settled = _settled(config, root, left, chain.url)
        node = node_from(settled, report)
        held.callback(node.close)
        yield Opened(node, settled, f"there is no node in {config.home}; this is the demo's, with nora's key")


def _left() -> Path | None:
    """The folder of a demo that came to its end."""
    try:
        run = project_root() / "build" / "demo" / "run"
    except NodeError:
        return None
    return run if (run / KEPT).exists() else None


def _settled(config: Config, root: Path, run: Path, rpc_url: str) -> Config:
    return replace(
        config,
        home=run,
        rpc_url=HiddenUrls(rpc_url),
        deployment=run / "deployment.json",
        ipfs="embedded",
        database=run / "books" / f"{OPERATOR}-{PEOPLE.index(OPERATOR)}.sqlite3",
        keystore=_keys(run / "keys"),
        key=OPERATOR,
        password_file=_password(run / "password"),
        model=root / "build" / "models" / "smollm2-135m-instruct",
    )


def _keys(folder: Path) -> Path:
    """Development keys, that everyone has anyway."""
    keystore = Keystore(folder, rounds=2)
    for name in set(PEOPLE[1:]) - set(keystore.names()):
        keystore.save(name, dev_key(PEOPLE.index(name)), _PASSWORD)
    return folder


def _password(file: Path) -> Path:
    file.touch(mode=0o600)
    file.write_text(_PASSWORD + "\n", encoding="utf-8")
    return file
