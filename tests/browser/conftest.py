"""Debian's Chromium on a studio of nora's, over the real contracts on anvil."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from support.chain_stage import NORA, Stage, set_stage
from support.studio.faults import Faults
from support.studio.place import Open, home_of, open_studio
from support.studio.wallet import TestWallet
from tallystick.gateways.chain.devchain import DevChain, find_anvil
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.ledger.books import SqliteLedger

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 60_000  # for a state to come: a machine may be busy, and what is waited for ends the wait
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def devchain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevChain]:
    with DevChain(find_anvil(ROOT), tmp_path_factory.mktemp("anvil")) as chain:
        yield chain


@pytest.fixture
def rpc(devchain: DevChain) -> Iterator[Rpc]:
    snapshot = devchain.rpc.request("evm_snapshot")
    yield devchain.rpc
    devchain.rpc.request("evm_revert", snapshot)


@pytest.fixture
def stage(rpc: Rpc, tmp_path: Path) -> Iterator[Stage]:
    with SqliteLedger(tmp_path / "stage.sqlite3") as ledger:
        yield set_stage(rpc, ledger)


@pytest.fixture
def place(stage: Stage, rpc: Rpc, tmp_path: Path) -> Iterator[Open]:
    with open_studio(home_of(stage, rpc.url, tmp_path / "home")) as opened:
        yield opened


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium here: `make test-browser` installs it")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def page(browser: Browser, faults: Faults) -> Iterator[Page]:
    """A tab of its own in which nothing may go wrong that the test did not ask for."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    faults.watch(opened)
    yield opened
    context.close()
    assert faults.found == []


@pytest.fixture
def wallet(page: Page, rpc: Rpc) -> TestWallet:
    """Nora's, until a test gives it another key."""
    made = TestWallet(rpc, NORA)
    made.install(page)
    return made
