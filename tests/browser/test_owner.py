"""An owner's wallet grants and revokes uses, takes the bond back, and withdraws, on the real contracts."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from support.chain_stage import BOB, DAY, NORA, OPEN, Stage
from support.studio.place import Open
from support.studio.wallet import TestWallet
from tallystick.domain.ids import Purpose
from tallystick.gateways.chain.devchain import DevChain

pytestmark = pytest.mark.integration


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bells.csv"
    path.write_text("question,answer\nWhen was it cast?,In 1788.\nBy whom?,By the guild.\n", encoding="utf-8")
    return path


def test_data_when_its_owner_s_wallet_rules_it_is_granted_freed_of_its_bond_and_withdrawn(
    place: Open, page: Page, wallet: TestWallet, file: Path, stage: Stage, devchain: DevChain
) -> None:
    node, datasets = place.studio.node, stage.nora.datasets
    told = {"licence": "by-grant", "previous": None, "is_private": False, "mapping": {}}
    asset = node.register_dataset(path=file, name="bells", key="bob", **told).asset_id
    wallet.key = BOB
    page.goto(f"{place.url}/account")
    page.get_by_role("button", name="Sign in with Ethereum").click()
    expect(page.locator(".who:visible .badge")).to_be_visible()
    page.goto(f"{place.url}/data/0x{asset.hex()}")

    _rule(page, "grant", "train", "serve")
    expect(page.get_by_role("row", name="train, serve")).to_contain_text(NORA.address)
    devchain.advance(
        10
    )  # within one second a grant's entry is replaced, for which anvil guesses too little gas
    _rule(page, "revoke", "train")
    expect(page.get_by_role("row", name="serve")).not_to_contain_text("train")
    assert datasets.grants_of(asset, NORA.address)[-1].purposes == Purpose.SERVE

    expect(_card(page, "Bond")).to_contain_text("from")
    expect(page.get_by_role("button", name="Prepare to take it back")).to_have_count(0)
    devchain.advance(30 * DAY)
    page.reload()
    held = stage.nora.token.balance_of(BOB.address)
    page.get_by_role("button", name="Prepare to take it back").click()
    page.get_by_role("button", name="Send: take the bond back").click()
    expect(_card(page, "Bond")).to_contain_text("It was taken back.")
    assert stage.nora.token.balance_of(BOB.address) == held + OPEN + 2 * OPEN // 100

    page.get_by_role("checkbox", name="I am sure").check()
    page.get_by_role("button", name="Prepare the withdrawal").click()
    page.get_by_role("button", name="Send: withdraw for good").click()
    expect(_card(page, "Consent")).to_contain_text("The data set is withdrawn.")
    assert datasets.withdrawn_at(asset)


def _card(page: Page, title: str) -> Locator:
    return page.locator("section.card", has=page.get_by_role("heading", name=title, exact=True))


def _rule(page: Page, act: str, *words: str) -> None:
    page.get_by_label("Operator").fill(NORA.address)
    page.get_by_label("What", exact=True).select_option(act)
    for word in words:
        page.get_by_role("checkbox", name=word).check()
    page.get_by_role("button", name="Prepare for the wallet").click()
    page.get_by_role("button", name=f"Send: {act}").click()
