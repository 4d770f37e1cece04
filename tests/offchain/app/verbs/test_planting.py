"""What a node's settings make of planting: nothing, all of it, or a refusal that says what is missing."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tallystick.app.node import Node
from tallystick.app.verbs.parts import PLANTED
from tallystick.app.verifying import consents
from tallystick.commitments.typed_data import canary_consent_statement
from tallystick.config import load
from tallystick.domain.ids import Address, Hash
from tallystick.errors import InvalidInput
from tallystick.gateways.keys.keystore import Key

COURT, ESCROW = Address("0x" + "c0" * 20), Address("0x" + "e5" * 20)
CANARIES: Any = SimpleNamespace(
    consent_statement=lambda receipt, at: canary_consent_statement(b"\x07" * 32, receipt, at)
)


class Outside:
    """A chain with a court, and one key."""

    def __init__(self) -> None:
        self.key = Key.generate()

    def chain(self) -> Any:
        court, escrow = SimpleNamespace(address=COURT), SimpleNamespace(address=ESCROW)
        return SimpleNamespace(chain_id=31337, court=court, escrow=escrow, canaries=CANARIES, now=lambda: 100)

    def signer(self, name: str) -> Key:
        return self.key


def node_at(home: Path, **settings: str) -> tuple[Node, Key]:
    outside = Outside()
    given = {"home": str(home), **{name.replace("__", "."): value for name, value in settings.items()}}
    return Node(load(given, {}, ()), cast(Any, outside)), outside.key


def test_node_when_canaries_are_off_plants_nothing_and_keeps_no_book(tmp_path: Path) -> None:
    node, _ = node_at(tmp_path)

    assert node._planter is None and node._planted is None
    assert not (tmp_path / "court").exists()


def test_node_when_nobody_would_show_what_it_plants_refuses(tmp_path: Path) -> None:
    node, _ = node_at(tmp_path, audits__canaries="1000")

    with pytest.raises(InvalidInput, match=r"daemon\.audits is off"):
        _ = node._planter


def test_node_when_canaries_are_on_plants_at_their_rate_and_says_that_nobody_consented(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    node, _ = node_at(tmp_path, audits__canaries="1000", daemon__audits="60")

    planter = node._planter

    assert planter is not None and planter.rate == 1000 and planter.book is node._planted
    assert "no payer has consented" in caplog.text


def test_node_when_canaries_are_off_again_still_guards_what_it_planted(tmp_path: Path) -> None:
    node, key = node_at(tmp_path)
    folder = tmp_path / "court" / f"31337-{COURT[2:10]}-{key.address[2:10]}"
    folder.mkdir(parents=True)
    (folder / PLANTED).write_bytes(b"")

    planter = node._planter

    assert planter is not None and planter.rate == 0


def test_wallet_when_its_owner_consents_signs_with_its_own_key(tmp_path: Path) -> None:
    node, key = node_at(tmp_path, audits__consent_days="2")
    silent, _ = node_at(tmp_path)

    wallet = node._wallet(10**6, "", bytes(32))

    assert wallet.agree is not None and silent._wallet(10**6, "", bytes(32)).agree is None
    given = wallet.agree(Hash(b"\x03" * 32))
    assert given.expires_at == 100 + 2 * 86_400
    assert consents.signer_of(CANARIES, given) == key.address
