"""Content ids: what a data set, a training manifest and a retrieval index commit to; the seal."""

from collections.abc import Iterable, Sequence

from tallystick.commitments import leaves
from tallystick.commitments.sum_tree import Path, Root
from tallystick.domain.dataset import Dataset, ManifestEntry, Record
from tallystick.domain.ids import Address, AssetId, Hash, Kind
from tallystick.domain.trees import entry_tree, record_tree


def dataset_id(chain_id: int, registry: Address, owner: Address, root: Hash) -> AssetId:
    return AssetId(leaves.asset_id(chain_id, registry, owner, Kind.DATASET, root))


def seal(owner: Address, root: Hash, salt: bytes) -> Hash:
    """What `commit` takes: it hides the root until `reveal`, and binds it to its owner."""
    return Hash(leaves.commitment(owner, Kind.DATASET, root, salt))


def make_dataset(
    records: tuple[Record, ...], *, name: str, owner: Address, licence: int, chain_id: int, registry: Address
) -> Dataset:
    """A data set that is not registered yet: it has no order."""
    root = Hash(record_tree(records).root.hash)
    return Dataset(
        name=name,
        owner=owner,
        records=records,
        root=root,
        licence=licence,
        asset_id=dataset_id(chain_id, registry, owner, root),
    )


def entries_of(datasets: Iterable[Dataset]) -> tuple[ManifestEntry, ...]:
    """Entries in tree order, each weighing its number of records."""
    found = [ManifestEntry(d.asset_id, d.root, len(d.records)) for d in datasets]
    return tuple(sorted(found, key=lambda e: e.dataset_id))


def entries_root(entries: Sequence[ManifestEntry]) -> Root:
    """Root of a training manifest or of a retrieval index."""
    return entry_tree(entries).root


def record_path(records: Sequence[Record], index: int) -> Path:
    """Shows that a record stands in its data set, as `proveDuplicate` wants it."""
    return record_tree(records).path(index)
