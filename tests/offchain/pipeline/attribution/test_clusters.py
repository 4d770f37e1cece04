"""Clusters on the demo's data with the real encoder: every copied record follows its original, nobody else does."""

from dataclasses import dataclass

import numpy as np
import pytest

from tallystick import demo_data
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.pipeline.attribution.clusters.cluster import all_texts, cluster
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret
from tallystick.pipeline.datasets.read import read
from tallystick.pipeline.inference.embedder import Embedder

OWNERS = ("alice", "ines", "omar", "petra", "tomas", "mallory")


def dataset(name: str, order: int, bodies: tuple[dict[str, str], ...]) -> Dataset:
    records = make_records(bodies, salts_from_secret(bytes(32)))
    asset = AssetId(bytes([order]) * 32)
    return Dataset(name, Address("0x" + "00" * 20), records, Hash(bytes(32)), 1, asset, order)


@dataclass(frozen=True)
class Rows:
    """Unit rows that are all alike, so that only words can tell records apart."""

    count: int

    def array(self) -> np.ndarray:
        return np.ones((self.count, 1), dtype=np.float32)


@pytest.mark.ml
def test_cluster_when_a_set_copies_another_follows_it_record_by_record() -> None:
    sets = [dataset(n, i + 1, read(demo_data.path(n))[0].bodies) for i, n in enumerate(OWNERS)]

    members = cluster(sets, Embedder().embed(all_texts(sets)))

    followers = [m for place, m in enumerate(members) if not m.leads(place)]
    assert {m.order for m in followers} == {6} and len(followers) == 66
    assert all(members[m.leader].record_index == m.record_index for m in followers)


def test_cluster_when_siblings_differ_in_one_number_keeps_both() -> None:
    first = dataset(
        "alice", 1, ({"question": "When was mill 1 built?", "answer": "Mill 1 was built in 1788."},)
    )
    second = dataset(
        "ines", 2, ({"question": "When was mill 1 built?", "answer": "Mill 1 was built in 1789."},)
    )

    members = cluster([first, second], Rows(2).array())

    assert all(m.leads(place) for place, m in enumerate(members))


def test_cluster_when_a_copy_hides_behind_invisible_characters_finds_it() -> None:
    first = dataset("alice", 1, ({"question": "When was it built?", "answer": "It was built in 1788."},))
    second = dataset(
        "ines", 2, ({"question": "When was it bu\u200bilt?", "answer": "It  was BUILT in \uff11788."},)
    )

    members = cluster([second, first], Rows(2).array())

    assert members[1].leader == 0 and members[0].order == 1
