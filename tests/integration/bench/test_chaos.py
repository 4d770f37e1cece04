"""A few seconds of the chaos bench: payments happen once, whatever is killed, forked or faulted."""

from pathlib import Path

import pytest

from bench.chaotic.rounds import play
from tallystick.gateways.chain.devchain import DevChain, find_anvil

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[3]


def test_round_when_played_breaks_no_invariant(tmp_path: Path) -> None:
    books = tmp_path / "books"
    books.mkdir()
    with DevChain(find_anvil(ROOT), tmp_path / "chain") as chain:
        done = play(chain, books, seed=1, limit_s=4)

    assert done.violations == () and done.reorgs > 0 and done.faults > 0
