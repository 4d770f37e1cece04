"""The page of private data sets' keys, over records as the node's verbs give them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.studio.visiting import OPERATOR, Visitor, visiting
from tallystick.app.datasets.consent import Granted
from tallystick.app.datasets.key_ring import KeyUse
from tallystick.app.datasets.keys import HandedKey, HeldKey, PublishedCard
from tallystick.domain.ids import Address, AssetId, Hash, Purpose

pytestmark = pytest.mark.slow

MILLS, BARNS = AssetId(b"\x11" * 32), AssetId(b"\x12" * 32)
ALICE, CARD, GRANT = Address("0x" + "0d" * 20), Hash(b"\x21" * 32), Hash(b"\x22" * 32)


class Ring:
    """Notes what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.held = (HeldKey(MILLS, OPERATOR, OPERATOR, ("train",)), HeldKey(BARNS, ALICE, OPERATOR, ()))
        self.uses = tuple(KeyUse(MILLS, OPERATOR, f"use{n}", ("train",), n) for n in range(1, 54))

    def key_name(self) -> str:
        return "node"

    def dataset_titles(self) -> dict[bytes, str]:
        return {MILLS: "mills <b>"}

    def held_keys(self, *, key: str) -> tuple[HeldKey, ...]:
        return self.held

    def key_uses(self, *, key: str) -> tuple[KeyUse, ...]:
        return self.uses

    def publish_reader_card(self, **told: Any) -> PublishedCard:
        self.told.append(("publish", told))
        return PublishedCard(OPERATOR, b"\x05" * 32, CARD)

    def import_key(self, **told: Any) -> HeldKey:
        self.told.append(("import", told))
        return self.held[1]

    def export_key(self, **told: Any) -> HandedKey:
        self.told.append(("export", told))
        return HandedKey(MILLS, ALICE, ("train",), 5, GRANT)

    def grant_dataset(self, **told: Any) -> Granted:
        self.told.append(("grant", told))
        return Granted(MILLS, ALICE, ("train",), 5, GRANT, GRANT)


@pytest.fixture
def ring() -> Ring:
    return Ring()


@pytest.fixture
def visitor(ring: Ring, tmp_path: Path) -> Iterator[Visitor]:
    with visiting(ring, tmp_path) as opened:
        yield opened


def end_of(visitor: Visitor, begun: Any) -> str:
    visitor.studio.works.close()
    return str(visitor.get(begun.headers["location"]).text)


def test_keys_when_held_tell_what_they_may_be_used_to_and_were(visitor: Visitor) -> None:
    text = visitor.get("/data/keys").text

    assert "mills &lt;b&gt;" in text and ">nothing now</span>" in text
    assert "<td>use53</td>" in text and "<td>use4</td>" in text and "<td>use3</td>" not in text
    assert '<span class="number">3</span> earlier ones' in text
    assert text.index("use53") < text.index("use52")
    assert f'<option value="0x{MILLS.hex()}">' in text and f'<option value="0x{BARNS.hex()}">' not in text


def test_keys_when_there_are_none_say_how_one_comes(visitor: Visitor, ring: Ring) -> None:
    ring.held, ring.uses = (), ()
    text = visitor.get("/data/keys").text

    assert "No key yet" in text and "opened no private records" in text and "Hand out a key again" not in text


def test_keys_when_a_visitor_asks_are_not_shown(ring: Ring, tmp_path: Path) -> None:
    with visiting(ring, tmp_path, is_operator=False) as visitor:
        assert visitor.get("/data/keys").status_code in (401, 403)
        assert "/data/keys" not in visitor.get("/account").text


def test_card_when_published_is_told_whole(visitor: Visitor, ring: Ring) -> None:
    text = end_of(visitor, visitor.send_form("/data/keys/card"))

    assert f">0x{CARD.hex()}</code>" in text
    assert ring.told == [("publish", {"key": "node", "out": None})]


def test_key_when_handed_out_again_tells_its_grant(visitor: Visitor, ring: Ring) -> None:
    fields = {"asset": f"0x{MILLS.hex()}", "operator": ALICE, "reader": f" 0x{CARD.hex()}"}
    text = end_of(visitor, visitor.send_form("/data/keys/hand", **fields))

    assert f">0x{GRANT.hex()}</code>" in text
    told = {"name": f"0x{MILLS.hex()}", "operator": ALICE, "reader": CARD, "key": "node", "out": None}
    assert ring.told == [("export", told)]


def test_key_when_taken_in_leads_back_to_the_keys(visitor: Visitor, ring: Ring) -> None:
    text = end_of(visitor, visitor.send_form("/data/keys/take", grant=f"0x{GRANT.hex()}"))

    assert 'href="/data/keys"' in text
    assert ring.told == [("import", {"source": GRANT, "key": "node"})]


@pytest.mark.parametrize("path", ["take", "hand"])
@pytest.mark.parametrize("text", ["0x12", "mills.json", "0x" + "zz" * 32])
def test_key_when_its_hash_is_none_is_refused_at_once(
    visitor: Visitor, ring: Ring, path: str, text: str
) -> None:
    fields = {"grant": text, "asset": f"0x{MILLS.hex()}", "operator": ALICE, "reader": text}
    refused = visitor.send_form(f"/data/keys/{path}", **fields)

    assert refused.status_code == 400 and "is no hash" in refused.text and ring.told == []


@pytest.mark.parametrize(("reader", "card"), [("", None), (f"0x{CARD.hex()}", CARD)])
def test_grant_when_of_a_private_set_hands_out_its_key(
    visitor: Visitor, ring: Ring, reader: str, card: Hash | None
) -> None:
    path = f"/data/0x{MILLS.hex()}/grant"
    fields = {"operator": ALICE, "act": "grant", "purposes": ["train"], "reader": reader}
    text = end_of(visitor, visitor.send_form(path, **fields))

    assert f">0x{GRANT.hex()}</code>" in text
    ((_, told),) = ring.told
    assert (told["purposes"], told["reader"]) == (Purpose.TRAIN, card)
