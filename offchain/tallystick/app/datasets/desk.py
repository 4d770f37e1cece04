"""A person's data sets: registered, licensed, withdrawn. Names are those of the workbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from tallystick.app.datasets import consent, demands, owning
from tallystick.app.datasets.files import read
from tallystick.app.datasets.key_ring import KeyRing
from tallystick.app.datasets.keys import CardSource, HandedKey, KeyDesk
from tallystick.app.datasets.lineage import only_new, versions_until
from tallystick.app.datasets.reading import DatasetReader
from tallystick.app.datasets.register import NewData, Registrar, approve, licence_id, one_contribution
from tallystick.app.node_results import RegisteredSet
from tallystick.app.workbook import Workbook
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, Hash, Purpose
from tallystick.errors import InvalidInput
from tallystick.ports import Chain, ContentStore, Reader


class Outside(Protocol):
    """What of the outside world it needs."""

    def acting(self, name: str) -> Chain: ...
    def content(self) -> ContentStore: ...
    def signer(self, name: str) -> Reader: ...
    def wait_blocks(self, count: int) -> None: ...
    def operator(self, url: str) -> CardSource: ...


@dataclass(frozen=True, slots=True)
class DatasetDesk:
    """Acts with one key."""

    outside: Outside
    book: Workbook
    domain: Domain
    key: str

    @property
    def chain(self) -> Chain:
        return self.outside.acting(self.key)

    @property
    def reading(self) -> DatasetReader:
        ring = KeyRing(self.book.key_grants_folder, self.domain)
        reader = self.outside.signer(self.key)
        return DatasetReader(self.chain, self.outside.content(), self.domain, reader, ring)

    @property
    def keys(self) -> KeyDesk:
        return KeyDesk(self.reading, self.outside.operator)

    def register(
        self,
        path: Path,
        *,
        name: str,
        licence: str,
        previous: str | None,
        is_private: bool,
        mapping: Mapping[str, str] | None = None,
    ) -> RegisteredSet:
        """`mapping` has our columns' names to the file's. With `previous`, what is new becomes its next version."""
        contribution = one_contribution(read(path, mapping), path)
        after = None if previous is None else self.book.dataset_id(previous)
        if after is not None:
            reading = self.reading
            known = [reading.own(i) for i in versions_until(self.chain, after)]
            contribution = only_new(contribution, known)
        new = NewData(contribution, name, licence_id(licence), after, is_private)
        return self._registered([new])[0]

    def register_folder(
        self, folder: Path, *, licence: str, is_private: bool, mapping: Mapping[str, str] | None = None
    ) -> tuple[RegisteredSet, ...]:
        """Each file under its own name, with two transactions for all."""
        code = licence_id(licence)
        return self._registered([NewData(c, c.name, code, None, is_private) for c in read(folder, mapping)])

    def register_licence(self, text: Path, purposes: Purpose) -> consent.RegisteredLicence:
        """For data sets that are registered from now on, this key's or anybody's."""
        words = text.read_bytes()
        if not words.strip():
            raise InvalidInput(f"{text} is empty.", "Give the file with the licence's text.")
        chain = self.chain
        approve(chain, self.outside.signer(self.key).address, chain.datasets.licence_fee())
        return consent.register_licence(chain.datasets, self.outside.content(), words, purposes)

    def grant(
        self, name: str, operator: Address, purposes: Purpose, reader: Path | Hash | None
    ) -> consent.Granted:
        """Of a private data set the operator is handed the key too."""
        asset_id, keys = self.book.dataset_id(name), self.keys
        card = keys.card_for(asset_id, operator, reader)
        done = consent.grant(self.chain.datasets, asset_id, operator, purposes)
        if card is None:
            return done
        return replace(done, key_grant=keys.hand_out(asset_id, card, None).key_grant)

    def hand_out(self, name: str, operator: Address, reader: Path | Hash, out: Path | None) -> HandedKey:
        """The key again, or after a grant that was made without it."""
        asset_id, keys = self.book.dataset_id(name), self.keys
        card = keys.card_for(asset_id, operator, reader)
        if card is None:
            raise InvalidInput(
                f"The data set {name} is public: it has no key.", "Grant it, if its licence needs that."
            )
        return keys.hand_out(asset_id, card, out)

    def revoke(self, name: str, operator: Address, purposes: Purpose) -> consent.Granted:
        return consent.revoke(self.chain.datasets, self.book.dataset_id(name), operator, purposes)

    def withdraw(self, name: str) -> consent.Withdrawn:
        return consent.withdraw(self.chain.datasets, self.book.dataset_id(name))

    def take_bond_back(self, name: str) -> owning.ReturnedBond:
        return owning.take_back(self.chain, self.outside.signer(self.key).address, self.book.dataset_id(name))

    def demand(self, name: str, record: int) -> demands.Demanded:
        signer = self.outside.signer(self.key)
        return demands.demand(self.chain, signer.address, self.book.dataset_id(name), record)

    def answer_demands(self) -> tuple[demands.OpenedLeaf, ...]:
        """For every data set of the workbook that is the key's own."""
        owner, datasets = self.outside.signer(self.key).address, self.chain.datasets
        ours = [i for i in self.book.dataset_ids() if datasets.owner_of(i) == owner]
        return demands.answer(self.reading, ours)

    def close_demand(self, name: str, record: int) -> demands.ClosedDemand:
        return demands.close(self.chain, self.book.dataset_id(name), record)

    def _registered(self, new: Sequence[NewData]) -> tuple[RegisteredSet, ...]:
        registrar = Registrar(
            self.chain,
            self.outside.content(),
            self.outside.signer(self.key),
            self.domain,
            self.outside.wait_blocks,
            self.keys.keep_own,
        )
        for item in new:
            self.book.check_name(item.name)
        done = registrar.register_all(new)
        for one in done:
            self.book.note_dataset(one.dataset.name, one.dataset.asset_id)
        return tuple(RegisteredSet.of(one) for one in done)
