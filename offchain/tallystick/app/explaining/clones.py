"""Which records of a data set repeat earlier ones of others, by the detectors that attribution itself uses."""

from pathlib import Path
from typing import Any

from tallystick.app.auditing.provenance import known_set
from tallystick.app.evidence.facts import ChainView
from tallystick.app.explaining.reasons import Clones, Place
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId
from tallystick.domain.usage import Terms
from tallystick.ports import Chain, ContentStore


class CloneFinder:
    """Clusters a model's public data sets once for each list. Embeds every record: seconds for hundreds of them."""

    def __init__(self, chain: Chain, content: ContentStore, embedder: Path | None) -> None:
        self._chain, self._content, self._embedder = chain, content, embedder
        self._found: dict[tuple[AssetId, ...], dict[Place, Place]] = {}

    def __call__(self, terms: Terms, asset: AssetId) -> Clones:
        facts = ChainView(self._chain, self._content)
        clones: dict[int, Place] = {}
        for listed in (facts.manifest(terms), facts.index(terms)):
            ids = tuple(e.dataset_id for e in listed or ())
            if asset in ids:
                followed = self._found.get(ids) or self._found.setdefault(ids, self._followed(ids))
                clones |= {record: leader for (own, record), leader in followed.items() if own == asset}
        return clones

    def _followed(self, ids: tuple[AssetId, ...]) -> dict[Place, Place]:
        from tallystick.pipeline.attribution.clusters.cluster import all_texts, cluster
        from tallystick.pipeline.inference.embedder import Embedder

        datasets = [d for d in map(self._public, ids) if d is not None]
        if len(datasets) < 2:
            return {}
        members: Any = cluster(datasets, Embedder(self._embedder).embed(all_texts(datasets)))
        places = [(m.dataset_id, m.record_index) for m in members]
        return {
            places[i]: places[m.leader]
            for i, m in enumerate(members)
            if not m.leads(i) and places[m.leader][0] != m.dataset_id
        }

    def _public(self, asset: AssetId) -> Dataset | None:
        """None for a private set, whose records only its readers can compare."""
        registered, known = self._chain.datasets.dataset(asset), known_set(self._chain, self._content, asset)
        if known.records is None:
            return None
        return Dataset(
            name=known.name,
            owner=registered.owner,
            records=known.records,
            root=registered.root,
            licence=registered.licence,
            asset_id=asset,
            order=known.order,
        )
