"""What waits for a member stands on the overview, apart from what the node needs."""

from pathlib import Path

import pytest

from support.studio.visiting import visiting
from tallystick.app.overview.waiting import Waiting
from tallystick.domain.ids import Address
from tallystick.errors import Unavailable
from tallystick.gateways.keys.keystore import Key

ALICE = Key(b"\x0a" * 32)
LONG = "a-data-set-whose-name-is-as-long-as-names-may-be" * 2


class Waits:
    def __init__(self, *waits: Waiting) -> None:
        self.waits, self.is_silent = waits, False

    def waiting_for(self, *, account: Address) -> tuple[Waiting, ...]:
        assert account == ALICE.address
        if self.is_silent:
            raise Unavailable("The RPC does not answer.", "Start it.")
        return self.waits


def told(node: Waits, folder: Path) -> str:
    with visiting(node, folder, member=ALICE) as visitor:
        return str(visitor.get("/overview/mine").text)


def test_waiting_when_there_is_something_says_how_much_until_when_and_where(tmp_path: Path) -> None:
    waits = Waits(
        Waiting(f"2 records of <{LONG}> demanded", "Why.", "data/0x11", "tallystick x", 5, 1_700_000_000),
        Waiting("Deposits have thawed", "Yours.", "usage/money", "tallystick y", 1_500_000),
    )

    text = told(waits, tmp_path)

    assert f"&lt;{LONG}&gt;" in text and "until <time" in text and "1.50&nbsp;<abbr>OPEN" in text
    assert 'href="/data/0x11"' in text and 'href="/usage/money"' in text


@pytest.mark.parametrize(("is_silent", "word"), [(False, "Nothing: no claim"), (True, "does not answer")])
def test_waiting_when_there_is_nothing_or_no_chain_says_so(
    tmp_path: Path, is_silent: bool, word: str
) -> None:
    node = Waits()
    node.is_silent = is_silent

    assert word in told(node, tmp_path)


def test_waiting_when_a_stranger_asks_is_refused(tmp_path: Path) -> None:
    with visiting(Waits(), tmp_path, is_operator=False) as stranger:
        assert stranger.get("/overview/mine").status_code == 401
