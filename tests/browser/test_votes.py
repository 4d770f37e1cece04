"""A holder's wallet moves that a parameter is changed, and lets another address vote, on the real contracts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support.chain_stage import DAY, NORA, OPEN, VERA, Stage
from support.governing.stage import govern
from support.studio.place import Open, home_of, open_studio
from support.studio.wallet import TestWallet
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports.governing.votes import Ballot

pytestmark = pytest.mark.integration


@pytest.fixture
def place(stage: Stage, rpc: Rpc, tmp_path: Path) -> Iterator[Open]:
    """Nora's studio where votes are deployed."""
    with (
        SqliteLedger(tmp_path / "votes.sqlite3") as ledger,
        open_studio(home_of(govern(rpc, ledger, stage), rpc.url, tmp_path / "home")) as opened,
    ):
        yield opened


def sign_in(place: Open, page: Page) -> None:
    page.goto(f"{place.url}/account")
    page.get_by_role("button", name="Sign in with Ethereum").click()
    expect(page.locator(".who:visible .badge")).to_be_visible()


def test_change_when_a_wallet_moves_it_is_a_motion_and_its_votes_can_be_another_s(
    place: Open, page: Page, wallet: TestWallet, devchain: DevChain
) -> None:
    place.studio.node.wrap_votes(amount=300 * OPEN)
    devchain.advance(10)  # who proposes needs votes of a second before
    sign_in(place, page)

    page.goto(f"{place.url}/network/votes")
    page.get_by_role("link", name="Propose a change").click()
    page.get_by_label("Burned of a slash, %").fill("62.5")
    page.get_by_label("What it is for").fill("Burn more.")
    page.get_by_role("button", name="Prepare for the wallet").click()
    page.get_by_role("button", name="Send: move it").click()
    page.get_by_role("link", name="See the motion").click()
    expect(page.get_by_role("row", name="burned of a slash")).to_contain_text("62.50")

    page.goto(f"{place.url}/network/votes")
    page.get_by_label("Who votes with what you wrapped").fill(VERA.address)
    page.get_by_role("button", name="Prepare for the wallet").click()
    page.get_by_role("button", name="Send: delegate").click()
    expect(page.locator("#voter")).to_contain_text(VERA.address)

    assert place.studio.node.voter(account=NORA.address).votes == 0


def test_motion_when_it_passed_is_carried_out_by_a_wallet_and_its_votes_unwrapped(
    place: Open, page: Page, wallet: TestWallet, devchain: DevChain
) -> None:
    node = place.studio.node
    node.wrap_votes(amount=300 * OPEN)
    devchain.advance(10)
    moved = node.propose_parameters(changes={"burned_bps": 6_000}, text="Burn more.")
    devchain.advance(3_601)
    node.cast_vote(motion_id=moved.motion_id, ballot=Ballot.FOR, why="")
    devchain.advance(DAY)
    sign_in(place, page)

    page.goto(f"{place.url}/network/votes/0x{moved.motion_id.hex()}")
    page.get_by_role("button", name="Prepare for the wallet").click()
    page.get_by_role("button", name="Send: put it into the timelock").click()
    expect(page.locator("#carry")).to_contain_text("It waits in the timelock")
    devchain.advance(DAY)
    page.get_by_role("button", name="Prepare for the wallet").click()
    page.get_by_role("button", name="Send: carry it out").click()
    expect(page.locator("#carry")).to_contain_text("The motion is executed.")
    page.goto(f"{place.url}/network/votes")
    page.get_by_label("What").first.select_option("unwrap")
    page.get_by_label("Amount, OPEN").first.fill("120.5")
    page.get_by_role("button", name="Prepare", exact=True).click()
    page.get_by_role("button", name="Send: unwrap").click()
    expect(page.locator("#voter")).to_contain_text("179.50")

    assert node.parameters().version == 2
    assert node.voter(account=NORA.address).wrapped == 359 * OPEN // 2
