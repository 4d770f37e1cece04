"""What waits for an account: the most urgent first, each with its amount or its end."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from support.factories import account_of, named
from tallystick.app.datasets.owning import HeldBond
from tallystick.app.overview.catalogue import DatasetLine, ModelLine
from tallystick.app.overview.waiting import SOON_S, claims, demanded, ending, flagged, freed, thawed
from tallystick.app.paying.deposits import AllottedTo, Purse
from tallystick.app.paying.spending import SpendingKey
from tallystick.domain.ids import AssetId, Hash

ALICE, NORA, VERA = (account_of(name) for name in ("alice", "nora", "vera"))
MILLS, BARNS, HASH, NOW, THAW = AssetId(named("mills")), AssetId(named("barns")), Hash(bytes(32)), 1_000, 600
NAMES = {bytes(MILLS): "mills"}
BOND = HeldBond(MILLS, 5, NOW, 0, True)


def line_of(asset: AssetId) -> DatasetLine:
    return DatasetLine(asset, ALICE, ALICE, ALICE, HASH, 4, HASH, 0, 1, 5, 9, HASH)


def model_of(asset: AssetId, base: AssetId | None) -> ModelLine:
    return ModelLine(asset, ALICE, ALICE, base, (), HASH, 1, 9, HASH)


def chain_of(**flags: int) -> Any:
    demands = [SimpleNamespace(until=NOW + 90), SimpleNamespace(until=NOW + 50)]
    return SimpleNamespace(
        head=lambda: 7,
        now=lambda: NOW,
        datasets=SimpleNamespace(open_demands=lambda asset, head: demands),
        models=SimpleNamespace(lineage_flagged_at=lambda asset: flags.get(NAMES.get(asset, "other"), 0)),
        escrow=SimpleNamespace(thaw_period=lambda: THAW),
    )


def test_demands_when_open_are_told_with_the_first_end() -> None:
    bonds = [replace(BOND, open_demands=2), replace(BOND, asset_id=BARNS)]

    (told,) = demanded(chain_of(), [line_of(MILLS), line_of(BARNS)], bonds, NAMES)

    assert told.what == "2 records of mills demanded"
    assert (told.amount, told.until_at, told.page) == (5, NOW + 50, f"data/0x{MILLS.hex()}")


def test_money_when_it_is_free_is_told_with_its_amount() -> None:
    allotments = (AllottedTo(NORA, 1, 3, NOW, True), AllottedTo(VERA, 1, 4, NOW, False))
    purse = Purse(ALICE, 9, 2, 0, allotments)

    assert [w.amount for w in (*claims(8), *claims(0), *thawed(purse))] == [8, 3]
    assert list(thawed(replace(purse, allotments=allotments[1:]))) == []
    held = replace(BOND, asset_id=BARNS, is_free=False)
    (bond,) = freed([BOND, held], NAMES)
    assert (bond.what, bond.amount) == ("The bond of mills is free", 5)
    assert bond.command == "tallystick dataset bond mills --take-back"


def test_models_when_their_data_was_withdrawn_are_told() -> None:
    models = [model_of(MILLS, BARNS), model_of(BARNS, MILLS), model_of(MILLS, None)]

    (told,) = flagged(chain_of(mills=NOW), models, NAMES)

    assert told.what == "mills learnt from data that was withdrawn"


@pytest.mark.parametrize(
    ("changes", "until"),
    [
        ({}, NOW + 10),
        ({"ends_at": NOW + THAW + SOON_S + 1}, None),
        ({"ends_at": NOW + THAW}, None),
        ({"ends_at": None}, None),
        ({"may_sign": False}, None),
        ({"consumer": VERA}, None),
    ],
)
def test_keys_when_they_end_soon_are_told(changes: dict[str, Any], until: int | None) -> None:
    key = SpendingKey(ALICE, VERA, NORA, True, 9, 7, NOW + THAW + 10)

    told = list(ending(chain_of(), ALICE, [replace(key, **changes)]))

    assert [(w.until_at, w.amount) for w in told] == ([(until, 7)] if until else [])
