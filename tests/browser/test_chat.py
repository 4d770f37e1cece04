"""Chat when nobody sells: the page is there, says who does not answer, and keeps visitors from the node's money."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support.chain_stage import Stage
from support.studio.place import Open, home_of, open_studio
from tallystick.gateways.chain.rpc import Rpc

pytestmark = pytest.mark.integration


@pytest.fixture
def place(stage: Stage, rpc: Rpc, tmp_path: Path) -> Iterator[Open]:
    """Nobody listens where it buys."""
    config = replace(home_of(stage, rpc.url, tmp_path / "home"), operator_url="http://127.0.0.1:1")
    with open_studio(config) as opened:
        yield opened


def test_chat_when_the_operator_is_not_there_says_so_and_keeps_the_question(place: Open, page: Page) -> None:
    page.goto(f"{place.url}/chat")
    expect(page.get_by_text("sign in as its operator")).to_be_visible()
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
