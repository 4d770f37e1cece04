"""A consumer's money on the real escrow: allotted, thawed, freed and withdrawn, by the node's verbs and by a wallet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.chain_stage import BOB, DAY, NORA, OPEN, VERA, Stage
from support.studio.place import home_of
from tallystick.app.node import Node
from tallystick.bootstrap import node_from
from tallystick.errors import InsufficientFunds, InvalidInput, NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.rpc import Rpc

pytestmark = pytest.mark.integration


@pytest.fixture
def node(stage: Stage, rpc: Rpc, tmp_path: Path) -> Iterator[Node]:
    made = node_from(home_of(stage, rpc.url, tmp_path / "home"))
    yield made
    made.close()


def test_deposits_when_thawed_are_withdrawn_and_what_still_thaws_is_not(
    node: Node, devchain: DevChain
) -> None:
    node.pay_deposit(amount=10 * OPEN)
    with pytest.raises(InsufficientFunds, match="free, not"):
        node.pay_allot(operator=VERA.address, amount=11 * OPEN)
    node.pay_allot(operator=VERA.address, amount=6 * OPEN)
    node.pay_allot(operator=BOB.address, amount=3 * OPEN)
    thaw = node.pay_thaw(operator=VERA.address, amount=4 * OPEN)

    purse = node.purse()
    assert (purse.account, purse.deposited, purse.thawed) == (NORA.address, OPEN, 0)
    vera, bob = purse.allotments
    assert (vera.operator, vera.firm, vera.thawing) == (VERA.address, 2 * OPEN, 4 * OPEN)
    assert (vera.thaw_ends_at, vera.is_thawed) == (thaw.thaw_ends_at, False)
    assert (bob.firm, bob.thawing) == (3 * OPEN, 0)
    with pytest.raises(InsufficientFunds, match=f"1000000 base units .* free at {thaw.thaw_ends_at}"):
        node.pay_withdraw(amount=2 * OPEN)

    devchain.advance(7 * DAY)
    node.pay_thaw(operator=BOB.address, amount=None)
    assert node.purse().thawed == 4 * OPEN
    (waits,) = node.waiting_for()
    assert (waits.what, waits.amount) == ("Deposits have thawed", 4 * OPEN)
    before = node.purse().held
    done = node.pay_withdraw(amount=None)
    assert (done.amount, done.left) == (5 * OPEN, 0)
    after = node.purse()
    assert after.held == before + 5 * OPEN
    assert [(a.operator, a.firm, a.thawing) for a in after.allotments] == [
        (VERA.address, 2 * OPEN, 0),
        (BOB.address, 0, 3 * OPEN),
    ]


def test_deposits_when_asked_for_what_is_not_there_are_refused(node: Node) -> None:
    with pytest.raises(NotFound, match="nothing firm"):
        node.pay_thaw(operator=VERA.address, amount=None)
    with pytest.raises(InsufficientFunds, match="0 base units"):
        node.pay_withdraw(amount=None)
    node.pay_deposit(amount=OPEN)
    node.pay_allot(operator=VERA.address, amount=OPEN)
    with pytest.raises(InsufficientFunds, match="are firm"):
        node.pay_thaw(operator=VERA.address, amount=2 * OPEN)
    for act, operator, amount in (
        ("allot", VERA.address, None),
        ("thaw", None, OPEN),
        ("burn", NORA.address, 1),
    ):
        with pytest.raises(InvalidInput):
            node.money_moves(act=act, account=NORA.address, operator=operator, amount=amount)
