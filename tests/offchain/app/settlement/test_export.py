"""The active rewards in one file that other tools load, one row for each payout address."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.factories import account_of, asset_of
from tallystick.app.settlement.export import export
from tallystick.commitments.standard_tree import StandardTree
from tallystick.domain.ids import Address
from tallystick.domain.reward import CumulativeLeaf
from tallystick.errors import Conflict
from tallystick.pipeline.claims.claim_book import ClaimBook

NOBODY = Address("0x" + "00" * 20)
OWNERS = {asset_of("a"): "alice", asset_of("b"): "alice", asset_of("c"): "nora"}
BOOK = ClaimBook(
    sorted((CumulativeLeaf(a, 0, 10 * n) for n, a in enumerate(OWNERS, 1)), key=lambda c: c.asset_id)
)
DATASET = asset_of("a")


def chain() -> Any:
    """`a` is a data set, the others are known to the other registry alone."""
    return SimpleNamespace(
        datasets=SimpleNamespace(payout_of=lambda a: account_of("alice") if a == DATASET else NOBODY),
        models=SimpleNamespace(payout_of=lambda a: account_of(OWNERS[a])),
        rewards=SimpleNamespace(active_period=lambda: SimpleNamespace(number=4)),
    )


def test_export_when_written_is_the_dump_of_the_library(tmp_path: Path) -> None:
    done = export(chain(), BOOK, tmp_path / "tree.json")

    dump = json.loads((tmp_path / "tree.json").read_text())
    rows = sorted([(account_of("alice"), 30), (account_of("nora"), 30)])
    assert (done.period, done.accounts, done.earned) == (4, 2, 60)
    assert dump["format"] == "standard-v1" and done.root == dump["tree"][0]
    assert [v["value"] for v in dump["values"]] == [[a, str(n)] for a, n in rows]
    assert bytes.fromhex(done.root[2:]) == StandardTree(rows).nodes[0]


def test_export_when_the_file_is_there_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "tree.json").write_text("mine")

    with pytest.raises(Conflict, match="already"):
        export(chain(), BOOK, tmp_path / "tree.json")
    assert (tmp_path / "tree.json").read_text() == "mine"
