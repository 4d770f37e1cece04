"""At a named point the node dies or its disk fails: it comes through, and every point of the code is in the table."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.chaotic import points
from bench.chaotic.lying.mount import missing
from bench.chaotic.nursery import Nursery
from bench.chaotic.payments import VICTIMS
from tallystick.gateways.chain.devchain import find_anvil

pytestmark = [pytest.mark.integration, pytest.mark.skipif(bool(missing()), reason=missing() or "-")]
ROOT = Path(__file__).resolve().parents[4]
SHARE = (
    ("outbox.stored", "EIO"),
    ("outbox.sent", "ENOSPC"),
    ("index.extended", "ENOSPC"),
    ("index.before-rollback", "EIO"),
    ("settlement.batch-posted", "ENOSPC"),
)


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[points.Theatre]:
    folder = tmp_path_factory.mktemp("theatre")
    with Nursery([VICTIMS, points.WORKS], path=[str(ROOT / "tests")]) as nursery:
        made = points.Theatre(nursery, folder, find_anvil(ROOT))
        yield made
        made.close()


@pytest.mark.parametrize(("point", "fault"), SHARE)
def test_node_when_its_disk_fails_at_a_point_comes_through(
    theatre: points.Theatre, point: str, fault: str
) -> None:
    assert points.play(theatre, point, fault, seed=3) == []


def test_points_when_never_reached_are_told(theatre: points.Theatre) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(points.LAST_PASS, "outbox.nowhere", 1)

        assert "was not reached" in points.play(theatre, "outbox.nowhere", "kill", seed=0)[0]


def test_points_in_the_table_are_those_of_the_code() -> None:
    source = "".join(p.read_text() for p in (ROOT / "offchain").rglob("*.py"))

    assert set(re.findall(r'crashpoint\("([^"]+)"\)', source)) == set(points.LAST_PASS)
