"""Exported books answer questions, and only questions: no row is missing, no other file is read, nothing is written."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.ledger_records import hash_of, make_receipt
from tallystick.app.node import Node
from tallystick.bootstrap import node_from
from tallystick.config import Config
from tallystick.domain.ids import AssetId
from tallystick.domain.reward import CumulativeLeaf, EpochLeaf
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.pipeline.claims import publication
from tallystick.ports import StoredPeriod

ALICE, OMAR = AssetId(b"\x01" * 32), AssetId(b"\x02" * 32)


@pytest.fixture
def node(config: Config) -> Iterator[Node]:
    with SqlLedger(config.database) as ledger:
        ledger.receipts.store(make_receipt(0, 2**127, lane=2**64 - 1))
        leaves = [EpochLeaf(ALICE, 1, 0, 30), EpochLeaf(OMAR, 1, 0, 12)]
        for period, (before, after) in enumerate(((0, 30), (30, 70)), 1):
            paid = [CumulativeLeaf(ALICE, before, after), CumulativeLeaf(OMAR, 0, 12)]
            roots = (hash_of("epoch", period), hash_of("all", period))
            ledger.periods.store(StoredPeriod(period, *roots, publication.write(leaves, paid)))
    made = node_from(config)
    yield made
    made.close()


@pytest.fixture
def folder(node: Node, tmp_path: Path) -> Path:
    return node.export(folder=tmp_path / "export", with_text=False).folder


@pytest.mark.slow
def test_export_when_asked_tells_what_the_books_hold(node: Node, folder: Path) -> None:
    sums = "SELECT consumer, count(*) AS n, sum(cumulative - previous) AS paid FROM receipts"
    told = node.query(sql=f"{sums} WHERE is_acknowledged GROUP BY consumer", folder=folder, limit=10)

    assert told == ({"consumer": "0x" + "b0" * 20, "n": 3, "paid": 300},)
    (digest,) = node.query(sql="SELECT digest FROM receipts WHERE number = 1", folder=folder, limit=1)
    assert digest["digest"] == "0x" + make_receipt().digest.hex()
    (times,) = node.query(sql="SELECT min(served_at) AS first FROM receipts", folder=folder, limit=1)
    assert str(times["first"]).startswith("2023-11-14T22:13:20")


@pytest.mark.slow
def test_export_when_there_are_periods_has_what_each_paid(node: Node, folder: Path) -> None:
    sql = "SELECT period, asset_id, amount FROM payouts WHERE amount > 0 ORDER BY period, asset_id"
    rows = [tuple(row.values()) for row in node.query(sql=sql, folder=folder, limit=10)]

    alice, omar = ("0x" + asset.hex() for asset in (ALICE, OMAR))
    assert rows == [(1, alice, 30), (1, omar, 12), (2, alice, 40), (2, omar, 12)]


@pytest.mark.slow
def test_export_when_a_number_is_too_large_for_a_column_is_null_and_a_lane_is_whole(
    node: Node, folder: Path
) -> None:
    sql = "SELECT lane, cumulative FROM receipts ORDER BY lane DESC"

    assert node.query(sql=sql, folder=folder, limit=1) == ({"lane": 2**64 - 1, "cumulative": None},)


def test_export_when_not_told_otherwise_holds_no_text(node: Node, folder: Path, tmp_path: Path) -> None:
    full = node.export(folder=tmp_path / "full", with_text=True)

    assert full.rows["answers"] == 5
    assert "héllo" in json.dumps(
        node.query(sql="SELECT messages FROM answers", folder=full.folder, limit=1), ensure_ascii=False
    )
    with pytest.raises(InvalidInput, match="messages"):
        node.query(sql="SELECT messages FROM answers", folder=folder, limit=1)


def test_export_when_the_folder_is_there_overwrites_nothing(node: Node, folder: Path) -> None:
    before = (folder / "receipts.parquet").read_bytes()

    with pytest.raises(Conflict):
        node.export(folder=folder, with_text=True)

    assert (folder / "receipts.parquet").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "sql",
    [
        "COPY receipts TO '{folder}/out.csv'",
        "COPY (SELECT 1) TO '{folder}/receipts.parquet'",
        "DELETE FROM receipts",
        "CREATE TABLE mine AS SELECT 1",
        "SELECT 1; SELECT 2",
        "ATTACH '{folder}/other.db'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "PRAGMA database_list",
        "",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('{home}/node.password')",
        "SELECT * FROM '{home}/node.sqlite3'",
        "SELECT * FROM glob('/*')",
        "SELECT nothing FROM receipts",
        "SELEC 1",
    ],
)
def test_query_when_it_is_more_than_a_question_is_refused(
    node: Node, folder: Path, config: Config, sql: str
) -> None:
    before = {p.name: p.read_bytes() for p in folder.iterdir()}

    with pytest.raises(InvalidInput):
        node.query(sql=sql.format(folder=folder, home=config.home), folder=folder, limit=10)

    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_query_when_there_are_more_rows_than_wanted_stops(node: Node, folder: Path) -> None:
    assert len(node.query(sql="SELECT * FROM range(1000000)", folder=folder, limit=7)) == 7


def test_query_when_nothing_was_exported_says_so(node: Node, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="export"):
        node.query(sql="SELECT 1", folder=tmp_path, limit=1)
