"""Stake in a pool and a cap for a key that spends, by a wallet; a demand under its bond, by the node's key."""

import pytest
from playwright.sync_api import Page, expect

from support.chain_stage import BOB, DAY, NORA, OPEN, VERA, Stage, make_header
from support.studio.faults import Faults
from support.studio.place import Open
from support.studio.wallet import TestWallet
from tallystick.gateways.chain.devchain import DevChain

pytestmark = pytest.mark.integration


def sign_in(place: Open, page: Page) -> None:
    page.goto(f"{place.url}/account")
    page.get_by_role("button", name="Sign in with Ethereum").click()
    expect(page.locator(".who:visible .badge")).to_be_visible()


def test_stake_when_a_wallet_adds_to_its_pool_and_takes_back_is_held_by_the_chain(
    place: Open, page: Page, wallet: TestWallet, stage: Stage
) -> None:
    sign_in(place, page)
    page.goto(f"{place.url}/rewards")
    page.get_by_role("link", name="Stake", exact=True).click()
    expect(page.get_by_role("heading", name="Pools")).to_be_visible()
    page.goto(f"{place.url}/rewards/stake/{NORA.address}")
    before = stage.nora.stake.delegation_of(NORA.address, NORA.address).tokens

    page.locator("#act").select_option("delegate")
    page.locator("#amount").fill("1.5")
    page.get_by_role("button", name="Prepare").click()
    page.get_by_role("button", name="Send: delegate").click()
    held = (before + 3 * OPEN // 2) / OPEN
    expect(page.locator("#holding")).to_contain_text(f"{held:.6f}".rstrip("0"))
    page.locator("#act").select_option("thaw")
    page.locator("#amount").fill("")
    page.get_by_role("button", name="Prepare").click()
    expect(page.get_by_role("button", name="Send: start to take back")).to_be_visible()

    assert stage.nora.stake.delegation_of(NORA.address, NORA.address).tokens == before + 3 * OPEN // 2


def test_key_when_a_member_caps_it_by_wallet_may_spend_that_much(
    place: Open, page: Page, wallet: TestWallet, stage: Stage
) -> None:
    wallet.key = BOB
    sign_in(place, page)
    page.goto(f"{place.url}/usage/keys")

    page.locator("#signer").fill(VERA.address)
    page.get_by_role("button", name="Look").click()
    expect(page.locator("#key")).to_contain_text("was never authorised")
    page.locator("#new-signer").fill(VERA.address)
    page.locator("#operator").fill(NORA.address)
    page.locator("#cap").fill("2.5")
    page.get_by_role("button", name="Prepare").click()
    page.get_by_role("button", name="Send: let the key spend").click()
    expect(page.locator("#key .badge")).to_have_text("may sign")
    expect(page.locator("#key")).to_contain_text("2.50")
    page.reload()
    expect(page.get_by_role("table")).to_contain_text("2.50")

    assert stage.nora.escrow.spendable(BOB.address, VERA.address, NORA.address) == 5 * OPEN // 2


def test_leaf_when_its_bond_was_shown_is_demanded_on_the_chain(place: Open, page: Page, stage: Stage) -> None:
    batch, _ = stage.nora.batches.submit_batch(make_header())
    page.goto(place.link())
    page.goto(f"{place.url}/usage/challenges")

    page.get_by_label("Number").fill(str(batch))
    page.get_by_role("button", name="See the bond").click()
    page.get_by_role("button", name="Send the bond and demand it").click()
    page.get_by_role("link", name="See what came of it.").click()
    expect(page.get_by_role("row", name="receipt 0")).to_contain_text("open")

    (demand,) = stage.nora.data_challenges.demands(batch)
    assert demand.demander == NORA.address


def test_deposit_when_a_member_s_wallet_thaws_it_comes_back_to_the_wallet(
    place: Open, page: Page, wallet: TestWallet, stage: Stage, devchain: DevChain, faults: Faults
) -> None:
    faults.allowed.add("400 usage/money/moves")
    wallet.key = BOB
    sign_in(place, page)
    page.goto(f"{place.url}/usage/money")
    purse, held = page.locator("#purse"), stage.nora.token.balance_of(BOB.address)

    page.get_by_label("What", exact=True).select_option("thaw")
    page.get_by_label("How much, OPEN").fill("12.5")
    page.get_by_role("button", name="Prepare for the wallet").click()
    page.get_by_role("button", name="Send 12.5 OPEN: start to thaw").click()
    expect(purse.get_by_role("row", name=NORA.address)).to_contain_text("12.50")
    expect(purse.get_by_role("row", name=NORA.address)).to_contain_text("from")
    devchain.advance(7 * DAY)
    page.goto(f"{place.url}/")
    waits = page.locator("#mine")
    expect(waits).to_contain_text("Deposits have thawed")
    expect(waits).to_contain_text("12.50")
    waits.get_by_role("link", name="Look").click()
    expect(purse.locator(".badge")).to_have_text("thawed")
    page.get_by_label("How much, OPEN").fill("52.5")
    page.get_by_role("button", name="Prepare for the wallet").click()
    page.get_by_role("button", name="Send 52.5 OPEN: free what has thawed, withdraw").click()
    expect(purse.locator(".badge")).to_have_count(0)

    assert stage.nora.token.balance_of(BOB.address) == held + 105 * OPEN // 2
    page.get_by_label("What", exact=True).select_option("allot")
    page.get_by_label("Operator").fill(VERA.address)
    page.get_by_label("How much, OPEN").fill("0")
    page.get_by_role("button", name="Prepare for the wallet").click()
    expect(page.locator("#move-calls").get_by_role("alert")).to_contain_text("Give more than 0.")
