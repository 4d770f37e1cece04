"""What owners allow: purposes granted and revoked, and the check before a data set is used."""

from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import Address, AssetId, Hash, Purpose
from tallystick.errors import NotAuthorised
from tallystick.ports import DatasetRegistry


@dataclass(frozen=True, slots=True)
class Granted:
    """What an operator may do with a data set from now on, its licence apart."""

    asset_id: AssetId
    operator: Address
    purposes: tuple[str, ...]
    since_at: int
    tx: Hash


def grant(datasets: DatasetRegistry, asset_id: AssetId, operator: Address, purposes: Purpose) -> Granted:
    """Add purposes for an operator."""
    return _granted(datasets, asset_id, operator, datasets.grant(asset_id, operator, purposes).tx_hash)


def revoke(datasets: DatasetRegistry, asset_id: AssetId, operator: Address, purposes: Purpose) -> Granted:
    """Take purposes from an operator; what it did before stays lawful."""
    return _granted(datasets, asset_id, operator, datasets.revoke(asset_id, operator, purposes).tx_hash)


def allowed(datasets: DatasetRegistry, operator: Address, dataset: Dataset) -> Purpose:
    """What an operator may do now: all with its own, else what licence and grants allow together."""
    if dataset.owner == operator:
        return Purpose.TRAIN | Purpose.SERVE | Purpose.RETRIEVE
    grants = datasets.grants_of(dataset.asset_id, operator)
    granted = grants[-1].purposes if grants else Purpose(0)
    return datasets.licence_purposes(dataset.licence) | granted


def check_consent(
    datasets: DatasetRegistry, operator: Address, uses: Iterable[tuple[Dataset, Purpose]]
) -> None:
    """NotAuthorised for the first data set whose licence and grants forbid the use."""
    for dataset, purpose in uses:
        if not purpose & allowed(datasets, operator, dataset):
            word = str(purpose.name).lower()
            raise NotAuthorised(
                f"{operator} may not {word} with the data set {dataset.name!r} ({dataset.asset_id.hex()}).",
                f"Its owner allows it with `tallystick dataset grant NAME {operator} --for {word}`.",
            )


def _granted(datasets: DatasetRegistry, asset_id: AssetId, operator: Address, tx: Hash) -> Granted:
    last = datasets.grants_of(asset_id, operator)[-1]
    words = tuple(str(p.name).lower() for p in Purpose if p in last.purposes)
    return Granted(asset_id, operator, words, last.since, tx)
