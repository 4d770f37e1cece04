"""What only a data set's owner does on its page: grants, bond and consent, by wallet or the node's key."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.studio.visiting import OPERATOR, Visitor, visiting
from tallystick.app.datasets.owning import HeldBond
from tallystick.app.overview.catalogue import DatasetLine
from tallystick.app.overview.earnings import Call, EarningDetail
from tallystick.app.overview.holdings import DatasetDetail, GrantLine
from tallystick.domain.ids import Address, AssetId, Hash, Purpose
from tallystick.errors import NotFound
from tallystick.gateways.keys.keystore import Key

ALICE, AT, OPEN = Key(b"\x0a" * 32), 1_700_000_000, 10**6
NORA, REGISTRY = Address("0x" + "0b" * 20), Address("0x" + "d5" * 20)
MILLS, HASH = AssetId(b"\x11" * 32), Hash(b"\x55" * 32)
HELD = HeldBond(MILLS, 3 * OPEN, AT, 0, False)
PAGE = f"/data/0x{MILLS.hex()}"


def line_of(owner: Address, state: str = "registered") -> DatasetLine:
    return DatasetLine(MILLS, owner, owner, owner, HASH, 4, HASH, 0, 1, 3 * OPEN, 9, HASH, state)


class Owned:
    """A node on which one data set is registered; writes down what it was told to do."""

    def __init__(self, owner: Address) -> None:
        self.told = list[tuple[str, dict[str, Any]]]()
        granted = (GrantLine(NORA, ("train",), AT),)
        self.seen = DatasetDetail(line_of(owner), "mills", "by-grant", (), granted, None, None, 0, HELD)

    def dataset_detail(self, *, asset_id: bytes) -> DatasetDetail:
        assert asset_id == MILLS
        return self.seen

    def earning(self, *, asset_id: bytes) -> EarningDetail:
        raise NotFound("No reward period is active yet.")

    def chain_id(self) -> int:
        return 31337

    def key_name(self) -> str:
        return "node"

    def owner_calls(self, **told: Any) -> tuple[Call, ...]:
        self.told.append(("calls", told))
        return (Call(REGISTRY, b"\x01", told["act"].capitalize()),)

    def take_bond_back(self, **told: Any) -> None:
        self.told.append(("bond", told))


@pytest.fixture
def owned() -> Owned:
    return Owned(ALICE.address)


@pytest.fixture
def alice(owned: Owned, tmp_path: Path) -> Iterator[Visitor]:
    with visiting(owned, tmp_path, member=ALICE) as visitor:
        yield visitor


def test_rights_when_a_member_owns_it_are_the_wallet_s(alice: Visitor) -> None:
    text = alice.get(PAGE).text

    assert "Prepare for the wallet" in text and "Prepare the withdrawal" in text
    assert "with the node&#39;s key" not in text and "node's key</button>" not in text
    assert "3.00&nbsp;<abbr>OPEN" in text and "14 Nov 2023, 22:13" in text
    assert "Prepare to take it back" not in text


@pytest.mark.parametrize("act", ["grant", "revoke"])
def test_uses_when_ruled_by_wallet_are_what_it_sends(alice: Visitor, owned: Owned, act: str) -> None:
    asked = {"act": act, "operator": NORA, "purposes": ["train", "retrieve"]}

    text = alice.get(f"{PAGE}/calls", params=asked).text

    told = {"operator": NORA, "purposes": Purpose.TRAIN | Purpose.RETRIEVE}
    assert owned.told == [("calls", {"act": act, "owner": ALICE.address, "asset_id": MILLS} | told)]
    assert f'data-done="{PAGE}/sent"' in text and 'data-part="rights"' in text and f"Send: {act}" in text


@pytest.mark.parametrize(
    "asked",
    [
        {"act": "grant", "operator": NORA},
        {"act": "grant", "operator": "nora", "purposes": ["train"]},
        {"act": "grant", "operator": NORA, "purposes": ["sell"]},
        {"act": "withdraw"},
    ],
)
def test_rights_when_the_form_is_wrong_are_not_prepared(
    alice: Visitor, owned: Owned, asked: dict[str, Any]
) -> None:
    assert alice.get(f"{PAGE}/calls", params=asked).status_code == 400
    assert owned.told == []


def test_consent_when_the_wallet_withdrew_it_is_shown_as_the_chain_has_it(
    alice: Visitor, owned: Owned
) -> None:
    assert "Send: withdraw" in alice.get(f"{PAGE}/calls", params={"act": "withdraw", "sure": "true"}).text
    owned.seen = replace(owned.seen, line=line_of(ALICE.address, "withdrawn"), earns_until_at=AT)

    text = alice.send_form(f"{PAGE}/sent", transactions="0x00").text

    assert "The data set is withdrawn." in text and "14 Nov 2023" in text and "Prepare for" not in text


@pytest.mark.parametrize(
    ("bond", "state", "word"),
    [
        (replace(HELD, open_demands=2), "registered", "wait for an answer"),
        (replace(HELD, bond=0), "registered", "It was taken back."),
        (replace(HELD, bond=0), "convicted", "It was lost"),
    ],
)
def test_bond_when_it_is_held_or_gone_says_why(
    alice: Visitor, owned: Owned, bond: HeldBond, state: str, word: str
) -> None:
    owned.seen = replace(owned.seen, line=line_of(ALICE.address, state), bond=bond)

    text = alice.get(PAGE).text

    assert word in text and "Prepare to take it back" not in text


def test_bond_when_free_is_taken_back_by_wallet_or_key(owned: Owned, tmp_path: Path) -> None:
    owned.seen = replace(Owned(OPERATOR).seen, bond=replace(HELD, is_free=True))
    with visiting(owned, tmp_path) as nora:
        assert "Take it back with the node's key" in nora.get(PAGE).text
        assert "Send: bond" in nora.get(f"{PAGE}/calls", params={"act": "bond"}).text
        nora.send_form(f"{PAGE}/bond")
        nora.studio.works.close()

    assert owned.told[-1] == ("bond", {"name": f"0x{MILLS.hex()}", "key": "node"})


def test_rights_when_one_is_not_the_owner_are_only_read(owned: Owned, tmp_path: Path) -> None:
    with visiting(owned, tmp_path, is_operator=False) as stranger:
        text = stranger.get(PAGE).text
        refused = [
            stranger.get(f"{PAGE}/calls", params={"act": "bond"}).status_code,
            stranger.send_form(f"{PAGE}/bond").status_code,
        ]

    assert "Only the owner can withdraw it." in text and "Prepare" not in text
    assert refused == [401, 401] and owned.told == []
