"""The list of data sets that a person reads at the command line."""

from tallystick.app.overview.catalogue import DatasetLine, NamedDataset, listed
from tallystick.domain.ids import Address, AssetId, Hash, address

ALICE, BOB = address("0x" + "0a" * 20), address("0x" + "0b" * 20)
MILLS, BELLS = AssetId(b"\x01" * 32), AssetId(b"\x02" * 32)


def line(asset: AssetId, owner: Address, state: str) -> DatasetLine:
    none = Hash(bytes(32))
    return DatasetLine(asset, owner, owner, owner, none, 4, none, 2, 1, 10**6, 7, none, state)


def test_listed_when_some_are_strangers_names_only_ones_own() -> None:
    lines = [line(BELLS, BOB, "withdrawn"), line(MILLS, ALICE, "registered")]

    found = listed(lines, {MILLS: "mills"}, None)

    assert found == (
        NamedDataset("", BELLS, 4, "withdrawn", BOB),
        NamedDataset("mills", MILLS, 4, "registered", ALICE),
    )
    assert listed(lines, {MILLS: "mills"}, ALICE) == found[1:]
