"""Who one is in the studio: nobody, a wallet's address, or the operator; and what ends that."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from support.chain_stage import BOB, NORA, set_stage
from support.studio.faults import Faults
from support.studio.place import Open, home_of, open_studio
from support.studio.wallet import TestWallet
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def place(devchain: DevChain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """One for all of these: nobody here changes the chain."""
    folder = tmp_path_factory.mktemp("sign-in")
    with SqliteLedger(folder / "stage.sqlite3") as ledger:
        stage = set_stage(devchain.rpc, ledger)
        with open_studio(home_of(stage, devchain.url, folder / "home")) as opened:
            yield opened


def test_overview_when_a_visitor_comes_shows_the_flow(place: Open, page: Page) -> None:
    page.goto(f"{place.url}/")

    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    expect(page.get_by_role("list", name="From data to money")).to_contain_text("Rewards")
    expect(page.get_by_text("Looking around as a visitor").locator("visible=true")).to_be_visible()


@pytest.mark.parametrize(("key", "role"), [(NORA, "operator"), (BOB, "member")], ids=["nora", "bob"])
def test_sign_in_when_a_wallet_signs_gives_its_role(
    place: Open, page: Page, wallet: TestWallet, key: object, role: str
) -> None:
    wallet.key = key  # type: ignore[assignment]
    page.goto(f"{place.url}/account")

    page.get_by_role("button", name="Sign in with Ethereum").click()

    expect(page.locator(".who:visible .badge")).to_have_text(role)
    assert "personal_sign" in wallet.asked


def test_sign_in_when_refused_in_the_wallet_says_so(place: Open, page: Page, wallet: TestWallet) -> None:
    wallet.refuses.add("personal_sign")
    page.goto(f"{place.url}/account")

    page.get_by_role("button", name="Sign in with Ethereum").click()

    expect(page.locator("[data-wallet-word]")).to_contain_text("You refused in the wallet")


def test_sign_in_when_no_wallet_is_there_says_what_to_do(place: Open, page: Page) -> None:
    page.goto(f"{place.url}/account")

    page.get_by_role("button", name="Sign in with Ethereum").click()

    expect(page.locator("[data-wallet-word]")).to_contain_text("No wallet is in this browser")


def test_link_when_followed_twice_works_once(place: Open, page: Page, faults: Faults) -> None:
    faults.allowed.add("403 account/link/")
    link = place.link()

    page.goto(link)
    expect(page.locator(".who:visible .badge")).to_have_text("operator")
    page.get_by_role("button", name="Sign out").locator("visible=true").click()
    page.goto(link)

    expect(page.get_by_role("alert").locator("visible=true")).to_contain_text("used already")


def test_session_when_it_has_ended_asks_to_sign_in(place: Open, page: Page, faults: Faults) -> None:
    faults.allowed.add("401 account/sign-out")
    page.goto(place.link())
    expect(page.locator(".who:visible .badge")).to_have_text("operator")
    sessions = place.studio.sessions
    with sessions._lock:
        sessions._held.update({i: replace(s, expires_at=0.0) for i, s in sessions._held.items()})

    page.get_by_role("button", name="Sign out").locator("visible=true").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in first")
    expect(page.get_by_role("link", name="Sign in").locator("visible=true").first).to_be_visible()
