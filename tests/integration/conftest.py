"""A development chain for the session, and a ledger for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.chain_stage import Stage, set_stage
from tallystick.gateways.chain.devchain import DevChain, find_anvil
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.ledger.books import SqliteLedger

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def devchain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevChain]:
    with DevChain(find_anvil(ROOT), tmp_path_factory.mktemp("anvil")) as chain:
        yield chain


@pytest.fixture
def rpc(devchain: DevChain) -> Iterator[Rpc]:
    """The chain, put back afterwards to what it was."""
    snapshot = devchain.rpc.request("evm_snapshot")
    yield devchain.rpc
    devchain.rpc.request("evm_revert", snapshot)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger(tmp_path / "ledger.sqlite3") as opened:
        yield opened


@pytest.fixture
def stage(rpc: Rpc, ledger: SqliteLedger) -> Stage:
    return set_stage(rpc, ledger)
