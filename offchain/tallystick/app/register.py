"""Registers data sets: canonical records pinned, root committed under a bond, then revealed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tallystick.domain.dataset import Dataset
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import InsufficientFunds, IntegrityViolation, InvalidInput, NotFound
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret, write_records
from tallystick.pipeline.datasets.manifest import (
    check_records,
    digest_of,
    make_manifest,
    read_manifest,
    write_manifest,
)
from tallystick.pipeline.datasets.read import Contribution, read
from tallystick.pipeline.registration.content_id import make_dataset, seal
from tallystick.pipeline.registration.secret import salts_and_seal, secret_digest
from tallystick.ports import Chain, ContentStore, RegisteredDataset, Signer

LICENCES: Mapping[str, int] = {
    "CC0-1.0": 1,
    "CC-BY-4.0": 2,
    "CC-BY-SA-4.0": 3,
    "train-and-serve": 100,
    "by-grant": 0,
}
_FIRST_REGISTERED = 1_000
_NOBODY = Address("0x" + "00" * 20)
WaitBlocks = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class CheckedContribution:
    """What a file would register as."""

    name: str
    records: int
    columns: tuple[str, ...]
    root: Hash


@dataclass(frozen=True, slots=True)
class RegisteredData:
    """A data set on the chain, with the transactions of this try; None for what was done before."""

    dataset: Dataset
    manifest_digest: Hash
    bond: int
    commit_tx: Hash | None
    reveal_tx: Hash | None


@dataclass(frozen=True, slots=True)
class Registrar:
    """Registers for one owner. `wait_blocks(n)` returns when n more blocks are there."""

    chain: Chain
    content: ContentStore
    owner: Signer
    domain: Domain
    wait_blocks: WaitBlocks

    def register(
        self, contribution: Contribution, *, name: str, licence: int, previous: AssetId | None = None
    ) -> RegisteredData:
        """Pin, commit, wait, reveal. What an earlier try did already is taken up, not done again.

        With `previous`, as the next version of that data set.
        """
        signature = self.owner.sign_digest(secret_digest(self.domain, contribution.bodies))
        secret, salt = salts_and_seal(signature)
        dataset, manifest_digest = self._publish(contribution, name, licence, secret)
        count = len(dataset.records)
        bond = self.chain.datasets.bond_of(count)
        known = self._known(dataset)
        if known is not None:
            return RegisteredData(
                replace(dataset, order=known.order), known.manifest_digest, bond, None, None
            )
        committed = self._commit(seal(self.owner.address, dataset.root, salt), bond)
        datasets = self.chain.datasets
        reveal = datasets.reveal if previous is None else partial(datasets.reveal_version, previous)
        asset_id, revealed = reveal(
            dataset.root, count, manifest_digest=manifest_digest, licence=licence, salt=salt
        )
        if asset_id != dataset.asset_id:
            raise IntegrityViolation(
                "The chain gave the data set another id than we compute.", "Do not go on."
            )
        order = datasets.dataset(asset_id).order
        return RegisteredData(
            replace(dataset, order=order), manifest_digest, bond, committed, revealed.tx_hash
        )

    def _known(self, dataset: Dataset) -> RegisteredDataset | None:
        try:
            return self.chain.datasets.dataset(dataset.asset_id)
        except NotFound:
            return None

    def _commit(self, commitment: Hash, bond: int) -> Hash | None:
        """Commit unless that is done, and wait until the reveal is allowed."""
        datasets, owner, done = self.chain.datasets, self.owner.address, None
        try:
            block = datasets.commit_block(owner, commitment)
            self._approve(bond - datasets.bond_of(0))
        except NotFound:
            self._approve(bond)
            _, transaction = datasets.commit(commitment)
            block, done = transaction.block, transaction.tx_hash
        self.wait_blocks(max(block + datasets.reveal_blocks()[0] - self.chain.head(), 0))
        return done

    def _publish(
        self, contribution: Contribution, name: str, licence: int, secret: bytes
    ) -> tuple[Dataset, Hash]:
        """Salts come from the secret; a public set publishes them."""
        records = make_records(contribution.bodies, salts_from_secret(secret))
        records_digest = self.content.add(write_records(records))
        manifest = make_manifest(
            records,
            name=name,
            owner=self.owner.address,
            licence=licence,
            records_digest=records_digest,
            is_public=True,
        )
        signature = self.owner.sign_digest(digest_of(self.domain, manifest))
        manifest_digest = self.content.add(write_manifest(manifest, signature))
        dataset = make_dataset(
            records,
            name=name,
            owner=self.owner.address,
            licence=licence,
            chain_id=self.domain.chain_id,
            registry=self.chain.datasets.address,
        )
        return dataset, manifest_digest

    def _approve(self, bond: int) -> None:
        owner, registry = self.owner.address, self.chain.datasets.address
        balance = self.chain.token.balance_of(owner)
        if balance < bond:
            raise InsufficientFunds(
                f"{owner} holds {balance} base units; the bonds take {bond}.", "Get OPEN first."
            )
        if self.chain.token.allowance(owner, registry) < bond:
            self.chain.token.approve(registry, bond)


def licence_id(text: str) -> int:
    """The code of a licence by its name, or by itself where it was registered on the chain."""
    if text in LICENCES:
        return LICENCES[text]
    if text.isdecimal() and _FIRST_REGISTERED <= int(text) < 2**16:
        return int(text)
    known = f"Known: {', '.join(LICENCES)}, or the code of a registered one, from {_FIRST_REGISTERED}."
    raise InvalidInput(f"There is no licence {text!r}.", known)


def check_file(path: Path, mapping: Mapping[str, str]) -> tuple[CheckedContribution, ...]:
    """Read a file or folder as registration would; nothing is published."""
    salts = salts_from_secret(bytes(32))
    found = []
    for contribution in read(path, mapping):
        records = make_records(contribution.bodies, salts)
        columns = tuple(sorted({c for r in records for c in r.body}))
        dataset = make_dataset(
            records, name=contribution.name, owner=_NOBODY, licence=0, chain_id=0, registry=_NOBODY
        )
        found.append(CheckedContribution(contribution.name, len(records), columns, dataset.root))
    return tuple(found)


def fetch_dataset(chain: Chain, content: ContentStore, domain: Domain, asset_id: bytes) -> Dataset:
    """A registered data set by its id: from chain and content alone, every hash verified."""
    registered = chain.datasets.dataset(AssetId(asset_id))
    manifest = read_manifest(domain, content.get(registered.manifest_digest))
    records = check_records(manifest, content.get(manifest.records_digest))
    if manifest.root != registered.root:
        raise IntegrityViolation("The data set's manifest is for another root than the chain's.")
    return Dataset(
        name=manifest.name,
        owner=registered.owner,
        records=records,
        root=registered.root,
        licence=registered.licence,
        asset_id=registered.asset_id,
        order=registered.order,
    )


def one_contribution(contributions: Sequence[Contribution], path: Path) -> Contribution:
    """The only contribution of a file."""
    if len(contributions) != 1:
        names = ", ".join(c.name for c in contributions)
        raise InvalidInput(
            f"{path} holds records of several owners: {names}.", "Register each from its own file."
        )
    return contributions[0]
