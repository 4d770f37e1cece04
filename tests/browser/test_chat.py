"""Chat: when nobody sells the page says so; when somebody does, a wallet lets the studio spend, and answers are paid."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support.chain_stage import BOB, NORA, OPEN, Stage
from support.shop import open_shop
from support.studio.faults import Faults
from support.studio.place import Open, home_of, open_studio
from support.studio.wallet import TestWallet
from tallystick.gateways.chain.rpc import Rpc
from tallystick.hidden import HiddenUrls
from tallystick.interfaces.web import server
from tallystick.interfaces.web.hosting import hosted

pytestmark = pytest.mark.integration


@pytest.fixture
def place(stage: Stage, rpc: Rpc, tmp_path: Path) -> Iterator[Open]:
    """Nobody listens where it buys."""
    config = replace(
        home_of(stage, rpc.url, tmp_path / "home"), operator_url=HiddenUrls("http://127.0.0.1:1")
    )
    with open_studio(config) as opened:
        yield opened


def test_chat_when_the_operator_is_not_there_says_so_and_keeps_the_question(
    place: Open, page: Page, faults: Faults
) -> None:
    faults.allowed.add("503 chat/models")
    page.goto(f"{place.url}/chat")
    expect(page.get_by_text("sign in with a wallet")).to_be_visible()
    expect(page.get_by_label("Question")).to_have_count(0)

    page.goto(place.link())
    page.get_by_role("link", name="Chat", exact=True).locator("visible=true").first.click()
    expect(page.locator("#models").get_by_role("alert")).to_be_visible(timeout=30_000)
    page.get_by_label("Question").fill("When was the <hour> bell cast?")
    page.get_by_role("button", name="Ask and pay").click()

    turn = page.locator("#turn-1")
    expect(turn).to_contain_text("When was the <hour> bell cast?")
    expect(turn.get_by_role("alert")).to_be_visible(timeout=30_000)
    expect(turn.locator(".turning")).to_have_count(0)
    expect(page.get_by_label("Question")).to_have_value("When was the <hour> bell cast?")


@pytest.fixture
def selling(stage: Stage, rpc: Rpc, tmp_path: Path) -> Iterator[Open]:
    """nora sells under the real escrow, and her studio shows her books and asks her."""
    config, escrow = home_of(stage, rpc.url, tmp_path / "home"), stage.nora.escrow
    shop = open_shop(tmp_path, NORA, escrow.address, credit=escrow, seller=config.database)
    try:
        with (
            hosted(server.build(shop.counter.desk)) as url,
            open_studio(replace(config, operator_url=HiddenUrls(url))) as opened,
        ):
            yield opened
    finally:
        shop.close()


def test_chat_when_a_wallet_lets_the_studio_spend_is_paid_and_its_receipt_shown(
    selling: Open, page: Page, wallet: TestWallet, stage: Stage
) -> None:
    wallet.key = BOB
    page.goto(f"{selling.url}/account")
    page.get_by_role("button", name="Sign in with Ethereum").click()
    expect(page.locator(".who:visible .badge")).to_be_visible()
    page.goto(f"{selling.url}/chat")
    expect(page.locator("#paying")).to_contain_text("8.00")
    page.get_by_label("At most, OPEN").fill("100")
    page.get_by_role("button", name="Prepare").click()
    page.get_by_role("button", name="Send: up to").click()
    expect(page.locator("#spent .badge")).to_have_text("may spend")

    expect(page.get_by_label("Model", exact=True)).to_have_value("estuary")
    page.get_by_label("Tokens at most").fill("16")
    page.get_by_label("Question").fill("When was it cast?")
    page.get_by_role("button", name="Ask and pay").click()

    expect(page.locator("#turn-1")).to_contain_text("Paid 0.056")
    expect(page.locator("#spent")).to_contain_text("Paid 0.056")
    assert stage.nora.escrow.redeemable(BOB.address, NORA.address) == 100 * OPEN
    page.locator("#turn-1").get_by_role("link", name="Receipt").click()
    expect(page.locator("main")).to_contain_text("When was it cast?")
    page.goto(f"{selling.url}/usage?whose=mine")
    expect(page.get_by_role("row").filter(has_text="0.056")).to_have_count(1)
