"""How fast the studio's pages are, in Chromium, over 10^5 receipts and 10^3 assets: `make bench NAME=pages`.

Needs Debian's chromium (`make test-browser` installs it). RECEIPTS=1000 and ASSETS=50 make it shorter, and miss their
bars.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from shutil import which
from statistics import quantiles
from time import perf_counter
from typing import Any

from bench.harness import Figure
from bench.metering import restart
from bench.operated import market
from tallystick.gateways.chain.devchain import DevChain, find_anvil
from tallystick.gateways.child import free_port
from tallystick.gateways.content.embedded import EmbeddedKubo
from tallystick.gateways.content.kubo import Kubo
from tallystick.gateways.content.verified import VerifiedContent
from tallystick.gateways.keys.passwords import PASSWORD_VARIABLE
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.interfaces.studio.navigation import PLACES

ROOT = Path(__file__).parents[2]
RECEIPTS, ASSETS, STARTS, ROUNDS = 10**5, 10**3, 5, 10
MENU = tuple(place.title for place in (*PLACES[1:], PLACES[0]))
# From the click until the page that was asked for is in its place and settled.
CHANGE = """
link => new Promise(told => {
  const began = performance.now();
  const shown = () => requestAnimationFrame(() => told(performance.now() - began));
  document.addEventListener("htmx:afterSettle", shown, {once: true});
  link.click();
})
"""
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def measure() -> list[Figure]:
    receipts, assets = (
        int(os.environ.get(name, most)) for name, most in (("RECEIPTS", RECEIPTS), ("ASSETS", ASSETS))
    )
    disk = Path("build/bench")
    disk.mkdir(parents=True, exist_ok=True)
    sys.path.append(str(ROOT / "tests"))
    with (
        tempfile.TemporaryDirectory(dir=disk, prefix="pages-") as folder,
        chromium() as browser,
        furnished(Path(folder), receipts, assets) as environment,
    ):
        first, changes = visits(browser, environment)
    over = f"over {receipts:,} receipts and {assets:,} assets"
    whole = (receipts, assets) == (RECEIPTS, ASSETS)
    return list(figures(first, changes, over, "" if whole else "_short"))


def figures(
    first: dict[str, list[float]], changes: dict[str, list[float]], over: str, short: str
) -> Iterator[Figure]:
    for name, took in first.items():
        yield Figure(f"{name}{short}", tuple(took), "s", f"until loaded, the studio freshly started, {over}")
    everything = [t for took in changes.values() for t in took]
    how = f"of {len(everything)} changes to {len(changes)} places, {over}"
    yield Figure(f"change_p95_ms{short}", (p95(everything),), "ms", how)
    for name, took in sorted(changes.items(), key=lambda item: -p95(item[1])):
        yield Figure(f"to_{name}_p95_ms{short}", (p95(took),), "ms", f"of {len(took)}")


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]


@contextmanager
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    found = which("chromium")
    if found is None:
        raise SystemExit("There is no chromium here: `make test-browser` installs Debian's.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def furnished(folder: Path, receipts: int, assets: int) -> Iterator[dict[str, str]]:
    """The environment of a studio of nora's, for whom all of it was made."""
    stage_of, place = import_module("support.chain_stage"), import_module("support.studio.place")
    with DevChain(find_anvil(ROOT), folder / "anvil") as chain:
        with SqliteLedger(folder / "stage.sqlite3") as ledger:
            stage = stage_of.set_stage(chain.rpc, ledger)
            rich = stage.nora.acting_as(stage_of.DEPLOYER, ledger.outbox)
            rich.token.transfer(stage_of.NORA.address, stage.nora.datasets.bond_of(10) * assets)
            config = place.home_of(stage, chain.url, folder / "home")
            with EmbeddedKubo(config.home / "content") as kubo:
                market.fill(chain, stage, VerifiedContent(Kubo(kubo.multiaddr)), assets)
        restart.fill(config.database, receipts)
        yield {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TALLYSTICK_HOME": str(config.home),
            "TALLYSTICK_RPC_URL": chain.url,
            "TALLYSTICK_DEPLOYMENT": str(config.deployment),
            "TALLYSTICK_OPERATOR_URL": "http://127.0.0.1:1",
            PASSWORD_VARIABLE: place.PASSWORD,
        }


def visits(
    browser: Any, environment: dict[str, str]
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Seconds of first pages by name, one of each start; milliseconds of page changes by where they lead."""
    first: dict[str, list[float]] = {"first_page_seconds": [], "first_rewards_seconds": []}
    changes: dict[str, list[float]] = {}
    for start in range(STARTS):
        with opened(environment) as link, browser.new_context() as context:
            page = context.new_page()
            page.goto(link)
            first["first_page_seconds"].append(page.evaluate(LOADED) / 1000)
            page.goto(f"{link.partition('/account')[0]}/rewards")
            first["first_rewards_seconds"].append(page.evaluate(LOADED) / 1000)
            if start == STARTS - 1:
                for round_ in range(ROUNDS + 1):
                    walk(page, changes if round_ else {})  # the first round is each page's first
    return first, changes


@contextmanager
def opened(environment: dict[str, str]) -> Iterator[str]:
    """The shipped command as a process; the link that it prints."""
    command = [sys.executable, "-m", "tallystick", "studio", "--port", str(free_port())]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        began, said = perf_counter(), ""
        while not (found := re.search(r"listening on (http://\S+/account/link/[\w-]+)", said)):
            said = process.stderr.readline()
            if not said or perf_counter() - began > 120:
                raise SystemExit("the studio did not start")
        yield found.group(1)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def walk(page: Any, changes: dict[str, list[float]]) -> None:
    """Through the menu, and through the pages of the longest lists up to the last."""
    menu = page.locator("nav[aria-label=Pages]:visible")
    for title in MENU:
        changes.setdefault(title.lower(), []).append(click(menu.get_by_role("link", name=title, exact=True)))
        if title in ("Usage", "Data"):
            for word in ("Next", "Last", "Previous", "First"):
                took = click(page.get_by_role("link", name=word, exact=True))
                changes.setdefault(f"{title}_{word}".lower(), []).append(took)


def click(link: Any) -> float:
    return float(link.evaluate(CHANGE))
