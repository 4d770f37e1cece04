"""The data sets behind an answer, each verified from its registry entry down to its records."""

from collections.abc import Iterable

from tallystick.app.evidence.facts import ChainView
from tallystick.app.evidence.sources import source_of
from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.usage import Terms
from tallystick.errors import NotFound
from tallystick.pipeline.auditing.answers.sources import KnownSet, Provenance
from tallystick.ports import Chain, ContentStore


def provenance_of(
    chain: Chain, content: ContentStore, terms: Terms, wanted: Iterable[AssetId] | None = None
) -> Provenance:
    """Manifest and index under the terms' roots, with the data sets `wanted`, all of them by default.

    `NotFound` where no card gives those roots; `IntegrityMismatch` for a data set that is not what the chain says.
    """
    facts = ChainView(chain, content)
    manifest, index = facts.manifest(terms), facts.index(terms)
    if manifest is None or index is None:
        raise NotFound(
            "No card of the model gives the manifest and the index of its terms.",
            "Ask its operator for the card.",
        )
    manifest_ids = frozenset(e.dataset_id for e in manifest)
    index_ids = frozenset(e.dataset_id for e in index)
    listed = manifest_ids | index_ids
    ids = sorted(listed if wanted is None else listed & set(wanted))
    return Provenance(index_ids, manifest_ids, {asset: known_set(chain, content, asset) for asset in ids})


def known_set(chain: Chain, content: ContentStore, asset: AssetId) -> KnownSet:
    source = source_of(chain, content, asset)
    return KnownSet(source.name, chain.datasets.dataset(asset).order, source.count, source.records)


def named_by(opened: OpenedAnswer) -> frozenset[AssetId]:
    """Every data set that an answer's opening or lines name."""
    passages = {p.dataset_id for p in opened.output.passages}
    evidence = {e.asset_id for e in opened.shown.evidence}
    paid = {x.asset_id for x in opened.signed.lines if x.pot in (Pot.RETRIEVAL, Pot.TRAINING)}
    return frozenset(passages | evidence | paid)
