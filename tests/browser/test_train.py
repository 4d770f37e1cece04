"""A training is put together in the browser, waits in the queue while nobody looks, and is aborted and resumed."""

import pytest
from playwright.sync_api import Page, expect

from support.studio.faults import Faults
from support.studio.place import Open
from tallystick.app.workbook import Workbook
from tallystick.domain.ids import AssetId

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
