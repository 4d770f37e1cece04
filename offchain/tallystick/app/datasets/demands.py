"""Demands to open a leaf of a data set: made by anyone under a bond, answered by its owner, closed when unanswered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tallystick.app.datasets.reading import DatasetReader
from tallystick.app.datasets.register import approve
from tallystick.domain.dataset import Record
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.pipeline.registration.content_id import record_path
from tallystick.ports import Chain, Demand, ShownRecord


@dataclass(frozen=True, slots=True)
class Demanded:
    """A demand; unanswered at `until`, it convicts the data set."""

    asset_id: AssetId
    record: int
    bond: int
    until: int
    tx: Hash


@dataclass(frozen=True, slots=True)
class OpenedLeaf:
    """An answer; the demand's bond went to the data set's payout address."""

    asset_id: AssetId
    record: int
    content_hash: Hash
    tx: Hash


@dataclass(frozen=True, slots=True)
class ClosedDemand:
    """An unanswered demand; the data set is convicted."""

    asset_id: AssetId
    record: int
    convicted_at: int
    tx: Hash


def demand(chain: Chain, demander: Address, asset_id: AssetId, record: int) -> Demanded:
    """Bond the demand that one record be opened, counted from 0."""
    bond, _ = chain.datasets.demand_terms()
    approve(chain, demander, bond)
    done = chain.datasets.demand_leaf(asset_id, record)
    return Demanded(asset_id, record, bond, done.event("LeafDemanded").values["until"], done.tx_hash)


def answer(reading: DatasetReader, asset_ids: Iterable[AssetId]) -> tuple[OpenedLeaf, ...]:
    """Open what is demanded of these data sets and can still be answered."""
    chain = reading.chain
    opened: list[OpenedLeaf] = []
    for asset_id in asset_ids:
        demands = [d for d in chain.datasets.open_demands(asset_id, chain.head()) if chain.now() < d.until]
        if not demands:
            continue
        registrant = chain.datasets.dataset(asset_id).registrant
        records = reading.own(asset_id).records
        opened += [open_record(chain, registrant, records, one) for one in demands]
    return tuple(opened)


def open_record(chain: Chain, registrant: Address, records: Sequence[Record], one: Demand) -> OpenedLeaf:
    """Answer one demand, once however often it is asked: hash and salt, never the text."""
    record, path = records[one.index], record_path(records, one.index)
    shown = ShownRecord(one.asset_id, registrant, one.index, record.salt, path.packed)
    intent = f"open-{one.asset_id.hex()}-{one.index}-{one.times}"
    done = chain.datasets.open_leaf(shown, record.content_hash, intent=intent)
    return OpenedLeaf(one.asset_id, one.index, record.content_hash, done.tx_hash)


def close(chain: Chain, asset_id: AssetId, record: int) -> ClosedDemand:
    """Convict the data set of a demand that nobody answered in time; its demander is paid."""
    done = chain.datasets.close_demand(asset_id, record)
    return ClosedDemand(asset_id, record, chain.datasets.dataset(asset_id).convicted_at, done.tx_hash)
