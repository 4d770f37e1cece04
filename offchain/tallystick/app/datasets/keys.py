"""Content keys of private data sets: kept by their owner, handed to an operator, taken in by it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from tallystick.app.datasets.consent import allowed
from tallystick.app.datasets.key_ring import KeyRing
from tallystick.app.datasets.reading import DatasetReader
from tallystick.commitments.sealing import is_sealed
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, AssetId, Hash, Purpose
from tallystick.errors import InvalidInput, NotAuthorised
from tallystick.pipeline.datasets.key_grant import (
    KeyGrant,
    ReaderCard,
    read_card,
    read_key_grant,
    wrapped_to_reader,
    write_card,
    write_key_grant,
)
from tallystick.ports import Reader, RegisteredDataset

_ALL = Purpose.TRAIN | Purpose.SERVE | Purpose.RETRIEVE
_MOST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class PublishedCard:
    """A reader key under its owner's signature; `card` is pinned."""

    reader: Address
    reader_key: bytes
    card: Hash


@dataclass(frozen=True, slots=True)
class HandedKey:
    """A key grant, pinned; its operator takes it in by this hash, or out of a file."""

    asset_id: AssetId
    operator: Address
    purposes: tuple[str, ...]
    since_at: int
    key_grant: Hash


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A key that this node holds; `allowed` is what the chain lets it do with the data set now."""

    asset_id: AssetId
    owner: Address
    operator: Address
    allowed: tuple[str, ...]


class CardSource(Protocol):
    """An operator by HTTP."""

    def reader_card(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class KeyDesk:
    """Acts with the key of `reading`; `operator` finds one by URL."""

    reading: DatasetReader
    operator: Callable[[str], CardSource]

    @property
    def me(self) -> Address:
        return self.reading.reader.address

    @property
    def ring(self) -> KeyRing:
        return self.reading.ring

    def publish_card(self, out: Path | None) -> PublishedCard:
        """Pin our signed reader key, and write it to a file if one is named."""
        digest = self._publish(card_of(self.reading.domain, self.reading.reader), out)
        return PublishedCard(self.me, self.reading.reader.reader_key, digest)

    def keep_own(self, asset_id: AssetId, content_key: bytes) -> None:
        """An owner holds its key as everybody does: wrapped to itself."""
        self.ring.keep(self._granted(asset_id, self.me, _ALL, 0, self.reading.reader.reader_key, content_key))

    def card_for(self, asset_id: AssetId, operator: Address, source: Path | Hash | None) -> ReaderCard | None:
        """The operator's card if the data set is private, else None. Called before anything is granted.

        Without a source the operator is asked at the endpoint that it registered.
        """
        registered = self.reading.chain.datasets.dataset(asset_id)
        if not self._is_private(registered):
            return None
        self.reading.content_key(registered, Purpose(0))
        data = self._asked(operator) if source is None else self._fetched(source)
        card = read_card(self.reading.domain, data)
        if card.reader != operator:
            raise InvalidInput(
                f"This is the card of {card.reader}, not of {operator}.", "Ask for the right one."
            )
        return card

    def hand_out(self, asset_id: AssetId, card: ReaderCard, out: Path | None) -> HandedKey:
        """Wrap the content key to an operator that the chain grants something, sign it and pin it."""
        chain = self.reading.chain
        registered = chain.datasets.dataset(asset_id)
        content_key = self.reading.content_key(registered, Purpose(0))
        grants = chain.datasets.grants_of(asset_id, card.reader)
        if not grants or not grants[-1].purposes:
            raise NotAuthorised(
                f"Nothing is granted to {card.reader} on-chain.",
                "Grant it first: `tallystick dataset grant`.",
            )
        now = grants[-1]
        made = self._granted(asset_id, card.reader, now.purposes, now.since, card.reader_key, content_key)
        digest = self._publish(write_key_grant(made), out)
        return HandedKey(asset_id, card.reader, now.purposes.words, now.since, digest)

    def take_in(self, source: Path | Hash) -> HeldKey:
        """Keep a key grant that the data set's present owner signed for us, and that the chain stands behind.

        `IntegrityMismatch` for a key that does not open the data set, which would else show at its first use.
        """
        grant = read_key_grant(self.reading.domain, self._fetched(source))
        registered = self.reading.chain.datasets.dataset(grant.dataset_id)
        if grant.owner != registered.owner:
            raise NotAuthorised(
                f"This key grant is signed by {grant.owner}; the data set belongs to {registered.owner}.",
                "Ask the present owner for one.",
            )
        if grant.operator != self.me or grant.reader_key != self.reading.reader.reader_key:
            raise NotAuthorised(f"This key grant is for {grant.operator}.", "Choose that key with --key.")
        self.reading.check_allowed(registered, _ALL)
        self.reading.check_granted(registered, grant)
        self.ring.keep(grant)
        return self._held(grant)

    def held(self) -> tuple[HeldKey, ...]:
        return tuple(self._held(grant) for grant in self.ring.held_by(self.me))

    def _held(self, grant: KeyGrant) -> HeldKey:
        datasets = self.reading.chain.datasets
        registered = datasets.dataset(grant.dataset_id)
        now = allowed(datasets, self.me, registered).words
        return HeldKey(grant.dataset_id, registered.owner, grant.operator, now)

    def _granted(
        self,
        asset_id: AssetId,
        operator: Address,
        purposes: Purpose,
        since: int,
        reader_key: bytes,
        content_key: bytes,
    ) -> KeyGrant:
        said = KeyGrant(asset_id, self.me, operator, purposes, since, reader_key)
        grant = wrapped_to_reader(said, content_key)
        signature = self.reading.reader.sign(grant.statement(self.reading.domain))
        return replace(grant, signature=signature)

    def _is_private(self, registered: RegisteredDataset) -> bool:
        """A licence that is open to all is that of a public one, whose content need not be looked at."""
        if registered.licence:
            return False
        return is_sealed(self.reading.content.get(registered.manifest_digest))

    def _asked(self, operator: Address) -> bytes:
        models = self.reading.chain.models
        url = models.endpoint_of(models.operator_asset_of(operator))
        if not url:
            raise InvalidInput(
                f"{operator} has registered no endpoint where its reader key could be asked for.",
                "Name the card that it made with `tallystick dataset key publish`: --reader.",
            )
        return self.operator(url).reader_card()

    def _publish(self, data: bytes, out: Path | None) -> Hash:
        if out is not None:
            out.write_bytes(data)
        return self.reading.content.add(data)

    def _fetched(self, source: Path | Hash) -> bytes:
        if isinstance(source, Path):
            if source.stat().st_size > _MOST_BYTES:
                raise InvalidInput(f"{source} is too large for a card or a key grant.")
            return source.read_bytes()
        return self.reading.content.get(source, _MOST_BYTES)


def card_of(domain: Domain, reader: Reader) -> bytes:
    """A reader's key under its signature."""
    card = ReaderCard(reader.address, reader.reader_key)
    return write_card(replace(card, signature=reader.sign(card.statement(domain))))
