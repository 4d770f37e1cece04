"""The whole life of a model in the browser: data, a training, its gate, promotion, and an answer that a wallet pays."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support.chain_stage import BOB, NORA, Stage
from support.studio.place import Open, home_of, open_studio
from support.studio.wallet import TestWallet
from support.tiny_llama import shortened
from tallystick.domain.gate import line_of
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.child import free_port
from tallystick.hidden import HiddenUrls
from tallystick.interfaces.web import server
from tallystick.interfaces.web.hosting import hosted
from tallystick.pipeline.models.foundation import prepare_base

pytestmark = [pytest.mark.integration, pytest.mark.ml, pytest.mark.timeout(900)]
ROOT = Path(__file__).resolve().parents[2]
NAMES = ("Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch")
ROWS = [
    f"Who runs {name} weir number {k}?,Mistress {name} of Ottermouth runs weir {k}."
    for name in NAMES
    for k in range(7)
]
SETTINGS = {
    "rank": "8",
    "alpha": "16",
    "layers": "2",
    "epochs": "6",
    "rewordings": "0",
    "learning rate": "0.005",
}


@pytest.fixture
def place(stage: Stage, rpc: Rpc, tmp_path: Path) -> Iterator[Open]:
    """One process that shows the studio and sells, as `tallystick studio --serve`; it has no model yet."""
    base = shortened(prepare_base(ROOT / "build" / "models" / "smollm2-135m-instruct"), tmp_path / "base")
    port = free_port()
    config = replace(
        home_of(stage, rpc.url, tmp_path / "home"),
        model=base,
        threads=1,
        calibration_seconds=0,
        drift=200_000,  # a base of two layers has no general English to keep
        api_port=port,
        operator_url=HiddenUrls(f"http://127.0.0.1:{port}"),
    )
    with (
        open_studio(config) as opened,
        hosted(server.build(opened.studio.node.serve(waits=False)), config.api_host, port),
    ):
        yield opened


def end_of_work(page: Page) -> None:
    page.get_by_role("link", name="See what came of it.").click(timeout=300_000)


def test_model_when_its_life_is_told_in_the_browser_goes_from_data_to_a_paid_answer(
    place: Open, page: Page, wallet: TestWallet, stage: Stage, tmp_path: Path
) -> None:
    file = tmp_path / "weirs.csv"
    file.write_text("\n".join(["question,answer", *ROWS]) + "\n", encoding="utf-8")
    page.goto(place.link())
    register(page, place, file)
    train(page, place)
    judge(page, place)
    promote(page, place)
    assert stage.nora.models.serving(NORA.address, line_of("weirs-1"))
    buy(page, place, wallet)


def register(page: Page, place: Open, file: Path) -> None:
    page.goto(f"{place.url}/data/new")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text(f"{len(ROWS)} records were looked at.")).to_be_visible()
    page.get_by_role("button", name="Register with the node's key").click()
    end_of_work(page)
    expect(page.locator("main .badge").first).to_have_text("registered")


def train(page: Page, place: Open) -> None:
    page.goto(f"{place.url}/train/new")
    page.get_by_role("checkbox", name="weirs").check()
    page.get_by_label("Adapter").fill("weirs-1")
    for name, value in SETTINGS.items():
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_role("button", name="Start").click()
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
