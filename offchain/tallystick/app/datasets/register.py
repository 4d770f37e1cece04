"""Registers data sets: canonical records pinned, root committed under a bond, then revealed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tallystick.app.datasets.files import read
from tallystick.commitments.sealing import MANIFEST_ROLE, RECORDS_ROLE, is_sealed
from tallystick.commitments.sealing import seal as seal_bytes
from tallystick.domain.dataset import Dataset
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import Conflict, InsufficientFunds, IntegrityViolation, InvalidInput, NotFound
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret, write_records
from tallystick.pipeline.datasets.manifest import make_manifest, statement_of, write_manifest
from tallystick.pipeline.datasets.read import Contribution
from tallystick.pipeline.registration.content_id import make_dataset, seal
from tallystick.pipeline.registration.secret import content_key, salts_and_seal, secret_statement
from tallystick.ports import Chain, ContentStore, RegisteredDataset, Revelation, Signer, Transaction

LICENCES: Mapping[str, int] = {
    "CC0-1.0": 1,
    "CC-BY-4.0": 2,
    "CC-BY-SA-4.0": 3,
    "train-and-serve": 100,
    "by-grant": 0,
}
_FIRST_REGISTERED = 1_000
_MOST_AT_ONCE = 100  # a transaction has at most 2^24 gas; revealing takes some 53,000 each
_NOBODY = Address("0x" + "00" * 20)
WaitBlocks = Callable[[int], None]
KeepKey = Callable[[AssetId, bytes], None]


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
class NewData:
    """What to register. With `previous`, as the next version of that data set; a private one is pinned encrypted."""

    contribution: Contribution
    name: str
    licence: int
    previous: AssetId | None = None
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class _Published:
    """Pinned and sealed. `known` is what the chain has of it already."""

    dataset: Dataset
    manifest_digest: Hash
    bond: int
    seal: Hash
    revelation: Revelation
    known: RegisteredDataset | None


@dataclass(frozen=True, slots=True)
class Registrar:
    """Registers for one owner.

    `wait_blocks(n)` returns when n more blocks are there; `keep_key` is given the content key of a private set before
    anything of it is pinned.
    """

    chain: Chain
    content: ContentStore
    owner: Signer
    domain: Domain
    wait_blocks: WaitBlocks
    keep_key: KeepKey | None = None

    def register(
        self, contribution: Contribution, *, name: str, licence: int, previous: AssetId | None = None
    ) -> RegisteredData:
        """Pin, commit, wait, reveal. What an earlier try did already is taken up, not done again."""
        return self.register_all([NewData(contribution, name, licence, previous)])[0]

    def register_all(self, items: Sequence[NewData]) -> tuple[RegisteredData, ...]:
        """Several, with one transaction to commit and one to reveal a hundred of them."""
        published = [self._publish(item) for item in items]
        _check_distinct(published)
        done: list[RegisteredData] = []
        for start in range(0, len(published), _MOST_AT_ONCE):
            done += self._register(published[start : start + _MOST_AT_ONCE])
        return tuple(done)

    def _register(self, published: Sequence[_Published]) -> list[RegisteredData]:
        new = [p for p in published if p.known is None]
        committed = self._commit(new)
        revealed = self._reveal(new)
        return [
            RegisteredData(
                replace(p.dataset, order=self.chain.datasets.dataset(p.dataset.asset_id).order),
                p.manifest_digest if p.known is None else p.known.manifest_digest,
                p.bond,
                committed.get(p.seal),
                None if p.known is not None or revealed is None else revealed.tx_hash,
            )
            for p in published
        ]

    def _known(self, dataset: Dataset) -> RegisteredDataset | None:
        try:
            return self.chain.datasets.dataset(dataset.asset_id)
        except NotFound:
            return None

    def _commit(self, new: Sequence[_Published]) -> dict[Hash, Hash]:
        """Commit what is not committed yet, and wait until all can be revealed; the transaction by seal."""
        if not new:
            return {}
        datasets = self.chain.datasets
        blocks = {p.seal: self._commit_block(p.seal) for p in new}
        missing = [seal for seal, block in blocks.items() if block is None]
        held = (len(new) - len(missing)) * datasets.bond_of(0)
        approve(self.chain, self.owner.address, sum(p.bond for p in new) - held)
        last, done = max((b for b in blocks.values() if b is not None), default=0), {}
        if missing:
            _, transaction = datasets.commit(missing)
            last, done = transaction.block, dict.fromkeys(missing, transaction.tx_hash)
        self.wait_blocks(max(last + datasets.reveal_blocks()[0] - self.chain.head(), 0))
        return done

    def _commit_block(self, commitment: Hash) -> int | None:
        try:
            return self.chain.datasets.commit_block(self.owner.address, commitment)
        except NotFound:
            return None

    def _reveal(self, new: Sequence[_Published]) -> Transaction | None:
        if not new:
            return None
        found, done = self.chain.datasets.reveal([p.revelation for p in new])
        if found != tuple(p.dataset.asset_id for p in new):
            raise IntegrityViolation("The chain gave a data set another id than we compute.", "Do not go on.")
        return done

    def _publish(self, item: NewData) -> _Published:
        signature = self.owner.sign(secret_statement(self.domain, item.contribution.bodies))
        secret, salt = salts_and_seal(signature)
        records = make_records(item.contribution.bodies, salts_from_secret(secret))
        dataset = make_dataset(
            records,
            name=item.name,
            owner=self.owner.address,
            licence=item.licence,
            chain_id=self.domain.chain_id,
            registry=self.chain.datasets.address,
        )
        known = self._known(dataset)
        self._check_same_kind(item, known)
        key = self._kept_key(item, dataset, signature) if item.is_private else None
        manifest_digest = self._pin(dataset, key)
        return _Published(
            dataset,
            manifest_digest,
            self.chain.datasets.bond_of(len(records)),
            seal(self.owner.address, dataset.root, salt),
            Revelation(dataset.root, len(records), manifest_digest, item.licence, salt, item.previous),
            known,
        )

    def _check_same_kind(self, item: NewData, known: RegisteredDataset | None) -> None:
        """What was registered privately is not published by registering it again, nor hidden that was public."""
        if known is None or (known.licence and not item.is_private):
            return
        if is_sealed(self.content.get(known.manifest_digest)) != item.is_private:
            raise Conflict(
                f"The records of {item.name} are registered already, {'publicly' if item.is_private else 'privately'}.",
                "A registration stays as it was made.",
            )

    def _kept_key(self, item: NewData, dataset: Dataset, signature: bytes) -> bytes:
        if self.keep_key is None or item.licence != LICENCES["by-grant"]:
            raise InvalidInput(
                f"{item.name} is private: it takes the licence by-grant, and a place to keep its key.",
                "Leave the licence out, or register it as a public data set.",
            )
        key = content_key(signature)
        self.keep_key(dataset.asset_id, key)
        return key

    def _pin(self, dataset: Dataset, key: bytes | None) -> Hash:
        """Records and signed manifest, which has the salts; both encrypted where there is a key."""
        records = write_records(dataset.records)
        manifest = make_manifest(
            dataset.records,
            name=dataset.name,
            owner=dataset.owner,
            licence=dataset.licence,
            records_digest=self._add(key, RECORDS_ROLE, records),
        )
        signature = self.owner.sign(statement_of(self.domain, manifest))
        return self._add(key, MANIFEST_ROLE, write_manifest(manifest, signature))

    def _add(self, key: bytes | None, role: bytes, data: bytes) -> Hash:
        return self.content.add(data if key is None else seal_bytes(key, role, data))


def approve(chain: Chain, owner: Address, bond: int) -> None:
    """Let the registry take a bond; InsufficientFunds where the owner has less."""
    registry, balance = chain.datasets.address, chain.token.balance_of(owner)
    if balance < bond:
        raise InsufficientFunds(
            f"{owner} holds {balance} base units; the bonds take {bond}.", "Get OPEN first."
        )
    if chain.token.allowance(owner, registry) < bond:
        chain.token.approve(registry, bond)


def _check_distinct(published: Sequence[_Published]) -> None:
    """The later of two that hold one record would be convicted as a copy of the other."""
    held: dict[Hash, str] = {}
    for dataset in (p.dataset for p in published):
        for record in dataset.records:
            other = held.setdefault(record.content_hash, dataset.name)
            if other is not dataset.name:
                raise InvalidInput(
                    f"{other} and {dataset.name} hold one and the same record.",
                    "Leave it out of one of them.",
                )


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


def one_contribution(contributions: Sequence[Contribution], path: Path) -> Contribution:
    """The only contribution of a file."""
    if len(contributions) != 1:
        names = ", ".join(c.name for c in contributions)
        raise InvalidInput(
            f"{path} holds records of several owners: {names}.", "Register each from its own file."
        )
    return contributions[0]
