"""What stands behind a registered model: its lineage and the consent to its data sets; and who offers it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.gate import Verdict
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.trees import entry_tree
from tallystick.pipeline.models.card import ModelCard, read_card
from tallystick.ports import Chain, ContentStore


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A model of the lineage, the model itself first; `share` is its part of the lineage pot, ppm."""

    model_id: AssetId
    share: int
    flagged_at: int


@dataclass(frozen=True, slots=True)
class DatasetStanding:
    """A data set of a model. Dates are 0 where nothing happened; `may_earn` is as of now."""

    asset_id: AssetId
    use: str
    records: int
    retired_at: int
    withdrawn_at: int
    convicted_at: int
    may_earn: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """`flagged_at` also counts what the model descends from. `gone` data sets were withdrawn, retired or convicted."""

    model_id: AssetId
    gate: str
    verdict: Verdict
    flagged_at: int
    lineage: tuple[Ancestor, ...]
    datasets: tuple[DatasetStanding, ...]
    gone: int


@dataclass(frozen=True, slots=True)
class Flagged:
    """A model shown to hold a data set that is gone."""

    model_id: AssetId
    asset_id: AssetId
    tx: Hash


@dataclass(frozen=True, slots=True)
class OnOffer:
    """Terms under which an operator answers with a model; prices in base units of OPEN a thousand tokens."""

    terms_id: Hash
    operator: Address
    endpoint: str
    price_in: int
    price_out: int


def standing(chain: Chain, content: ContentStore, model_id: AssetId) -> Standing:
    """Out of the chain and the model's pinned card."""
    model, card = chain.models.model(model_id), _card(chain, content, model_id)
    shares = dict(chain.models.lineage_shares(model_id))
    line = (model_id, *chain.models.ancestors_of(model_id))
    sets = (*_sets(chain, card.manifest, "training"), *_sets(chain, card.index, "retrieval"))
    return Standing(
        model_id=model_id,
        gate=model.gate.name.lower(),
        verdict=chain.models.verdict(model_id),
        flagged_at=chain.models.lineage_flagged_at(model_id),
        lineage=tuple(Ancestor(m, shares.get(m, 0), chain.models.model(m).flagged_at) for m in line),
        datasets=sets,
        gone=sum(1 for s in sets if s.retired_at),
    )


def flag(chain: Chain, content: ContentStore, model_id: AssetId) -> tuple[Flagged, ...]:
    """Flag a model for each data set of its training manifest that is gone; all that descends from it is flagged."""
    entries = _card(chain, content, model_id).manifest
    tree = entry_tree(entries)
    done = []
    for index, entry in enumerate(entries):
        if chain.datasets.retired_at(entry.dataset_id):
            sent = chain.models.flag_model(model_id, entry, tree.path(index), index)
            done.append(Flagged(model_id, entry.dataset_id, sent.tx_hash))
    return tuple(done)


def offers(chain: Chain, model_id: AssetId) -> tuple[OnOffer, ...]:
    """Who offers a model at which price, from the chain alone."""
    return tuple(
        OnOffer(t, o.operator, chain.models.endpoint_of(o.operator_asset), o.price_in, o.price_out)
        for t, o in chain.models.offers(model_id, chain.head())
    )


def _card(chain: Chain, content: ContentStore, model_id: AssetId) -> ModelCard:
    return read_card(content.get(chain.models.model(model_id).content_digest))


def _sets(chain: Chain, entries: tuple[ManifestEntry, ...], use: str) -> Iterator[DatasetStanding]:
    for entry in entries:
        asset_id, datasets = entry.dataset_id, chain.datasets
        yield DatasetStanding(
            asset_id=asset_id,
            use=use,
            records=entry.weight,
            retired_at=datasets.retired_at(asset_id),
            withdrawn_at=datasets.withdrawn_at(asset_id),
            convicted_at=datasets.dataset(asset_id).convicted_at,
            may_earn=chain.prior_art.is_eligible_at(asset_id, chain.now()),
        )
