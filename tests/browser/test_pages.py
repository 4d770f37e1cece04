"""Every page opens for everybody, money and audits work from them, and a dead chain or studio is said to be dead."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from support.chain_seller import sell
from support.chain_stage import BOB, OPEN, Stage
from support.studio import furnished
from support.studio.faults import Faults
from support.studio.place import Open, home_of, open_studio
from support.studio.wallet import TestWallet
from tallystick.domain.ids import AssetId
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.interfaces.studio.navigation import PLACES

pytestmark = pytest.mark.integration
ASSET = AssetId(b"\xa1" * 32)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LOOK = """() => {
  const named = (e) => e.labels?.length || e.getAttribute("aria-label") || e.getAttribute("aria-labelledby")
    || (e.matches("a, button, summary") && e.innerText.trim());
  const asked = document.querySelectorAll("input:not([type=hidden]), select, textarea, button, summary, a[href]");
  return {
    width: document.documentElement.scrollWidth,
    nameless: [...asked].filter((e) => e.checkVisibility() && !named(e)).map((e) => e.outerHTML.slice(0, 120)),
    links: [...document.querySelectorAll("main a[href]:not([download])")]
      .map((a) => new URL(a.getAttribute("href"), location.href).href),
  };
}"""


FAINT = """() => {
  const mixed = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (layers) => {
    mixed.fillStyle = "#fff";
    for (const layer of ["#fff", ...layers]) { mixed.fillStyle = layer; mixed.fillRect(0, 0, 1, 1); }
    return [...mixed.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const linear = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const above = (e) => { const all = []; for (; e; e = e.parentElement) all.unshift(e); return all; };
  const faint = new Set(), words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const e = words.currentNode.parentElement, style = getComputedStyle(e);
    if (!words.currentNode.data.trim() || e.closest("title, :disabled, [aria-disabled=true], .unseen, .skip")) continue;
    if (!e.checkVisibility({ visibilityProperty: true })) continue;
    const ground = above(e).map((o) => getComputedStyle(o).backgroundColor);
    const word = e instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [colour(ground), colour([...ground, word])].map(luminance).sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.add(e.outerHTML.slice(0, 120));
  }
  return [...faint];
}"""
UNMARKED = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, summary, a[href]")]
  .filter((e) => e.checkVisibility() && !e.disabled).filter((e) => {
    e.focus({ focusVisible: true });
    const style = getComputedStyle(e);
    return document.activeElement !== e || style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2;
  }).map((e) => e.outerHTML.slice(0, 120))"""


@pytest.fixture
def busy(stage: Stage, tmp_path: Path) -> Iterator[Open]:
    """A studio on books with thirty receipts."""
    config = home_of(stage, stage.nora.rpc.url, tmp_path / "home")
    with SqliteLedger(config.database) as ledger:
        sell(stage, ledger, 30, asset=ASSET)
    with open_studio(config) as opened:
        yield opened


def test_pages_when_opened_as_the_operator_all_show_themselves(
    busy: Open, page: Page, faults: Faults
) -> None:
    faults.allowed.add("503 chat/models")
    page.goto(busy.link())

    for each in PLACES:
        page.get_by_role("navigation", name="Pages", exact=True).locator("visible=true").get_by_role(
            "link", name=each.title, exact=True
        ).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(each.title)
        expect(page.locator("main > [role=alert]:visible")).to_have_count(0)  # a part's is its own affair
        expect(page.locator("nav[aria-label=Pages]:visible [aria-current=page]")).to_have_text(each.title)


def test_page_when_an_earlier_one_answers_late_is_the_one_last_asked_for(place: Open, page: Page) -> None:
    held: list[Route] = []
    page.goto(place.link())
    page.route("**/studio/", lambda route: held.append(route))
    links = page.get_by_role("navigation", name="Pages", exact=True).locator("visible=true")

    with page.expect_request("**/studio/"):
        links.get_by_role("link", name="Overview", exact=True).click()
    links.get_by_role("link", name="Data", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Data")
    held[0].continue_()
    page.wait_for_timeout(500)

    expect(page.get_by_role("heading", level=1)).to_have_text("Data")


def test_receipts_when_there_are_many_are_paged_and_opened(busy: Open, page: Page) -> None:
    page.goto(f"{busy.url}/usage")
    expect(page.get_by_text("30 receipts, page 1 of 2")).to_be_visible()

    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("30 receipts, page 2 of 2")).to_be_visible()
    page.locator("tbody a").first.click()

    expect(page.get_by_role("heading", name="Who earned by it")).to_be_visible()
    expect(page.get_by_role("img", name="Parts of the fee by asset")).to_be_visible()


def test_money_when_a_member_deposits_by_wallet_is_allotted(
    place: Open, page: Page, wallet: TestWallet, stage: Stage, faults: Faults
) -> None:
    faults.allowed.add("400 usage/money/calls")
    wallet.key = BOB
    page.goto(f"{place.url}/account")
    page.get_by_role("button", name="Sign in with Ethereum").click()
    expect(page.locator(".who:visible .badge")).to_have_text("member")
    page.goto(f"{place.url}/usage/money")
    before = stage.nora.escrow.redeemable(BOB.address, stage.nora.sender.address)  # type: ignore[union-attr]

    page.get_by_label("Amount, OPEN").fill("2.5")
    page.get_by_role("button", name="Prepare", exact=True).click()
    page.get_by_role("button", name="Send 2.5 OPEN").click()

    expect(page.locator("#purse")).to_contain_text(f"{(before + 2_500_000) / OPEN:.2f}".rstrip("0"))
    page.get_by_label("Amount, OPEN").fill("2,5")
    page.get_by_role("button", name="Prepare", exact=True).click()
    expect(page.locator("#calls").get_by_role("alert")).to_contain_text("no amount of OPEN")


def test_money_when_a_later_call_is_refused_is_not_deposited_twice(
    place: Open, page: Page, wallet: TestWallet, stage: Stage
) -> None:
    """Not by the next click, nor after a reload. The way there begins on the page that asks for a sign-in."""
    wallet.key, wallet.sends = BOB, 2  # the allowance, the deposit
    page.goto(f"{place.url}/usage/vouchers")
    page.get_by_role("link", name="Sign in").locator("visible=true").first.click()
    page.get_by_role("button", name="Sign in with Ethereum").click()
    page.wait_for_url("**/usage/vouchers")
    page.goto(f"{place.url}/usage/money")
    escrow, token, bob = stage.nora.escrow, stage.nora.token, BOB.address
    held, allotted = token.balance_of(bob), escrow.redeemable(bob, stage.nora.sender.address)  # type: ignore[union-attr]

    def send() -> None:
        page.get_by_label("Amount, OPEN").fill("2.5")
        page.get_by_role("button", name="Prepare", exact=True).click()
        page.get_by_role("button", name="Send 2.5 OPEN").click()

    send()
    word = page.locator("#calls + [data-wallet-word]")
    expect(word).to_contain_text('You refused "Allot to this node"')
    expect(word).to_contain_text("Done already: Allow the escrow, Deposit")
    page.get_by_role("button", name="Send 2.5 OPEN").click()
    expect(word).to_contain_text('You refused "Allot to this node"')
    page.reload()
    wallet.sends = None
    send()

    expect(page.locator("#purse")).to_contain_text(f"{(allotted + 2_500_000) / OPEN:.2f}".rstrip("0"))
    assert token.balance_of(bob) == held - 2_500_000
    assert wallet.asked.count("eth_sendTransaction") == 2 + 2 + 1  # two were refused


def test_money_when_the_studio_fails_after_the_deposit_is_not_deposited_twice(
    place: Open, page: Page, wallet: TestWallet, stage: Stage
) -> None:
    """All is mined, and the studio cannot be told: the next click tells it, and sends nothing."""
    wallet.key = BOB
    page.goto(f"{place.url}/account")
    page.get_by_role("button", name="Sign in with Ethereum").click()
    expect(page.locator(".who:visible .badge")).to_have_text("member")
    page.goto(f"{place.url}/usage/money")
    escrow, token, bob = stage.nora.escrow, stage.nora.token, BOB.address
    held, allotted = token.balance_of(bob), escrow.redeemable(bob, stage.nora.sender.address)  # type: ignore[union-attr]
    page.get_by_label("Amount, OPEN").fill("2.5")
    page.get_by_role("button", name="Prepare", exact=True).click()
    page.route("**/usage/money/sent", lambda route: route.abort(), times=1)

    page.get_by_role("button", name="Send 2.5 OPEN").click()
    expect(page.locator("#calls + [data-wallet-word]")).to_contain_text("The studio does not answer")
    sent = wallet.asked.count("eth_sendTransaction")
    page.get_by_role("button", name="Send 2.5 OPEN").click()

    expect(page.locator("#purse")).to_contain_text(f"{(allotted + 2_500_000) / OPEN:.2f}".rstrip("0"))
    assert wallet.asked.count("eth_sendTransaction") == sent
    assert token.balance_of(bob) == held - 2_500_000


def test_audit_when_a_batch_is_recomputed_says_what_is_false(place: Open, page: Page, stage: Stage) -> None:
    from support.chain_stage import make_header

    stage.nora.batches.submit_batch(make_header())
    page.goto(place.link())
    page.get_by_role("link", name="Audit", exact=True).locator("visible=true").click()

    page.get_by_role("button", name="Recompute it").click()
    page.get_by_role("link", name="See what came of it.").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Batch 1")
    expect(page.get_by_role("cell", name="dataWithheld")).to_be_visible()


def test_overview_when_the_chain_is_dead_says_so_and_shows_the_rest(
    stage: Stage, page: Page, tmp_path: Path, faults: Faults
) -> None:
    faults.allowed.add("503 rewards")
    with open_studio(home_of(stage, "http://127.0.0.1:1", tmp_path / "home")) as dead:
        page.goto(f"{dead.url}/")
        expect(page.get_by_text("The chain: The RPC at http://127.0.0.1:1 does not answer")).to_be_visible()
        expect(page.get_by_role("heading", name="Health")).to_be_visible()

        page.get_by_role("link", name="Rewards", exact=True).locator("visible=true").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Not available now")


def test_page_when_the_studio_is_dead_says_so(stage: Stage, page: Page, tmp_path: Path) -> None:
    with open_studio(home_of(stage, stage.nora.rpc.url, tmp_path / "home")) as opened:
        page.goto(f"{opened.url}/")

    page.get_by_role("link", name="Usage", exact=True).locator("visible=true").click()

    expect(page.get_by_text("The node does not answer.")).to_be_visible()


def test_users_when_two_are_there_are_told_apart(
    place: Open, page: Page, stage: Stage, faults: Faults
) -> None:
    other = page.context.browser.new_context().new_page()  # type: ignore[union-attr]
    faults.watch(other)
    other.set_default_timeout(60_000)
    wallet = TestWallet(stage.nora.rpc, BOB)
    wallet.install(other)
    page.goto(place.link())
    other.goto(f"{place.url}/account")
    other.get_by_role("button", name="Sign in with Ethereum").click()

    expect(other.locator(".who:visible .badge")).to_have_text("member")
    expect(page.locator(".who:visible .badge")).to_have_text("operator")
    other.goto(f"{place.url}/usage/batches")
    expect(other.get_by_role("button", name="Close a batch")).to_have_count(0)
    page.goto(f"{place.url}/usage/batches")
    expect(page.get_by_role("button", name="Close a batch")).to_be_visible()
    other.context.close()


def test_page_when_driven_by_keyboard_reaches_content_and_menu(place: Open, page: Page) -> None:
    page.goto(f"{place.url}/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.tagName") == "A"


@pytest.mark.timeout(900)
def test_pages_when_all_are_walked_on_a_phone_fit_it_and_can_be_read_and_reached(
    stage: Stage, rpc: Rpc, page: Page, tmp_path: Path, faults: Faults
) -> None:
    faults.allowed |= {
        "503 chat/models",
        f"404 data/0x{furnished.ASSET.hex()}",
    }  # it was sold, not registered
    page.set_viewport_size({"width": 360, "height": 740})
    with furnished.furnished(rpc, stage, tmp_path) as full:
        page.goto(full.link())
        ahead = ["", *(each.noun for each in PLACES[1:]), "account"]
        seen, wrong = {kind_of(path): path for path in ahead}, dict[str, object]()
        while ahead:
            path = ahead.pop(0)
            page.goto(f"{full.url}/{path}")
            expect(page.locator(".htmx-request")).to_have_count(0)
            looked = page.evaluate(LOOK)
            looked["unmarked"] = page.evaluate(UNMARKED)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                looked[scheme] = page.evaluate(FAINT)
            if looked["width"] > 360 or any(looked[fault] for fault in ("nameless", "unmarked", *SCHEMES)):
                wrong[path] = looked
            for link in looked["links"]:
                found = urlsplit(link).path.removeprefix("/studio/")
                if link.startswith(f"{full.url}/") and kind_of(found) not in seen:
                    seen[kind_of(found)] = found
                    ahead.append(found)

    assert wrong == {}
    assert {
        "models/monitors",
        "models/alarms/*",
        "network/votes/*",
        "rewards/stake/*",
        "train/jobs/*",
    } <= set(seen)


def kind_of(path: str) -> str:
    """Pages of one kind have one template: one of them is looked at."""
    return re.sub(r"0x[0-9a-f]+|\d+", "*", path.rstrip("/"))
