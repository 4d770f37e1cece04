"""A file becomes a registered data set in the browser, and is licensed and withdrawn there."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support.chain_stage import BOB
from support.studio.faults import Faults
from support.studio.place import Open
from support.studio.wallet import TestWallet
from tallystick.domain.ids import Hash

pytestmark = pytest.mark.integration
ROWS = ["mr,ref"] + [f"What is bell number {n}?,Bell {n} was cast in {1700 + n}." for n in range(12)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bells.csv"
    path.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    return path


def upload(place: Open, page: Page, file: Path) -> None:
    page.goto(place.link())
    page.get_by_role("link", name="Data", exact=True).locator("visible=true").first.click()
    page.get_by_role("link", name="Add data").click()
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Look at it").click()


def test_file_when_uploaded_is_shown_checked_and_registered(place: Open, page: Page, file: Path) -> None:
    upload(place, page, file)
    expect(page.get_by_role("heading", name="bells.csv")).to_be_visible()
    expect(page.get_by_label("question")).to_have_value("mr")
    expect(page.get_by_text("12 records were looked at.")).to_be_visible()
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.get_by_text("Bell 11 was cast in 1711.")).to_be_visible()

    page.get_by_role("button", name="Register with the node's key").click()
    page.get_by_role("link", name="See what came of it.").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("bells")
    expect(page.locator("main .badge").first).to_have_text("registered")
    page.get_by_label("Operator").fill(BOB.address)
    page.get_by_role("checkbox", name="train").check()
    page.get_by_role("button", name="Do it with the node's key").click()
    page.get_by_role("link", name="See what came of it.").click()
    expect(page.get_by_role("row", name="train")).to_be_visible()
    page.get_by_role("checkbox", name="I am sure").check()
    page.get_by_role("button", name="Withdraw for good").click()
    page.get_by_role("link", name="See what came of it.").click()
    expect(page.locator("main .badge").first).to_have_text("withdrawn")


def test_file_when_another_registered_it_says_what_that_costs(place: Open, page: Page, file: Path) -> None:
    told = {"licence": "CC-BY-4.0", "previous": None, "is_private": False, "mapping": {}}
    theirs = file.with_name("theirs.csv")
    theirs.write_text("\n".join(["question,answer", *ROWS[4:]]) + "\n", encoding="utf-8")
    asset = place.studio.node.register_dataset(path=theirs, name="theirs", key="bob", **told).asset_id

    upload(place, page, file)

    part = page.locator("#registered")
    expect(part.locator(".badge").first).to_have_text("9 the same")
    expect(part.get_by_role("alert")).to_contain_text("its bond of 1.12 OPEN is lost")
    expect(part.get_by_role("row", name="theirs").first).to_contain_text(BOB.address)
    expect(part.get_by_role("row", name="record 8 of theirs")).to_contain_text("13")
    part.get_by_role("link", name="theirs").first.click()
    expect(page.locator("main")).to_contain_text("0x" + asset.hex())


def test_file_when_it_cannot_be_read_is_refused_beside_the_form(
    place: Open, page: Page, tmp_path: Path, faults: Faults
) -> None:
    faults.allowed.add("400 data/upload")
    broken = tmp_path / "broken.csv"
    broken.write_text("question,answer\nonly one\n", encoding="utf-8")

    upload(place, page, broken)

    expect(page.locator("#refused").get_by_role("alert")).to_contain_text(
        "broken.csv, line 2: 1 fields under 2 columns"
    )


def test_data_when_there_is_none_says_how_to_begin(place: Open, page: Page) -> None:
    page.goto(f"{place.url}/data")

    expect(page.get_by_text("No data set yet")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in to add data")).to_be_visible()


def test_file_when_its_owners_wallet_registers_it_belongs_to_that_wallet(
    place: Open, page: Page, wallet: TestWallet, file: Path
) -> None:
    wallet.key = BOB
    page.goto(f"{place.url}/account")
    page.get_by_role("button", name="Sign in with Ethereum").click()
    expect(page.locator(".who:visible .badge")).to_be_visible()
    page.goto(f"{place.url}/data/new")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Look at it").click()

    page.get_by_role("button", name="Register with the wallet").click()
    page.get_by_role("button", name="Sign the manifest").click()
    page.get_by_role("button", name="Send: allow the bond, commit").click()
    page.get_by_role("button", name="Send: reveal").click()
    page.get_by_role("link", name="See the data set").click()

    expect(page.locator("main .badge").first).to_have_text("registered")
    expect(page.locator("main")).to_contain_text(BOB.address)


def test_private_data_when_granted_hands_its_key_to_the_operator_alone(
    place: Open, page: Page, file: Path
) -> None:
    card = place.studio.node.publish_reader_card(key="bob", out=None).card
    upload(place, page, file)
    page.get_by_label("Private: pinned encrypted").check()
    page.get_by_label("Licence", exact=True).select_option("by-grant")
    page.get_by_role("button", name="Register with the node's key").click()
    page.get_by_role("link", name="See what came of it.").click()
    page.get_by_label("Operator").fill(BOB.address)
    page.get_by_label("Reader card").fill("0x" + card.hex())
    page.get_by_role("checkbox", name="train").check()
    page.get_by_role("button", name="Do it with the node's key").click()
    handed = page.locator("#work .hash.whole").inner_text()

    held = place.studio.node.import_key(source=Hash(bytes.fromhex(handed[2:])), key="bob")
    assert held.allowed == ("train",)
    page.goto(f"{place.url}/data/keys")
    expect(page.locator("#held").get_by_role("row", name="bells")).to_contain_text("train, serve, retrieve")
    page.get_by_label("Key grant").fill(handed)
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_role("alert")).to_contain_text(f"This key grant is for {BOB.address}")
