"""What an auditor asks the chain, and the files that the chain names."""

from functools import cache

from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import terms_id
from tallystick.domain.ids import Address, AssetId, Hash, Pot
from tallystick.domain.trees import entry_tree
from tallystick.domain.usage import Terms
from tallystick.errors import IntegrityMismatch, IntegrityViolation, InvalidInput, NotFound
from tallystick.pipeline.models.card import ModelCard, read_card
from tallystick.ports import Chain, ContentStore


class ChainView:
    """`pipeline.auditing.audited.ChainFacts` out of chain and files; each question is asked once."""

    def __init__(self, chain: Chain, content: ContentStore) -> None:
        self._chain, self._content = chain, content
        self._card = cache(self._read_card)
        self._asset_end = cache(self._read_asset_end)
        self._lineage_shares = cache(lambda model: dict(chain.models.lineage_shares(model)))
        self._terms = cache(self._read_terms)
        self._terms_end = cache(self._read_terms_end)
        self._redeemed = cache(chain.escrow.redeemed)
        self._is_paid = cache(chain.escrow.is_paid)
        self._was_signer = cache(chain.escrow.was_signer)

    def terms(self, terms_id: Hash) -> Terms | None:
        return self._terms(terms_id)

    def terms_end(self, terms_id: Hash) -> int | None:
        return self._terms_end(terms_id)

    def was_signer(self, consumer: Address, signer: Address) -> bool:
        return self._was_signer(consumer, signer)

    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int:
        return self._redeemed(consumer, operator, lane)

    def is_paid(self, consumer: Address, operator: Address, lane: int, receipt: Hash) -> bool:
        return self._is_paid(consumer, operator, lane, receipt)

    def asset_end(self, asset_id: AssetId, pot: Pot) -> int | None:
        return self._asset_end(asset_id, pot)

    def lineage_share(self, model_id: AssetId, asset_id: AssetId) -> int:
        return self._lineage_shares(model_id).get(asset_id, 0)

    def manifest(self, terms: Terms) -> tuple[ManifestEntry, ...] | None:
        card = self._card(terms.model_id)
        return _under(terms.manifest_root, card.manifest) if card else None

    def index(self, terms: Terms) -> tuple[ManifestEntry, ...] | None:
        card = self._card(terms.model_id)
        return _under(terms.index_root, card.index) if card else None

    def _read_card(self, model_id: AssetId) -> ModelCard | None:
        """None where nobody holds one, as for a base model."""
        try:
            return read_card(self._content.get(self._chain.models.model(model_id).content_digest))
        except (NotFound, IntegrityMismatch):
            return None

    def _read_terms(self, asked: Hash) -> Terms | None:
        try:
            found = self._chain.models.terms(asked)
        except NotFound:
            return None
        if terms_id(found) != asked:
            raise IntegrityViolation(f"The chain's terms 0x{asked.hex()} do not hash to their id.")
        return found

    def _read_asset_end(self, asset_id: AssetId, pot: Pot) -> int | None:
        if pot in (Pot.RETRIEVAL, Pot.TRAINING):
            gone = self._chain.datasets.retired_at(asset_id), self._chain.prior_art.out_since(asset_id)
            retired_at = min((at for at in gone if at), default=0)
        elif pot == Pot.AGENT:
            retired_at = self._chain.agents.retired_at(asset_id)
        else:
            retired_at = self._chain.models.retired_at(asset_id)
        return retired_at + self._chain.datasets.use_grace() if retired_at else None

    def _read_terms_end(self, asked: Hash) -> int | None:
        retired_at = self._chain.models.terms_retired_at(asked)
        return retired_at + self._chain.referees.terms_grace() if retired_at else None


def _under(root: Hash, entries: tuple[ManifestEntry, ...]) -> tuple[ManifestEntry, ...] | None:
    """The entries, where they are those of the root."""
    try:
        return entries if entry_tree(entries).root.hash == root else None
    except InvalidInput:
        return None
