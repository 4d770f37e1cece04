import pytest

from support.factories import asset_of
from tallystick.commitments.standard_tree import verify
from tallystick.domain.ids import Address
from tallystick.domain.reward import CumulativeLeaf
from tallystick.errors import NotFound
from tallystick.pipeline.claims.standard_export import standard_export

ALICE, INES = Address("0x" + "0a" * 20), Address("0x" + "0b" * 20)
LEAVES = [CumulativeLeaf(asset_of(name), 0, 100) for name in ("alice", "poems", "ines")]
PAYOUTS = {asset_of("alice"): ALICE, asset_of("poems"): ALICE, asset_of("ines"): INES}


def test_export_when_one_address_holds_two_assets_adds_them_up() -> None:
    made = standard_export(LEAVES, PAYOUTS)

    assert [row["value"] for row in made["values"]] == [[ALICE, "200"], [INES, "100"]]


def test_export_when_walked_as_a_heap_leads_to_its_root() -> None:
    made = standard_export(LEAVES, PAYOUTS)
    nodes = [bytes.fromhex(node[2:]) for node in made["tree"]]
    first, second = (row["treeIndex"] for row in made["values"])

    assert {first, second} == {1, 2}
    assert verify(nodes[0], (ALICE, 200), [nodes[second]])
    assert not verify(nodes[0], (ALICE, 201), [nodes[second]])


def test_export_when_a_payout_address_is_unknown_names_the_asset() -> None:
    with pytest.raises(NotFound, match="no known payout address"):
        standard_export(LEAVES, {})
