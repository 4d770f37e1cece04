"""The page of deposits: what is locked and until when, and how it is moved by wallet or key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.studio.visiting import OPERATOR, Visitor, visiting
from tallystick.app.overview.earnings import Call
from tallystick.app.paying.deposits import AllottedTo, Purse
from tallystick.domain.ids import Address
from tallystick.gateways.keys.keystore import Key

ALICE, AT, OPEN = Key(b"\x0a" * 32), 1_700_000_000, 10**6
VERA, BOB, ESCROW = (Address("0x" + part * 20) for part in ("0e", "0b", "e5"))
ALLOTTED = (AllottedTo(VERA, 2 * OPEN, 4 * OPEN, AT, False), AllottedTo(BOB, 0, 3 * OPEN, AT, True))


class Escrow:
    """A node that knows this money; writes down what it was told to do."""

    def __init__(self) -> None:
        self.told, self.allotments = list[tuple[str, dict[str, Any]]](), ALLOTTED

    def purse(self, *, account: Address) -> Purse:
        return Purse(account, 7 * OPEN, OPEN, 2 * OPEN, self.allotments)

    def own_address(self) -> Address:
        return OPERATOR

    def chain_id(self) -> int:
        return 31337

    def money_moves(self, **told: Any) -> tuple[Call, ...]:
        self.told.append(("moves", told))
        return (Call(ESCROW, b"\x01", "Free what has thawed"), Call(ESCROW, b"\x02", "Withdraw"))

    def pay_thaw(self, **told: Any) -> None:
        self.told.append(("thaw", told))

    def pay_allot(self, **told: Any) -> None:
        self.told.append(("allot", told))

    def pay_withdraw(self, **told: Any) -> None:
        self.told.append(("withdraw", told))


@pytest.fixture
def escrow() -> Escrow:
    return Escrow()


@pytest.fixture
def alice(escrow: Escrow, tmp_path: Path) -> Iterator[Visitor]:
    with visiting(escrow, tmp_path, member=ALICE) as visitor:
        yield visitor


def test_money_when_a_part_thaws_says_where_and_until_when(alice: Visitor) -> None:
    text = alice.get("/usage/money").text

    assert [f"{n}.00&nbsp;<abbr>OPEN" in text for n in (7, 1, 2, 4, 3)] == [True] * 5
    assert "14 Nov 2023, 22:13" in text and ">thawed</span>" in text and VERA in text
    assert f'value="{OPERATOR}"' in text and "with the node" not in text


def test_money_when_nothing_is_allotted_says_so(alice: Visitor, escrow: Escrow) -> None:
    escrow.allotments = ()

    text = alice.get("/usage/money").text

    assert "Nothing is allotted to any operator." in text and "Thawed" not in text


@pytest.mark.parametrize(
    ("asked", "operator", "amount"),
    [
        ({"act": "withdraw", "operator": VERA}, None, None),
        ({"act": "thaw", "operator": f" {VERA} ", "amount": " 1.5 "}, VERA, 1_500_000),
        ({"act": "thaw", "operator": VERA}, VERA, None),
        ({"act": "allot", "operator": VERA, "amount": "2"}, VERA, 2 * OPEN),
    ],
)
def test_money_when_moved_by_wallet_is_what_it_sends(
    alice: Visitor, escrow: Escrow, asked: dict[str, str], operator: Address | None, amount: int | None
) -> None:
    text = alice.get("/usage/money/moves", params=asked).text

    told = {"act": asked["act"], "account": ALICE.address, "operator": operator, "amount": amount}
    assert escrow.told == [("moves", told)]
    assert 'data-part="purse"' in text and "free what has thawed, withdraw</button>" in text
    assert 'id="purse"' in alice.send_form("/usage/money/sent", transactions="0x00").text


@pytest.mark.parametrize(
    "asked",
    [
        {"act": "burn", "operator": VERA},
        {"act": "allot", "operator": VERA},
        {"act": "thaw", "operator": "vera"},
        {"act": "withdraw", "amount": "1e3"},
    ],
)
def test_money_when_the_form_is_wrong_is_not_moved(
    alice: Visitor, escrow: Escrow, asked: dict[str, str]
) -> None:
    assert alice.get("/usage/money/moves", params=asked).status_code == 400
    assert alice.send_form("/usage/money/move", **asked).status_code == 400
    assert escrow.told == []


def test_money_when_moved_by_the_node_s_key_is_the_operator_s_alone(
    alice: Visitor, escrow: Escrow, tmp_path: Path
) -> None:
    assert alice.send_form("/usage/money/move", act="withdraw").status_code == 403
    with visiting(escrow, tmp_path) as nora:
        assert "Do it with the node's key" in nora.get("/usage/money").text
        nora.send_form("/usage/money/move", act="withdraw")
        nora.send_form("/usage/money/move", act="thaw", operator=VERA)
        nora.send_form("/usage/money/move", act="allot", operator=VERA, amount="1.5")
        nora.studio.works.close()

    assert escrow.told == [
        ("withdraw", {"amount": None}),
        ("thaw", {"operator": VERA, "amount": None}),
        ("allot", {"operator": VERA, "amount": 1_500_000}),
    ]
