"""An asset's claim: its leaf in the active cumulative tree with the path that shows it."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.commitments.sum_tree import Path, Root
from tallystick.domain.ids import AssetId
from tallystick.domain.reward import CumulativeLeaf
from tallystick.domain.trees import cumulative_tree
from tallystick.errors import NotFound


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim shows; it pays `leaf.cumulative` less what was claimed before."""

    leaf: CumulativeLeaf
    index: int
    path: Path


class ClaimBook:
    """All claims of one cumulative root. Builds its tree once."""

    def __init__(self, leaves: Sequence[CumulativeLeaf]) -> None:
        self._leaves = tuple(leaves)
        self._tree = cumulative_tree(self._leaves)

    @property
    def root(self) -> Root:
        return self._tree.root

    def assets(self) -> tuple[AssetId, ...]:
        """Every asset in the root, in tree order."""
        return tuple(leaf.asset_id for leaf in self._leaves)

    def has(self, asset_id: AssetId) -> bool:
        return self._find(asset_id) is not None

    def earned_of(self, asset_id: AssetId) -> int:
        """Base units over all periods; 0 for an asset that has earned nothing yet."""
        index = self._find(asset_id)
        return 0 if index is None else self._leaves[index].cumulative

    def claim(self, asset_id: AssetId) -> Claim:
        """`NotFound` for an asset that has earned nothing yet."""
        index = self._find(asset_id)
        if index is None:
            raise NotFound(
                f"The asset 0x{asset_id.hex()} has no rewards yet.",
                "They come with the period after finality.",
            )
        return Claim(self._leaves[index], index, self._tree.path(index))

    def _find(self, asset_id: AssetId) -> int | None:
        at = bisect_left(self._leaves, asset_id, key=lambda leaf: leaf.asset_id)
        return at if at < len(self._leaves) and self._leaves[at].asset_id == asset_id else None
