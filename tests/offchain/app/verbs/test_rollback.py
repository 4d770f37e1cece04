"""A rollback, and what goes on being sold: by this process, or by another one that nobody told."""

from pathlib import Path
from typing import Any, cast

import pytest

from tallystick.app.answering.menu import Menu
from tallystick.app.models.promotion import RolledBack
from tallystick.app.node import Node
from tallystick.app.verbs.parts import Outside
from tallystick.app.verbs.quality import QualityVerbs
from tallystick.config import load
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, Hash
from tallystick.gateways.keys.keystore import Key

NORA = Key(b"\x0b" * 32)


class Place:
    """The outside of a node whose line serves nothing any more."""

    def chain(self) -> Any:
        return object()

    def signer(self, name: str) -> Key:
        return NORA


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    done = RolledBack("bells", "bells-2", None, Hash(bytes(32)))
    monkeypatch.setattr(QualityVerbs, "rollback_model", lambda self, *, line, why: done)
    return Node(load({"home": str(tmp_path)}, {}, ()), cast(Outside, Place()))


def menu(*names: str) -> Menu:
    return Menu(NORA.address, Domain(31337, Address("0x" + "0c" * 20)), names)


def test_rollback_when_this_process_sells_takes_its_sale_along(node: Node) -> None:
    node._menu = menu("bells-2")
    node._menu.miss("bells-2", "out of memory")

    assert node.rollback_model(line="bells", why="worse").notice == ""
    assert node._menu.states() == ()


def test_rollback_when_the_sale_cannot_follow_says_what_is_still_sold(node: Node) -> None:
    node._menu = menu("bells-2")  # it is being loaded

    notice = node.rollback_model(line="bells", why="worse").notice

    assert "goes on selling bells-2" in notice and "being loaded" in notice


def test_rollback_when_this_process_does_not_sell_tells_who_may(node: Node) -> None:
    assert "A process that serves from this home goes on selling bells-2" in (
        node.rollback_model(line="bells", why="worse").notice
    )
