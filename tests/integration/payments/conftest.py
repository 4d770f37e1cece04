"""A chain of its own: payers sign by the clock on the wall, and other tests turn their chain's forward."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.chain_stage import Stage
from support.payments.paid_shop import PaidShop, open_paid_shop
from tallystick.gateways.chain.devchain import DevChain, find_anvil

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def devchain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevChain]:
    with DevChain(find_anvil(ROOT), tmp_path_factory.mktemp("anvil")) as chain:
        yield chain


@pytest.fixture
def shop(stage: Stage, tmp_path: Path) -> Iterator[PaidShop]:
    yield from open_paid_shop(stage, tmp_path)
