"""The whole life of a model in the browser: data, a training, its gate, promotion, and an answer that a wallet pays."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support.chain_stage import BOB, NORA, Stage
from support.studio.learning import end_of_work, learning_home, order, register, weirs
from support.studio.place import Open, open_studio
from support.studio.wallet import TestWallet
from tallystick.domain.gate import line_of
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.child import free_port
from tallystick.hidden import HiddenUrls
from tallystick.interfaces.web import server
from tallystick.interfaces.web.hosting import hosted

pytestmark = [pytest.mark.integration, pytest.mark.ml, pytest.mark.timeout(900)]


@pytest.fixture
def place(stage: Stage, rpc: Rpc, tmp_path: Path) -> Iterator[Open]:
    """One process that shows the studio and sells, as `tallystick studio --serve`; it has no model yet."""
    port = free_port()
    config = replace(
        learning_home(stage, rpc.url, tmp_path),
        api_port=port,
        operator_url=HiddenUrls(f"http://127.0.0.1:{port}"),
    )
    with (
        open_studio(config) as opened,
        hosted(server.build(opened.studio.node.serve(waits=False)), config.api_host, port),
    ):
        yield opened


def test_model_when_its_life_is_told_in_the_browser_goes_from_data_to_a_paid_answer(
    place: Open, page: Page, wallet: TestWallet, stage: Stage, tmp_path: Path
) -> None:
    page.goto(place.link())
    register(page, place, weirs(tmp_path))
    train(page, place)
    judge(page, place)
    promote(page, place)
    assert stage.nora.models.serving(NORA.address, line_of("weirs-1"))
    buy(page, place, wallet)


def train(page: Page, place: Open) -> None:
    order(page, place, "weirs-1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Job 1")
    expect(page.locator("#live")).to_contain_text("nats", timeout=300_000)
    expect(page.locator("#live .badge").first).to_have_text("done", timeout=300_000)
    expect(page.locator("#live")).to_contain_text("on 16 sealed questions")
    expect(page.get_by_role("img", name="Loss, nats by step")).to_be_visible()


def judge(page: Page, place: Open) -> None:
    page.get_by_role("link", name="See the model").click()
    page.get_by_role("link", name="Evaluate", exact=True).locator("visible=true").first.click()
    page.get_by_role("button", name="Judge it").click()
    end_of_work(page)
    expect(page.locator("main .badge").first).to_have_text("passed")
    expect(page.get_by_text("The gate lets it pass.")).to_be_visible()


def promote(page: Page, place: Open) -> None:
    page.get_by_role("link", name="Promote it").click()
    page.get_by_role("button", name="Promote").click()
    end_of_work(page)
    expect(page.locator("#price")).to_contain_text("not among what this process serves")
    page.get_by_role("button", name="Answer with what serves now").click()
    end_of_work(page)
    expect(page.locator("#price .badge")).to_have_text("ready")


def buy(page: Page, place: Open, wallet: TestWallet) -> None:
    wallet.key = BOB
    page.context.clear_cookies()
    page.goto(f"{place.url}/account")
    page.get_by_role("button", name="Sign in with Ethereum").click()
    expect(page.locator(".who:visible .badge")).to_have_text("member")
    page.get_by_role("link", name="Chat", exact=True).locator("visible=true").first.click()
    page.get_by_label("At most, OPEN").fill("20")
    page.get_by_role("button", name="Prepare").click()
    page.get_by_role("button", name="Send: up to").click()
    expect(page.locator("#spent .badge")).to_have_text("may spend")
    expect(page.get_by_label("Model", exact=True)).to_have_value("weirs-1")
    page.get_by_label("Tokens at most").fill("24")
    page.get_by_label("Question").fill("Who runs Ash weir number 3?")
    page.get_by_role("button", name="What does it cost?").click()
    expect(page.locator("#price")).to_contain_text("OPEN")
    page.get_by_role("button", name="Ask and pay").click()

    turn = page.locator("#turn-1")
    expect(turn).to_contain_text("Paid ", timeout=120_000)
    expect(turn.get_by_role("img", name="Parts of the fee")).to_be_visible()
    turn.get_by_role("link", name="Receipt").click()
    expect(page.get_by_role("heading", name="Who earned by it")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Who runs Ash weir number 3?")
    expect(page.locator("main")).to_contain_text("weirs")
