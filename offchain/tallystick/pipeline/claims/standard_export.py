"""All rewards per payout address as an OpenZeppelin StandardMerkleTree, for wallets. No contract reads it."""

from collections.abc import Mapping, Sequence
from typing import Any

from tallystick.commitments.standard_tree import StandardTree
from tallystick.domain.ids import Address, AssetId
from tallystick.domain.reward import CumulativeLeaf
from tallystick.errors import NotFound


def standard_export(leaves: Sequence[CumulativeLeaf], payout_of: Mapping[AssetId, Address]) -> dict[str, Any]:
    """What the library's `StandardMerkleTree.dump()` gives over (address, cumulative), one row an address, ascending."""
    totals: dict[Address, int] = {}
    for leaf in leaves:
        account = payout_of.get(leaf.asset_id)
        if account is None:
            raise NotFound(f"The asset 0x{leaf.asset_id.hex()} has no known payout address.")
        totals[account] = totals.get(account, 0) + leaf.cumulative
    rows = sorted(totals.items())
    tree = StandardTree(rows)
    return {
        "format": "standard-v1",
        "leafEncoding": ["address", "uint256"],
        "tree": ["0x" + node.hex() for node in tree.nodes],
        "values": [
            {"value": [account, str(amount)], "treeIndex": tree.place(row)}
            for row, (account, amount) in enumerate(rows)
        ],
    }
