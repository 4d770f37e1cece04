"""The node's verbs of the court, wired as a person's settings wire them, on the real contracts."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from support.auditing.court_table import Table, make_world
from support.memory_store import MemoryStore
from tallystick.app.verifying.verbs import VerifierLook, VerifyingVerbs
from tallystick.config import load
from tallystick.pipeline.auditing.court import Phase

pytestmark = pytest.mark.slow


class Outside:
    """One node's: its key's chain, and a content store that all share."""

    def __init__(self, chain: Any, keys: Any, content: MemoryStore) -> None:
        self._chain, self._keys, self._content = chain, keys, content

    def chain(self) -> Any:
        return self._chain

    def acting(self, name: str) -> Any:
        return self._chain

    def signer(self, name: str) -> Any:
        return self._keys

    def content(self) -> MemoryStore:
        return self._content

    def ledger(self) -> Any:
        return self

    receipts = None

    def seed_relay(self) -> None:
        return None

    def alone(self) -> Any:
        return nullcontext()

    def report(self, what: str, done: int, total: int) -> None:
        """Nobody waits."""


class Poster:
    """Keys of the batch's poster."""

    def __init__(self, address: str) -> None:
        self.address = address


@pytest.fixture
def table() -> Table:
    return Table(*make_world())


def node_of(table: Table, home: Path, account: str) -> VerifyingVerbs:
    chain = table.chains.get(account, table.nora)  # type: ignore[call-overload]
    keys = table.keys.get(account, Poster(account))  # type: ignore[call-overload]
    config = load({"home": str(home / account)}, {}, ())
    return VerifyingVerbs(config, Outside(chain, keys, MemoryStore()))  # type: ignore[arg-type]


def test_verbs_when_called_play_the_court(table: Table, tmp_path: Path) -> None:
    poster = node_of(table, tmp_path, table.world.poster)
    assert poster.open_audits() == VerifierLook((f"batch {table.batch_id}: audit opened",))
    assert str(poster.open_audits()) == "nothing due"
    table.evm.wait(3)
    nodes = [node_of(table, tmp_path, account) for account in table.chains]

    told = {str(node.verify()) for node in nodes}

    # No file of the batch is in these stores, so nobody attests; the first look has published the seed.
    assert told == {"nothing due", f"batch {table.batch_id}: its bytes are not all to be had; not attested"}
    assert table.nora.court.audit_of(table.batch_id).done == 0
    assert [seat.state for seat in nodes[0].verifier_status().seats] == ["drawn"]
    assert list((tmp_path / next(iter(table.chains))).glob("court/*"))


def test_appeal_when_judged_takes_the_bond_and_asks_a_panel(table: Table, tmp_path: Path) -> None:
    vera = next(iter(table.chains))
    table.judge()
    before = table.chains[vera].token.balance_of(vera)

    done = node_of(table, tmp_path, vera).appeal_audit(batch_id=table.batch_id)

    assert before - table.chains[vera].token.balance_of(vera) == done.bond > 0
    assert table.nora.court.audit_of(table.batch_id).phase == Phase.PANEL_ANSWERING
