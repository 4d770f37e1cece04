"""What chain and files say about receipts, as plain values: the auditor asks them, and so does the honesty predicate."""

from collections import Counter
from dataclasses import dataclass, field

from tallystick.commitments import leaves
from tallystick.domain.batch import BatchHeader
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, AssetId, Hash, Kind, Pot
from tallystick.domain.usage import Receipt, Terms


@dataclass(slots=True)
class Facts:
    """Satisfies `pipeline.auditing.audited.ChainFacts`. `settled` are receipts of batches that stand."""

    domain: Domain
    models: Address
    offers: dict[Hash, Terms] = field(default_factory=dict)
    ends: dict[Hash, int] = field(default_factory=dict)
    asset_ends: dict[AssetId, int] = field(default_factory=dict)
    agents: set[AssetId] = field(default_factory=set)
    datasets: set[AssetId] = field(default_factory=set)
    """Those that are registered. Most data sets of a world are random, and never retired."""
    entries: dict[Hash, tuple[ManifestEntry, ...]] = field(default_factory=dict)
    lineages: dict[AssetId, dict[AssetId, int]] = field(default_factory=dict)
    """Of each adapter: its ancestors without the base, with the steps up to each."""
    signers: set[tuple[Address, Address]] = field(default_factory=set)
    levels: dict[tuple[Address, Address, int], int] = field(default_factory=dict)
    payments: dict[tuple[Address, Address, int], Hash] = field(default_factory=dict)
    """Digests of the receipts that payments were redeemed for."""
    settled: list[Receipt] = field(default_factory=list)
    origins: dict[Address, frozenset[Hash]] = field(default_factory=dict)
    """Digests of the receipts that an operator's batches may hold while they replace a convicted one."""
    last_headers: dict[Address, Hash] = field(default_factory=dict)
    """Of each operator's batches that stand."""

    def poster_asset(self, header: BatchHeader) -> AssetId | None:
        """Whom the operator's pot goes to in a replacement; None where the operator posts its own batch."""
        if header.poster == header.operator:
            return None
        content = leaves.operator_content(header.poster)
        made = leaves.asset_id(self.domain.chain_id, self.models, header.poster, Kind.OPERATOR, content)
        return AssetId(made)

    def terms(self, terms_id: Hash) -> Terms | None:
        return self.offers.get(terms_id)

    def terms_end(self, terms_id: Hash) -> int | None:
        return self.ends.get(terms_id)

    def was_signer(self, consumer: Address, signer: Address) -> bool:
        return consumer == signer or (consumer, signer) in self.signers

    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int:
        return self.levels.get((consumer, operator, lane), 0)

    def is_paid(self, consumer: Address, operator: Address, lane: int, receipt: Hash) -> bool:
        return self.payments.get((consumer, operator, lane)) == receipt

    def asset_end(self, asset_id: AssetId, pot: Pot) -> int | None:
        """Data sets, agents and the others are in registries of their own."""
        known = (asset_id in self.datasets) == (pot in (Pot.RETRIEVAL, Pot.TRAINING))
        known = known and (asset_id in self.agents) == (pot == Pot.AGENT)
        return self.asset_ends.get(asset_id) if known else None

    def lineage_share(self, model_id: AssetId, asset_id: AssetId) -> int:
        return self.lineage_shares(model_id).get(asset_id, 0)

    def lineage_shares(self, model_id: AssetId) -> dict[AssetId, int]:
        """Section 2: the model's own part, and two fifths of the last step's for those one step farther, together."""
        if model_id not in self.lineages:
            return {}
        steps = self.lineages[model_id]
        alike = Counter(steps.values())
        return {
            model_id: 600_000,
            **{asset: 600_000 * 2**d // 5**d // alike[d] for asset, d in steps.items()},
        }

    def manifest(self, terms: Terms) -> tuple[ManifestEntry, ...] | None:
        return self.entries.get(terms.manifest_root)

    def index(self, terms: Terms) -> tuple[ManifestEntry, ...] | None:
        return self.entries.get(terms.index_root)
