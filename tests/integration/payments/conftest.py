"""A chain of its own: payers sign by the clock on the wall, and other tests turn their chain's forward."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.chain_seller import register_terms
from support.chain_stage import ALICE, NORA, VERA, Stage, set_stage
from support.payments.paid_shop import PaidShop
from tallystick.domain.usage import Terms
from tallystick.gateways.chain.devchain import DevChain, find_anvil
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.ledger.books import SqliteLedger

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def devchain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevChain]:
    with DevChain(find_anvil(ROOT), tmp_path_factory.mktemp("anvil")) as chain:
        yield chain


@pytest.fixture(scope="module")
def sold(devchain: DevChain, tmp_path_factory: pytest.TempPathFactory) -> tuple[ChainSystem, Terms]:
    """The contracts, and what nora sells on them."""
    with SqliteLedger(tmp_path_factory.mktemp("stage") / "ledger.sqlite3") as ledger:
        stage = set_stage(devchain.rpc, ledger)
        return stage.nora, register_terms(stage)


@pytest.fixture
def shop(
    sold: tuple[ChainSystem, Terms], rpc: Rpc, ledger: SqliteLedger, tmp_path: Path
) -> Iterator[PaidShop]:
    system, terms = sold
    people = (system.acting_as(key, ledger.outbox) for key in (NORA, VERA, ALICE))
    opened = PaidShop(Stage(*people), terms, tmp_path)
    yield opened
    opened.close()
