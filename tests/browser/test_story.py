"""The story in one sitting: upload, register, earn, claim by a wallet; then the ways in which that goes wrong."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from support.chain_stage import BOB, NORA, Stage
from support.factories import named
from support.studio.earned import EARNED, let_earn
from support.studio.place import Open
from support.studio.wallet import TestWallet
from tallystick.domain.ids import AssetId
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.content.cid import to_cid
from tallystick.interfaces import studio

pytestmark = pytest.mark.integration
CLAIM_PAGE = Path(studio.__file__).parent / "static" / "claim" / "claim.html"


@pytest.fixture
def earned(place: Open, stage: Stage, devchain: DevChain) -> tuple[AssetId, bytes]:
    """An agent of nora's with a reward, and the period's file."""
    asset, _ = stage.nora.agents.register_agent(b"\xca" * 32, "https://agent.example")
    return asset, let_earn(stage, devchain, place.studio.node._outside.content(), asset)


def sign_in(place: Open, page: Page) -> None:
    page.goto(f"{place.url}/account")
    page.get_by_role("button", name="Sign in with Ethereum").click()
    expect(page.locator(".who:visible .badge")).to_be_visible()


def test_story_when_told_in_the_browser_goes_from_upload_to_claim(
    place: Open, page: Page, wallet: TestWallet, stage: Stage, devchain: DevChain, tmp_path: Path
) -> None:
    file = tmp_path / "bells.csv"
    file.write_text("question,answer\nWhen was it cast?,In 1788.\nBy whom?,By the guild.\n", encoding="utf-8")
    sign_in(place, page)
    page.goto(f"{place.url}/data/new")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Register with the node's key").click()
    page.get_by_role("link", name="See what came of it.").click()
    asset = AssetId(bytes.fromhex(page.url.rsplit("0x", 1)[1]))
    let_earn(stage, devchain, place.studio.node._outside.content(), asset)
    before = stage.nora.token.balance_of(NORA.address)

    page.get_by_role("link", name="Rewards", exact=True).locator("visible=true").first.click()
    page.get_by_role("link", name="bells").click()
    expect(page.locator("#claiming .badge")).to_have_text("claimable")
    page.get_by_role("button", name="Claim with the wallet").click()

    expect(page.locator("#claiming .badge")).to_have_text("claimed")
    assert stage.nora.token.balance_of(NORA.address) - before == EARNED


def test_claim_when_the_wallet_is_on_another_network_sends_nothing(
    place: Open, page: Page, wallet: TestWallet, earned: tuple[AssetId, bytes]
) -> None:
    wallet.chain_id, wallet.switches = 1, False
    sign_in(place, page)
    page.goto(f"{place.url}/rewards/0x{earned[0].hex()}")

    page.get_by_role("button", name="Claim with the wallet").click()

    expect(page.locator("#claiming [data-wallet-word]")).to_contain_text("network 1, this node on 31337")
    assert "eth_sendTransaction" not in wallet.asked


def test_claim_when_the_wallet_can_change_networks_is_paid(
    place: Open, page: Page, wallet: TestWallet, earned: tuple[AssetId, bytes]
) -> None:
    wallet.chain_id, wallet.key = 1, BOB
    sign_in(place, page)
    page.goto(f"{place.url}/rewards/0x{earned[0].hex()}")

    page.get_by_role("button", name="Claim with the wallet").click()

    expect(page.locator("#claiming .badge")).to_have_text("claimed")
    assert "wallet_switchEthereumChain" in wallet.asked


def test_claims_when_several_are_due_are_paid_by_one_transaction(
    place: Open, page: Page, wallet: TestWallet, stage: Stage, devchain: DevChain
) -> None:
    mine = [stage.nora.models.register_base(named(word), named(word))[0] for word in ("one", "two", "three")]
    let_earn(stage, devchain, place.studio.node._outside.content(), *mine)
    before = stage.nora.token.balance_of(NORA.address)
    sign_in(place, page)
    page.goto(f"{place.url}/rewards")

    page.get_by_role("button", name="Claim all of mine").click()
    page.get_by_role("button", name="Claim for 3 assets, with the wallet").click()

    expect(page.locator("#due")).to_contain_text("nothing is left to claim")
    assert stage.nora.token.balance_of(NORA.address) - before == EARNED
    assert wallet.asked.count("eth_sendTransaction") == 1


def test_claim_page_when_kept_as_a_file_needs_no_node(
    place: Open, page: Page, wallet: TestWallet, stage: Stage, earned: tuple[AssetId, bytes], tmp_path: Path
) -> None:
    asset, file = earned
    digest = stage.nora.rewards.active_period().data_digest
    page.route(f"**/ipfs/{to_cid(digest)}", lambda route: _serve(route, file))
    page.goto(f"{place.url}/rewards/0x{asset.hex()}")
    with page.expect_download() as told:
        page.get_by_role("link", name="A page that claims for this asset").click()
    told.value.save_as(tmp_path / "claim.html")
    page.goto(f"file://{tmp_path}/claim.html#rpc={stage.nora.rpc.url}&ipfs=http://127.0.0.1:1")
    expect(page.get_by_label("Asset")).to_have_value(f"0x{asset.hex()}")

    page.get_by_role("button", name="Look").click()
    expect(page.locator("#due")).to_have_text("6.000000 OPEN")
    page.get_by_role("button", name="Claim with the wallet").click()

    expect(page.get_by_role("status")).to_contain_text("Paid by 0x")
    expect(page.locator("#due")).to_have_text("0.000000 OPEN")
    assert stage.nora.rewards.claimed_of(asset) == EARNED

    page.get_by_label("Asset").fill("0x" + "77" * 32)
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("status")).to_contain_text("no rewards")
    expect(page.get_by_role("button", name="Claim with the wallet")).to_be_hidden()


def test_claim_page_when_the_gateway_lies_notices(
    page: Page, wallet: TestWallet, stage: Stage, earned: tuple[AssetId, bytes]
) -> None:
    asset, file = earned
    page.route("**/ipfs/*", lambda route: _serve(route, file.replace(b"6000000", b"6000001")))
    rest = f"rewards={stage.nora.rewards.address}&rpc={stage.nora.rpc.url}&ipfs=http://127.0.0.1:1"
    page.goto(f"file://{CLAIM_PAGE}#asset=0x{asset.hex()}&{rest}")

    page.get_by_role("button", name="Look").click()

    expect(page.get_by_role("status")).to_contain_text("this gateway lied")


def _serve(route: Route, file: bytes) -> None:
    headers = {"access-control-allow-origin": "*", "content-type": "application/json"}
    route.fulfill(body=file, headers=headers)
