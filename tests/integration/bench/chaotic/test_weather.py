"""A short share of the storms: stopped processes, clocks, gas, a faulty endpoint, and two nodes with one key."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.chaotic import exercised
from bench.chaotic.nursery import Nursery
from bench.chaotic.payments import VICTIMS
from bench.chaotic.storms import failover, soak, twins, weather
from tallystick.gateways.chain.devchain import DevChain, find_anvil

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery([VICTIMS]) as made:
        yield made


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[DevChain]:
    with DevChain(find_anvil(ROOT), tmp_path / "chain") as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.mark.parametrize("kind", weather.KINDS)
def test_node_in_a_storm_pays_once(nursery: Nursery, chain: DevChain, home: Path, kind: str) -> None:
    with exercised.nothing_but("clock"):
        assert weather.play(nursery, chain, home, kind, seed=1) == []


def test_node_behind_a_faulty_endpoint_pays_once(nursery: Nursery, chain: DevChain, home: Path) -> None:
    with exercised.nothing_but("rpc"):
        done = soak.play(nursery, chain, home, seed=1, blocks=15)

    assert done.violations == () and done.faults > 0


def test_nodes_with_one_key_each_pay_once(nursery: Nursery, chain: DevChain, home: Path) -> None:
    with exercised.nothing_but("twins"):
        assert list(twins.pay(nursery, chain, home, seed=1)) == []


@pytest.mark.parametrize("kind", ["dies", "absent"])
def test_node_when_endpoints_fail_pays_once(nursery: Nursery, chain: DevChain, home: Path, kind: str) -> None:
    with exercised.nothing_but("failover"):
        assert failover.play(nursery, chain, home, kind, seed=1) == []
