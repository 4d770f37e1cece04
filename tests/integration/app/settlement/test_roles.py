"""Keys of single deeds on a real chain: what they left unsent is seen through, and they take turns."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.chain_stage import NORA, Stage
from tallystick.app.node import Node
from tallystick.bootstrap import node_from
from tallystick.config import load
from tallystick.errors import InsufficientFunds, NodeError
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.keys.dev_keys import key_of
from tallystick.gateways.keys.keystore import Key, Keystore
from tallystick.gateways.keys.passwords import PASSWORD_VARIABLE
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports import OutboxEntry

pytestmark = pytest.mark.integration
KEYS = {"node": NORA, "pay": key_of("bob", chain_id=31337), "before": key_of("vera", chain_id=31337)}


class Crash(Exception):
    """The machine fails here."""


class FailingAfterStore:
    """The books of a machine that fails before what it signed is sent."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self._outbox = ledger.outbox

    def __getattr__(self, name: str) -> object:
        return getattr(self._outbox, name)

    def store(self, entry: OutboxEntry) -> None:
        self._outbox.store(entry)
        raise Crash


@pytest.fixture
def home(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(PASSWORD_VARIABLE, "correct horse")
    file = {
        "chain_id": 31337,
        "contracts": dict(stage.nora.deployment.contracts),
        "parameters": {},
        "block": 0,
    }
    home = tmp_path / "home"
    home.mkdir()
    (home / "deployment.json").write_text(json.dumps(file))
    for name, key in KEYS.items():
        Keystore(home / "keys", rounds=2).save(name, key, "correct horse")
    return home


@pytest.fixture
def node(home: Path, rpc: Rpc) -> Iterator[Node]:
    given = {
        "home": str(home),
        "rpc_url": rpc.url,
        "deployment": str(home / "deployment.json"),
        "roles.payments": "pay",
    }
    with closing(node_from(load(given, {}, ()))) as node:
        yield node


def leave_unsent(stage: Stage, ledger: SqliteLedger, key: Key) -> None:
    """A transaction of `key` that its books hold and no pool has."""
    with pytest.raises(Crash):
        Sender(stage.nora.rpc, key, FailingAfterStore(ledger)).send(  # type: ignore[arg-type]
            stage.nora._bound("OpenToken"), "approve", NORA.address, 7
        )


def test_transactions_of_every_key_when_lost_are_seen_through_by_the_duty(
    stage: Stage, node: Node, home: Path
) -> None:
    with SqliteLedger(home / "node.sqlite3") as ledger:
        for key in KEYS.values():
            leave_unsent(stage, ledger, key)

    done = node.run_duty(name="outbox")

    assert done.word == "3 transactions seen through"
    assert {line.state for line in node.outbox(limit=9)} == {"mined"}


def test_outbox_when_one_key_cannot_be_opened_serves_the_others_and_says_so(
    stage: Stage, node: Node, home: Path
) -> None:
    with SqliteLedger(home / "node.sqlite3") as ledger:
        leave_unsent(stage, ledger, KEYS["pay"])
        leave_unsent(stage, ledger, KEYS["before"])
    (home / "keys" / "pay.json").unlink()

    with pytest.raises(NodeError, match="pay"):
        node.run_duty(name="outbox")

    assert {line.sender: line.state for line in node.outbox(limit=9)} == {
        KEYS["before"].address: "mined",
        KEYS["pay"].address: "signed",
    }


def test_role_when_rotated_is_the_new_keys_at_once_and_the_old_one_is_still_served(
    stage: Stage, node: Node, home: Path
) -> None:
    with SqliteLedger(home / "node.sqlite3") as ledger:
        leave_unsent(stage, ledger, KEYS["pay"])
    running = node._acting_for("payments")

    done = node.rotate_role(role="payments", name="before")

    assert (done.before, done.address) == ("pay", KEYS["before"].address)
    assert running.sender and running.sender.address == KEYS["pay"].address
    assert node._acting_for("payments").sender.address == KEYS["before"].address  # type: ignore[union-attr]
    assert (home / "payments-key").read_text() == "before\n"
    assert node.run_duty(name="outbox").word == "1 transactions seen through"


def test_role_when_its_new_key_cannot_be_opened_or_has_no_gas_stays_where_it_was(
    node: Node, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Keystore(home / "keys", rounds=2).save("poor", Key(b"\x51" * 32), "correct horse")
    node._acting_for("payments")

    with pytest.raises(InsufficientFunds, match="no coin"):
        node.rotate_role(role="payments", name="poor")
    with pytest.raises(NodeError, match="gone"):
        node.rotate_role(role="claims", name="gone")
    (home / "payments-key").write_text("gone\n")

    assert node._acting_for("payments").sender.address == KEYS["pay"].address  # type: ignore[union-attr]
    assert "key_not_opened key=gone role=payments still=pay" in caplog.text
