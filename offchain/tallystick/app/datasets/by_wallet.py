"""Registers a public data set for whoever owns it by a browser wallet: the wallet signs and sends, this node pins.

The salts come out of a signature of this node's key over the owner and the records, so that a registration cut off is
taken up again here. They are no secret once the manifest is pinned.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tallystick.app.datasets.register import LICENCES
from tallystick.app.overview.books import allowance_call
from tallystick.app.overview.earnings import Call
from tallystick.commitments.signatures import recover
from tallystick.domain.dataset import Dataset
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import Conflict, InsufficientFunds, InvalidInput, NotAuthorised, NotFound
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret, write_records
from tallystick.pipeline.datasets.manifest import (
    Manifest,
    make_manifest,
    statement_of,
    typed_data_of,
    write_manifest,
)
from tallystick.pipeline.datasets.read import Contribution
from tallystick.pipeline.registration.content_id import make_dataset, seal
from tallystick.pipeline.registration.secret import salts_and_seal, secret_statement
from tallystick.ports import Chain, ContentStore, Revelation, Signer

SIGN, COMMIT, WAIT, REVEAL, DONE = "sign", "commit", "wait", "reveal", "done"


@dataclass(frozen=True, slots=True)
class Draft:
    """Ready to be signed. `bond` is base units, most of which come back; `allows` what the licence lets everyone do."""

    dataset: Dataset
    manifest: Manifest
    salt: bytes
    bond: int
    licence: str
    allows: tuple[str, ...]
    typed: dict[str, Any]
    manifest_digest: Hash | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is next: `sign`, `commit`, `wait`, `reveal` or `done`, and what the wallet sends for it."""

    step: str
    asset_id: AssetId
    calls: tuple[Call, ...] = ()
    blocks: int = 0


@dataclass(frozen=True, slots=True)
class WalletRegistrar:
    """For one owner; nothing here acts in the owner's name."""

    chain: Chain
    content: ContentStore
    owner: Address
    domain: Domain
    helper: Callable[[], Signer]

    def draft(self, contribution: Contribution, *, name: str, licence: str) -> Draft:
        """Pins the records, which the manifest names; `Conflict` where they are registered already."""
        if licence not in LICENCES:
            raise InvalidInput(f"There is no licence {licence!r}.", f"One of {', '.join(LICENCES)}.")
        bodies, code, datasets = contribution.bodies, LICENCES[licence], self.chain.datasets
        signature = self.helper().sign(secret_statement(self.domain, [{"owner": self.owner}, *bodies]))
        secret, salt = salts_and_seal(signature)
        records = make_records(bodies, salts_from_secret(secret))
        place = {"chain_id": self.domain.chain_id, "registry": datasets.address}
        dataset = make_dataset(records, name=name, owner=self.owner, licence=code, **place)  # type: ignore[arg-type]
        self._check_new(dataset)
        bond = datasets.bond_of(len(records))
        manifest = make_manifest(
            records,
            name=name,
            owner=self.owner,
            licence=code,
            records_digest=self.content.add(write_records(records)),
        )
        allows, typed = datasets.licence_purposes(code).words, typed_data_of(self.domain, manifest)
        return Draft(dataset, manifest, salt, bond, licence, allows, typed)

    def signed(self, draft: Draft, signature: bytes) -> Hash:
        """Pins the manifest that the owner signed; its digest."""
        signer = recover(statement_of(self.domain, draft.manifest).digest, signature)
        if signer != self.owner:
            raise NotAuthorised(f"{signer} signed, not {self.owner}.", "Choose your account in the wallet.")
        return self.content.add(write_manifest(draft.manifest, signature))

    def standing(self, draft: Draft) -> Standing:
        """As the chain has it now."""
        datasets, asset_id = self.chain.datasets, draft.dataset.asset_id
        if self._is_registered(asset_id):
            return Standing(DONE, asset_id)
        if draft.manifest_digest is None:
            return Standing(SIGN, asset_id)
        sealed = seal(self.owner, draft.dataset.root, draft.salt)
        try:
            committed = datasets.commit_block(self.owner, sealed)
        except NotFound:
            return Standing(COMMIT, asset_id, self._commit_calls(draft, sealed))
        first, end = datasets.reveal_blocks()
        passed = self.chain.head() - committed
        if passed >= end:
            return Standing(COMMIT, asset_id, self._commit_calls(draft, sealed))
        if passed < first:
            return Standing(WAIT, asset_id, blocks=first - passed)
        return Standing(REVEAL, asset_id, self._reveal_calls(draft, draft.manifest_digest))

    def _commit_calls(self, draft: Draft, sealed: Hash) -> tuple[Call, ...]:
        datasets, held = self.chain.datasets, self.chain.token.balance_of(self.owner)
        if held < draft.bond:
            raise InsufficientFunds(
                f"The wallet holds {held} base units; the bond takes {draft.bond}.", "Get OPEN first."
            )
        allowed = allowance_call(self.chain, self.owner, datasets.address, draft.bond, "Allow the bond")
        return (*allowed, Call(datasets.address, datasets.calldata("commit", sealed), "Commit"))

    def _reveal_calls(self, draft: Draft, digest: Hash) -> tuple[Call, ...]:
        dataset, datasets = draft.dataset, self.chain.datasets
        opened = Revelation(dataset.root, len(dataset.records), digest, dataset.licence, draft.salt)
        return (Call(datasets.address, datasets.reveal_calldata(opened), "Reveal"),)

    def _is_registered(self, asset_id: AssetId) -> bool:
        try:
            self.chain.datasets.dataset(asset_id)
        except NotFound:
            return False
        return True

    def _check_new(self, dataset: Dataset) -> None:
        if self._is_registered(dataset.asset_id):
            raise Conflict(
                f"These records are registered already, as 0x{dataset.asset_id.hex()}.",
                "A registration stays as it was made.",
            )
