"""A training is put together in the browser, waits in the queue while nobody looks, and is aborted and resumed."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support.chain_stage import Stage
from support.studio.faults import Faults
from support.studio.learning import learning_home, order, register, weirs
from support.studio.place import Open, open_studio
from tallystick.app.workbook import Workbook
from tallystick.config import Config
from tallystick.domain.ids import AssetId
from tallystick.gateways.chain.rpc import Rpc

pytestmark = pytest.mark.integration


def test_training_when_ordered_survives_its_tab_and_can_be_stopped(
    place: Open, page: Page, faults: Faults
) -> None:
    faults.allowed.add("400 train")
    Workbook(place.config.home).note_dataset("mills", AssetId(b"\xa1" * 32))
    page.goto(place.link())
    page.get_by_role("link", name="Train", exact=True).locator("visible=true").first.click()
    page.get_by_role("link", name="New training").click()
    page.get_by_label("method", exact=True).select_option("prompt-tuning")
    expect(page.get_by_label("virtual tokens")).to_be_visible()
    expect(page.get_by_label("rank", exact=True)).to_have_count(0)
    page.get_by_label("virtual tokens").fill("8")
    page.get_by_label("Save these settings as").fill("short")
    page.get_by_role("button", name="Save the recipe").click()
    expect(page.get_by_label("Load", exact=True)).to_have_value("short")
    expect(page.get_by_label("virtual tokens")).to_have_value("8")

    page.get_by_label("Adapter").fill("7")
    page.get_by_role("checkbox", name="mills").check()
    page.get_by_role("button", name="Only queue it").click()
    expect(page.locator("#refused").get_by_role("alert")).to_contain_text("cannot be called 7")
    page.get_by_label("Adapter").fill("estuary")
    page.get_by_role("button", name="Only queue it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Job 1")
    page.goto("about:blank")

    page.goto(f"{place.url}/train")
    page.get_by_role("link", name="Job 1").click()
    abort = page.locator("#abort button").element_handle()
    for _ in range(2):  # the second is asked for once the first was put in place
        page.wait_for_event("response", lambda answer: answer.url.endswith("/live"))
    assert abort.evaluate("button => button.isConnected")
    page.get_by_role("button", name="Abort").click()
    expect(page.locator("#live .badge").first).to_have_text("stopped")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#live .badge").first).not_to_have_text("stopped")


@pytest.mark.ml
@pytest.mark.timeout(900)
def test_training_when_aborted_on_its_way_and_resumed_makes_each_step_once_and_the_same_adapter(
    stage: Stage, rpc: Rpc, page: Page, tmp_path: Path
) -> None:
    config = learning_home(stage, rpc.url, tmp_path)
    with open_studio(config) as place:
        page.goto(place.link())
        register(page, place, weirs(tmp_path))
        order(page, place, "weirs-1", epochs="12")
        expect(page.locator("#live progress")).to_be_visible(timeout=300_000)
        page.get_by_role("button", name="Abort").click()
        expect(page.locator("#live .badge").first).to_have_text("stopped")
        stopped = steps_of(config, 1)
        page.goto("about:blank")

        page.goto(f"{place.url}/train/jobs/1")
        expect(page.locator("#live")).to_contain_text(f"{stopped[-1]} of ")
        page.get_by_role("button", name="Resume").click()
        expect(page.locator("#live .badge").first).to_have_text("done", timeout=300_000)
        made = steps_of(config, 1)
        assert 0 < len(stopped) < len(made) and made == list(range(1, len(made) + 1))

        order(page, place, "weirs-2", epochs="12")
        expect(page.locator("#live .badge").first).to_have_text("done", timeout=300_000)
        book = Workbook(config.home)
        assert book.model("weirs-1")["digest"] == book.model("weirs-2")["digest"]


def steps_of(config: Config, job: int) -> list[int]:
    """As they were made, with whatever was made again."""
    written = config.home / "jobs" / f"{job:06}" / "progress.jsonl"
    return [json.loads(line)["step"] for line in written.read_text(encoding="utf-8").splitlines()]
