"""Versions of a data set: which came before it, and what a file holds that is in none of them yet."""

from collections.abc import Sequence
from dataclasses import replace

from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.keccak import keccak256
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId
from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.read import Contribution
from tallystick.ports import Chain


def versions_until(chain: Chain, asset_id: AssetId) -> tuple[AssetId, ...]:
    """A data set and every version before it, the first one first."""
    found = [asset_id]
    while (previous := chain.datasets.previous_version_of(found[-1])) is not None:
        found.append(previous)
    return tuple(reversed(found))


def only_new(contribution: Contribution, versions: Sequence[Dataset]) -> Contribution:
    """Without the records that stand in a version already: a repeated one would convict the new version."""
    held = {record.content_hash for version in versions for record in version.records}
    new = tuple(b for b in contribution.bodies if keccak256(canonical_json(b)) not in held)
    if not new:
        raise InvalidInput(
            f"{contribution.name} holds no record that is not in an earlier version.",
            "A version holds what is new; there is nothing to register.",
        )
    return replace(contribution, bodies=new)
