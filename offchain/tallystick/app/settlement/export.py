"""The active reward root as other tools read it: all that each payout address was ever credited, in one tree."""

import json
from dataclasses import dataclass
from pathlib import Path

from tallystick.domain.ids import Address, AssetId
from tallystick.errors import Conflict
from tallystick.pipeline.claims.claim_book import ClaimBook
from tallystick.pipeline.claims.standard_export import standard_export
from tallystick.ports import Chain


@dataclass(frozen=True, slots=True)
class ExportedRewards:
    """`root` is the StandardMerkleTree's; `earned` is what was ever credited, claimed or not."""

    file: Path
    period: int
    root: str
    accounts: int
    earned: int


def export(chain: Chain, book: ClaimBook, file: Path) -> ExportedRewards:
    """Write what `StandardMerkleTree.load` reads; Conflict where the file is there already."""
    leaves = [book.claim(asset).leaf for asset in book.assets()]
    tree = standard_export(leaves, {leaf.asset_id: payout_of(chain, leaf.asset_id) for leaf in leaves})
    try:
        with file.open("x", encoding="utf-8") as out:
            json.dump(tree, out, indent=1)
    except FileExistsError as error:
        raise Conflict(f"{file} is there already.", "Name another file.") from error
    earned = sum(leaf.cumulative for leaf in leaves)
    number = chain.rewards.active_period().number
    return ExportedRewards(file, number, tree["tree"][0], len(tree["values"]), earned)


def payout_of(chain: Chain, asset_id: AssetId) -> Address:
    """As the distributor asks: data sets first, then models and operators, then agents. Null where nobody knows it."""
    for registry in (chain.datasets, chain.models):
        found = registry.payout_of(asset_id)
        if int(found, 16):
            return found
    return chain.agents.payout_of(asset_id)
