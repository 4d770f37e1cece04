"""Votes on the real contracts, by a node's verbs: from a motion to the parameters, and what a guardian pauses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.chain_stage import DAY, NORA, OPEN, VERA, Stage
from support.governing.stage import govern
from support.studio.place import home_of
from tallystick.app.node import Node
from tallystick.app.overview.earnings import Call
from tallystick.bootstrap import node_from
from tallystick.errors import Conflict, InsufficientFunds, InvalidInput, NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports.governing.votes import Ballot

pytestmark = pytest.mark.integration


@pytest.fixture
def governed(stage: Stage, rpc: Rpc, ledger: SqliteLedger) -> Stage:
    return govern(rpc, ledger, stage)


@pytest.fixture
def node(governed: Stage, rpc: Rpc, tmp_path: Path) -> Iterator[Node]:
    made = node_from(home_of(governed, rpc.url, tmp_path / "home"))
    yield made
    made.close()


def test_parameters_when_a_motion_passes_are_changed_after_the_delay(node: Node, devchain: DevChain) -> None:
    assert node.wrap_votes(amount=300 * OPEN).votes == 300 * OPEN
    devchain.advance(10)  # who proposes needs votes of a second before
    moved = node.propose_parameters(changes={"burned_bps": 6_000, "reward_window": DAY}, text="Burn more.")
    motion = node.motion(motion_id=moved.motion_id)
    assert (motion.state, motion.needed, motion.text) == ("pending", None, "Burn more.")
    assert [(c.name, c.now, c.then) for c in motion.changes] == [("burned_bps", 5_000, 6_000)]
    assert [(act.contract, act.function) for act in motion.acts] == [("Parameters", "set")]
    with pytest.raises(Conflict, match="pending"):
        node.cast_vote(motion_id=moved.motion_id, ballot=Ballot.FOR, why="")

    devchain.advance(3_601)
    (line,) = [p for p in node.parameters().lines if p.name == "burned_bps"]
    assert [(p.state, p.value) for p in line.pending] == [("active", 6_000)]
    assert (line.least, line.most) == (5_000, 9_500)
    cast = node.cast_vote(motion_id=moved.motion_id, ballot=Ballot.FOR, why="It deters.")
    assert (cast.ballot, cast.weight) == ("for", 300 * OPEN)
    with pytest.raises(Conflict, match="voted"):
        node.cast_vote(motion_id=moved.motion_id, ballot=Ballot.AGAINST, why="")
    seen = node.motion_page(number=1).rows[0]
    assert (seen.in_favour, seen.against, seen.needed) == (300 * OPEN, 0, 100 * OPEN)

    devchain.advance(DAY)
    assert node.carry_motion(motion_id=moved.motion_id).state == "queued"
    with pytest.raises(Conflict, match="timelock"):
        node.carry_motion(motion_id=moved.motion_id)
    devchain.advance(DAY)
    assert node.carry_motion(motion_id=moved.motion_id).state == "executed"

    now = node.parameters()
    assert (now.version, now.versions[0].changed) == (2, ("burned_bps",))
    assert {p.name: (p.value, p.pending) for p in now.lines}["burned_bps"] == (6_000, ())


def test_motion_when_out_of_bounds_or_without_votes_is_not_made(node: Node) -> None:
    for changes, match in (
        ({"burned_bps": 4_999}, "bound"),
        ({"colour": 1}, "no parameter"),
        ({}, "nothing"),
    ):
        with pytest.raises(InvalidInput, match=match):
            node.propose_parameters(changes=changes, text="Why not.")
    with pytest.raises(InsufficientFunds, match="votes"):
        node.propose_parameters(changes={"burned_bps": 6_000}, text="Burn more.")
    with pytest.raises(NotFound, match="no motion"):
        node.motion(motion_id=b"\1" * 32)


def test_votes_when_delegated_are_another_s_until_unwrapped(node: Node) -> None:
    node.wrap_votes(amount=5 * OPEN)

    given = node.delegate_votes(to=VERA.address)
    assert (given.wrapped, given.votes, given.votes_with) == (5 * OPEN, 0, VERA.address)
    assert node.voter(account=VERA.address).votes == 5 * OPEN
    assert node.unwrap_votes(amount=2 * OPEN).wrapped == 3 * OPEN
    with pytest.raises(InsufficientFunds, match="wrapped"):
        node.unwrap_votes(amount=4 * OPEN)
    with pytest.raises(InsufficientFunds, match="wrapped"):
        node.unwrap_calls(account=NORA.address, amount=4 * OPEN)
    wrap = node.wrap_calls(account=NORA.address, amount=OPEN)
    assert [call.what for call in wrap] == ["Allow the votes", "Wrap"]


def test_motion_when_a_wallet_moves_it_is_as_the_key_moves_it(
    node: Node, rpc: Rpc, devchain: DevChain
) -> None:
    def send(call: Call) -> None:
        told = {"from": NORA.address, "to": call.to, "data": "0x" + call.data.hex()}
        sent = rpc.request("eth_sendTransaction", told)
        devchain.mine()
        assert int(rpc.request("eth_getTransactionReceipt", sent)["status"], 16) == 1

    asked: dict[str, Any] = {
        "account": NORA.address,
        "changes": {"burned_bps": 6_000},
        "text": " Burn more. ",
    }
    with pytest.raises(InsufficientFunds, match="votes"):
        node.proposal_calls(**asked)
    node.wrap_votes(amount=300 * OPEN)
    devchain.advance(10)

    (move,), (give,) = node.proposal_calls(**asked), node.delegate_calls(to=VERA.address)
    send(move)
    send(give)

    (motion,) = node.motion_page(number=1).rows
    assert (motion.proposer, motion.text) == (NORA.address, "Burn more.")
    assert [(c.name, c.then) for c in motion.changes] == [("burned_bps", 6_000)]
    assert node.voter(account=NORA.address).votes_with == VERA.address


def test_pauses_when_the_guardian_acted_are_told(node: Node, governed: Stage) -> None:
    assert node.pauses().story == ()
    escrow = governed.vera.escrow

    for paused in (True, False):
        escrow._send("setDepositsPaused", paused)
    escrow._send("setBatchesPaused", True)

    pauses = node.pauses()
    assert (pauses.deposits_paused, pauses.batches_paused) == (False, True)
    told = [(p.what, p.is_paused) for p in pauses.story]
    assert told == [("batches", True), ("deposits", False), ("deposits", True)]


def test_votes_when_the_deployment_has_none_are_not_found(stage: Stage, rpc: Rpc, tmp_path: Path) -> None:
    node = node_from(home_of(stage, rpc.url, tmp_path / "home"))

    with pytest.raises(NotFound, match="The deployment has no"):
        node.motion_page(number=1)
    assert node.parameters().version == 1
    assert node.slash_page(number=1).total == 0
    node.close()
