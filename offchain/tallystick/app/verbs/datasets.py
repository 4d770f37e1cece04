"""Verbs of data sets."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tallystick.app.datasets import by_wallet, consent, demands, owning, register
from tallystick.app.datasets.care import CareOptions, CheckedData, check_data
from tallystick.app.datasets.files import read
from tallystick.app.datasets.key_ring import KeyUse
from tallystick.app.datasets.keys import HandedKey, HeldKey, PublishedCard
from tallystick.app.node_results import RegisteredSet
from tallystick.app.overview.earnings import Call
from tallystick.app.verbs.parts import Parts
from tallystick.domain.ids import Address, AssetId, Hash, Purpose


class DatasetVerbs(Parts):
    """Each with the key that it is told."""

    def check_dataset(self, *, path: Path, mapping: Mapping[str, str], care: CareOptions) -> CheckedData:
        return check_data(path, mapping, care)

    def prepare_dataset(
        self, *, path: Path, name: str, licence: str, mapping: Mapping[str, str]
    ) -> register.CheckedContribution:
        register.licence_id(licence)
        register.one_contribution(read(path, mapping), path)
        return register.check_file(path, dict(mapping))[0]

    def register_dataset(
        self,
        *,
        path: Path,
        name: str,
        licence: str,
        key: str,
        previous: str | None,
        is_private: bool,
        mapping: Mapping[str, str],
    ) -> RegisteredSet:
        return self._datasets(key).register(
            path,
            name=name,
            licence=licence,
            previous=previous,
            is_private=is_private,
            mapping=mapping,
        )

    def draft_dataset(
        self, *, owner: Address, path: Path, name: str, licence: str, mapping: Mapping[str, str]
    ) -> by_wallet.Draft:
        """To be registered by its owner's wallet."""
        self._book.check_name(name)
        contribution = register.one_contribution(read(path, mapping), path)
        return self._by_wallet(owner).draft(contribution, name=name, licence=licence)

    def sign_draft(self, *, draft: by_wallet.Draft, signature: bytes) -> by_wallet.Draft:
        digest = self._by_wallet(draft.dataset.owner).signed(draft, signature)
        return replace(draft, manifest_digest=digest)

    def draft_standing(self, *, draft: by_wallet.Draft) -> by_wallet.Standing:
        """Once it is registered, this node shows it by its name; it does not become one of its own."""
        found = self._by_wallet(draft.dataset.owner).standing(draft)
        if found.step == by_wallet.DONE:
            self._book.note_title(found.asset_id, draft.dataset.name)
        return found

    def wait_blocks(self, *, count: int) -> None:
        self._outside.wait_blocks(count)

    def _by_wallet(self, owner: Address) -> by_wallet.WalletRegistrar:
        outside = self._outside
        return by_wallet.WalletRegistrar(
            outside.chain(), outside.content(), owner, self._domain, lambda: self._signer
        )

    def register_datasets(
        self, *, folder: Path, licence: str, key: str, is_private: bool, mapping: Mapping[str, str]
    ) -> tuple[RegisteredSet, ...]:
        desk = self._datasets(key)
        return desk.register_folder(folder, licence=licence, is_private=is_private, mapping=mapping)

    def grant_dataset(
        self, *, name: str, operator: Address, purposes: Purpose, key: str, reader: Path | Hash | None
    ) -> consent.Granted:
        return self._datasets(key).grant(name, operator, purposes, reader)

    def revoke_dataset(self, *, name: str, operator: Address, purposes: Purpose, key: str) -> consent.Granted:
        return self._datasets(key).revoke(name, operator, purposes)

    def register_licence(self, *, text: Path, purposes: Purpose, key: str) -> consent.RegisteredLicence:
        return self._datasets(key).register_licence(text, purposes)

    def withdraw_dataset(self, *, name: str, key: str) -> consent.Withdrawn:
        return self._datasets(key).withdraw(name)

    def dataset_bond_held(self, *, name: str) -> owning.HeldBond:
        """By name or id, anybody's."""
        return owning.bond_of(self._outside.chain(), self._book.dataset_id(name))

    def take_bond_back(self, *, name: str, key: str) -> owning.ReturnedBond:
        return self._datasets(key).take_bond_back(name)

    def owner_calls(
        self, *, act: str, owner: Address, asset_id: bytes, operator: Address | None, purposes: Purpose
    ) -> tuple[Call, ...]:
        """What an owner's wallet sends to grant, revoke, withdraw, or take the bond back."""
        chain = self._outside.chain()
        return owning.owner_calls(chain, act, owner, AssetId(asset_id), operator, purposes)

    def demand_record(self, *, name: str, record: int, key: str) -> demands.Demanded:
        return self._datasets(key).demand(name, record)

    def answer_demands(self, *, key: str) -> tuple[demands.OpenedLeaf, ...]:
        return self._datasets(key).answer_demands()

    def close_demand(self, *, name: str, record: int, key: str) -> demands.ClosedDemand:
        return self._datasets(key).close_demand(name, record)

    # keys of private data sets

    def publish_reader_card(self, *, key: str, out: Path | None) -> PublishedCard:
        return self._datasets(key).keys.publish_card(out)

    def export_key(
        self, *, name: str, operator: Address, key: str, reader: Path | Hash, out: Path | None
    ) -> HandedKey:
        return self._datasets(key).hand_out(name, operator, reader, out)

    def import_key(self, *, source: Path | Hash, key: str) -> HeldKey:
        return self._datasets(key).keys.take_in(source)

    def held_keys(self, *, key: str) -> tuple[HeldKey, ...]:
        return self._datasets(key).keys.held()

    def key_uses(self, *, key: str) -> tuple[KeyUse, ...]:
        return self._datasets(key).keys.ring.uses()
