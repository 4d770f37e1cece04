"""At a named point the node dies or its disk fails: it comes through, and every point of the code is in the table."""

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.chaotic import exercised, points, stages
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
    ("settlement.period-stored", "stop"),
    ("till.credited", "EIO"),
    ("rotation.switched", "kill"),
    ("backup.filled", "ENOSPC"),
    ("restore.copied", "kill"),
    ("watch.convicted", "kill"),
)


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[points.Theatre]:
    folder = tmp_path_factory.mktemp("theatre")
    with Nursery([VICTIMS, *stages.VICTIMS], path=[str(ROOT / "tests")]) as nursery:
        made = points.Theatre(nursery, folder, find_anvil(ROOT))
        yield made
        made.close()


@pytest.mark.parametrize(("point", "fault"), SHARE)
def test_node_when_its_disk_fails_at_a_point_comes_through(
    theatre: points.Theatre, point: str, fault: str
) -> None:
    with exercised.nothing_but(exercised.list_of("points", point)):
        assert points.play(theatre, point, fault, seed=3) == []


def _in_books(home: Path, statement: str) -> None:
    with sqlite3.connect(home / "ledger.sqlite3") as connection:
        connection.execute(statement)


PLANTED: dict[str, tuple[Callable[[Path], object], str]] = {
    "till": (lambda home: _in_books(home, "UPDATE payments SET state = 'settled'"), "payments are settled"),
    "rotation": (lambda home: (home / "voucher-key").write_text("one\n"), "the turn is one's"),
    "backup": (lambda home: (home / "other/datasets/tide.json").write_text("x"), "was not restored"),
    "watch": (lambda home: (home / "cases.jsonl").write_bytes(_unclaimed(home)), "the case is convicted"),
}


def _unclaimed(home: Path) -> bytes:
    return (home / "cases.jsonl").read_bytes().replace(b'"state":"over"', b'"state":"convicted"')


@pytest.mark.parametrize("name", PLANTED)
def test_checks_of_a_service_when_its_home_is_wrong_tell(
    theatre: points.Theatre, tmp_path: Path, name: str
) -> None:
    stage, home, (plant, word) = stages.STAGES[name], tmp_path / "home", PLANTED[name]
    chain, made = theatre.stage(stage)
    shutil.copytree(made, home)
    before = chain.rpc.request("evm_snapshot")

    def said() -> str:
        return "".join(theatre.nursery.start(stage.checked_by[0], chain.url, str(home)).said)

    try:
        assert theatre.nursery.run(stage.work, chain.url, str(home)) == 0
        assert said() == ""
        plant(home)
        assert word in said()
    finally:
        chain.rpc.request("evm_revert", before)


def test_points_when_never_reached_are_told(theatre: points.Theatre) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(stages.LAST_PASS, "outbox.nowhere", 1)

        assert "was not reached" in points.play(theatre, "outbox.nowhere", "kill", seed=0)[0]


def test_points_in_the_table_are_those_of_the_code() -> None:
    source = "".join(p.read_text() for p in (ROOT / "offchain").rglob("*.py"))

    assert set(re.findall(r'crashpoint\("([^"]+)"\)', source)) == set(stages.LAST_PASS)
