"""A studio of nora's in this process: a home with her key, on the contracts of a development chain."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.chain_stage import NORA, Stage
from tallystick.bootstrap import node_from
from tallystick.config import Config, load
from tallystick.gateways.keys.dev_keys import PEOPLE, dev_key
from tallystick.gateways.keys.keystore import Keystore
from tallystick.interfaces.studio.application import PATH, Studio, served
from tallystick.interfaces.studio.hosting import opened
from tallystick.interfaces.studio.works import report
from tallystick.interfaces.web.hosting import hosted

PASSWORD = "correct horse"


@dataclass(frozen=True)
class Open:
    """A studio that can be visited; `link()` signs in as the operator, once."""

    studio: Studio
    config: Config
    base: str

    @property
    def url(self) -> str:
        return f"{self.base}{PATH}"

    def link(self) -> str:
        return f"{self.url}/account/link/{self.studio.sessions.make_link()}"


def home_of(stage: Stage, rpc_url: str, home: Path) -> Config:
    """Nora's home: her key as `node`, other people's by name."""
    at = stage.nora.deployment
    home.mkdir(parents=True, exist_ok=True)
    told = {"chain_id": 31337, "contracts": dict(at.contracts), "parameters": {}, "block": 0}
    (home / "deployment.json").write_text(json.dumps(told))
    keystore = Keystore(home / "keys", rounds=2)
    keystore.save("node", NORA, PASSWORD)
    for number, name in enumerate(PEOPLE[2:5], 2):
        keystore.save(name, dev_key(number), PASSWORD)
    password = home / "password"
    password.touch(mode=0o600)
    password.write_text(PASSWORD)
    flags = {
        "home": str(home),
        "rpc_url": rpc_url,
        "deployment": str(home / "deployment.json"),
        "password_file": str(password),
        "studio.session": "3600",
    }
    return load(flags, {}, ())


@contextmanager
def open_studio(config: Config) -> Iterator[Open]:
    node = node_from(config, report)
    try:
        with opened(node, config.studio) as studio, hosted(served(studio)) as base:
            yield Open(studio, config, base)
    finally:
        node.close()
