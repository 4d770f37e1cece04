"""Payments happen once, whatever is killed, forked or faulted; a rig that did not see a second one would be no rig."""

from pathlib import Path

import pytest

from bench.chaotic import exercised
from bench.chaotic.nursery import Nursery
from bench.chaotic.payments import VICTIMS, Round, play
from tallystick.gateways.chain.devchain import DevChain, find_anvil

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[4]


def played(folder: Path, work: str) -> Round:
    books = folder / "books"
    books.mkdir()
    with DevChain(find_anvil(ROOT), folder / "chain") as chain, Nursery([VICTIMS]) as nursery:
        return play(nursery, chain, books, seed=1, reorgs=12, payments=4, work=f"{VICTIMS}:{work}")


def test_payments_when_tormented_break_no_invariant(tmp_path: Path) -> None:
    with exercised.nothing_but("reorgs"):
        done = played(tmp_path, "pay")

    assert done.violations == () and done.reorgs == 12 and done.faults > 0


def test_payments_when_the_node_forgets_what_it_paid_are_found_out(tmp_path: Path) -> None:
    assert any("paid, 4 ordered" in word for word in played(tmp_path, "pay_forgetfully").violations)
