"""Data registered by its owner's wallet: what it signs and sends, step by step, over a registry in memory."""

import html
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from support.memory_store import MemoryStore
from support.studio.registry import CHAIN, ESCROW, Registry
from support.studio.visiting import Visitor, visiting
from support.studio.wallet import signed_by
from tallystick.app.node import Node
from tallystick.app.verbs.parts import Outside
from tallystick.config import load
from tallystick.domain.digests import Domain
from tallystick.gateways.keys.keystore import Key
from tallystick.pipeline.datasets.manifest import read_manifest

pytestmark = pytest.mark.slow

ALICE, NORA = Key(b"\x0a" * 32), Key(b"\x0b" * 32)
FILE = "question,answer\nWhen was it cast?,In 1788.\nBy whom?,By the guild.\n"


class Place:
    """The outside of nora's node."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.store = registry, MemoryStore()
        self.blocks_come = threading.Event()

    def chain(self) -> Any:
        return self.registry

    def content(self) -> Any:
        return self.store

    def signer(self, name: str) -> Key:
        return NORA

    def wait_blocks(self, count: int) -> None:
        assert self.blocks_come.wait(60)
        self.registry.wait(count)


@pytest.fixture
def registry() -> Registry:
    return Registry(ALICE.address)


@pytest.fixture
def place(registry: Registry) -> Place:
    return Place(registry)


@pytest.fixture
def visitor(place: Place, tmp_path: Path) -> Iterator[Visitor]:
    node = Node(load({"home": str(tmp_path / "home")}, {}, ()), cast(Outside, place))
    with visiting(node, tmp_path / "uploads", member=ALICE) as opened:
        yield opened


def upload(visitor: Visitor) -> str:
    """Where the draft is."""
    sent = visitor.post(
        "/data/upload",
        files={"file": ("bells.csv", FILE.encode())},
        headers={"x-csrf": visitor.csrf},
        follow_redirects=False,
    )
    return str(sent.headers["location"])


def prepare(visitor: Visitor, at: str, name: str = "bells") -> Any:
    return visitor.send_form(f"{at}/wallet/prepare", name=name, licence="CC-BY-4.0")


def told(text: str, what: str) -> Any:
    """What a button gives the wallet."""
    return json.loads(html.unescape(re.findall(rf'data-{what}="([^"]*)"', text)[0]))


def signature_of(key: Key, text: str) -> str:
    return signed_by(key, told(text, "typed")["typed"])


def send(visitor: Visitor, registry: Registry, at: str, text: str) -> str:
    for call in told(text, "calls")["calls"]:
        registry.take(bytes.fromhex(call["data"][2:]))
    answered: str = visitor.send_form(f"{at}/wallet/sent", transactions="0x00").text
    return answered


def test_data_when_its_owners_wallet_registers_it_is_pinned_committed_and_revealed(
    visitor: Visitor, place: Place, registry: Registry
) -> None:
    at = upload(visitor)
    findings = visitor.get(f"{at}/findings").text
    assert "Register with the wallet" in findings and 'title="1,020,000 base units"' in findings

    text = prepare(visitor, at).text
    assert 'title="1,020,000 base units"' in text and "train, serve" in text
    text = visitor.send_form(f"{at}/wallet/signed", signature=signature_of(ALICE, text)).text
    assert [c["what"] for c in told(text, "calls")["calls"]] == ["Allow the bond", "Commit"]
    text = send(visitor, registry, at, text)
    assert "before it may be revealed" in text
    place.blocks_come.set()
    visitor.studio.works.close()  # waits for the work
    text = send(visitor, registry, at, visitor.get(f"{at}/wallet").text)

    ((asset, opened),) = registry.opened.items()
    assert f"/data/0x{asset.hex()}" in text
    manifest = read_manifest(Domain(CHAIN, ESCROW), place.store.get(opened.manifest_digest))
    assert (manifest.name, manifest.owner, manifest.count) == ("bells", ALICE.address, 2)
    assert registry.held == 10**7 - registry.bond_of(2)
    assert visitor.studio.node.dataset_titles() == {asset: "bells"}
    assert visitor.studio.node.dataset_names() == {}  # it is not this node's to answer for


def test_data_when_another_key_signed_pins_no_manifest(visitor: Visitor, place: Place) -> None:
    at = upload(visitor)
    text = prepare(visitor, at).text
    pinned = set(place.store.held)

    refused = visitor.send_form(f"{at}/wallet/signed", signature=signature_of(NORA, text))

    assert refused.status_code == 403
    assert set(place.store.held) == pinned
    assert "Sign the manifest</button>" in visitor.get(f"{at}/wallet").text


def test_data_when_begun_again_after_its_commitment_goes_on_there(
    visitor: Visitor, place: Place, registry: Registry
) -> None:
    for times in range(2):
        at = upload(visitor)
        text = prepare(visitor, at).text
        text = visitor.send_form(f"{at}/wallet/signed", signature=signature_of(ALICE, text)).text
        if times == 0:
            send(visitor, registry, at, text)

    assert len(registry.committed) == 1
    assert "before it may be revealed" in text
    place.blocks_come.set()


def test_data_when_the_wallet_cannot_pay_or_the_records_are_there_is_refused(
    visitor: Visitor, registry: Registry
) -> None:
    at = upload(visitor)
    text = prepare(visitor, at).text
    registry.held = 5
    poor = visitor.send_form(f"{at}/wallet/signed", signature=signature_of(ALICE, text))
    assert "5 base units" in poor.text

    assert prepare(visitor, at, name="../bells").status_code == 400
    assert visitor.get(f"{upload(visitor)}/wallet").status_code == 404
