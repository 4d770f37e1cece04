"""The one way to a registered data set: fetched, decrypted in memory where it is private, every hash verified."""

from dataclasses import dataclass, replace

from tallystick.app.datasets.consent import allowed, check_consent, check_eligible
from tallystick.app.datasets.key_ring import KeyRing, KeyUse
from tallystick.commitments.sealing import MANIFEST_ROLE, RECORDS_ROLE, is_sealed, open_sealed
from tallystick.domain.dataset import Dataset
from tallystick.domain.digests import Domain
from tallystick.domain.ids import AssetId, Hash, Purpose
from tallystick.errors import IntegrityMismatch, IntegrityViolation, NotAuthorised
from tallystick.pipeline.datasets.key_grant import KeyGrant
from tallystick.pipeline.datasets.manifest import Manifest, check_records, read_manifest
from tallystick.ports import Chain, ContentStore, Reader, RegisteredDataset

MOST_RECORD_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class _Opened:
    """A data set without its records; `content_key` is None for a public one."""

    dataset: Dataset
    manifest: Manifest
    content_key: bytes | None


@dataclass(frozen=True, slots=True)
class DatasetReader:
    """Reads with one person's key. Plain text of a private set stays in memory: nothing here writes it anywhere."""

    chain: Chain
    content: ContentStore
    domain: Domain
    reader: Reader
    ring: KeyRing

    def for_use(self, asset_id: AssetId, purpose: Purpose, *, served_at: int | None = None) -> Dataset:
        """To train or serve with; a set of documents is quoted, so that it needs `retrieve` instead.

        NotAuthorised unless licence and grants allow exactly that now, NotEligible for a set that may not earn; but under
        terms that stand (`served_at`) documents are opened all the same: an index is made whole, and leaves them out when
        it is asked. Each use of a private set's key is noted.
        """
        opened = self._opened(asset_id, purpose | Purpose.RETRIEVE)
        exact = Purpose.RETRIEVE if "text" in opened.manifest.columns else purpose
        check_consent(
            self.chain.datasets, self.reader.address, [(opened.dataset, exact)], served_at=served_at
        )
        if served_at is None or exact is not Purpose.RETRIEVE:
            check_eligible(self.chain.prior_art, [opened.dataset], self.chain.now())
        return self._with_records(opened, str(exact.name).lower())

    def own(self, asset_id: AssetId) -> Dataset:
        """For what an owner does with it: the next version, an answer to a demand. A public one is anybody's."""
        opened = self._opened(asset_id, Purpose(0))
        return self._with_records(opened, "own")

    def records_of(self, asset_id: AssetId) -> Hash:
        """Where the records of a data set lie; of a private one only its owner can tell."""
        return self._opened(asset_id, Purpose(0)).manifest.records_digest

    def content_key(self, registered: RegisteredDataset, purposes: Purpose) -> bytes:
        """NotAuthorised unless the chain allows one of these purposes now; without any, for its owner alone."""
        me, asset_id = self.reader.address, registered.asset_id
        self.check_allowed(registered, purposes)
        grant = self.ring.find(asset_id, me)
        if grant is None:
            raise NotAuthorised(
                f"The data set 0x{asset_id.hex()} is private, and this node holds no key to it for {me}.",
                "Take in the key grant that its owner made: `tallystick dataset key import`.",
            )
        return self.reader.unwrap(grant.wrapped, grant.bound_to)

    def check_granted(self, registered: RegisteredDataset, grant: KeyGrant) -> None:
        """IntegrityMismatch, naming who signed it, unless the wrapped key opens what the chain stands behind."""
        data = self.content.get(registered.manifest_digest)
        try:
            key = self.reader.unwrap(grant.wrapped, grant.bound_to)
            manifest = read_manifest(self.domain, open_sealed(key, MANIFEST_ROLE, data))
        except (NotAuthorised, IntegrityMismatch) as error:
            raise IntegrityMismatch(
                f"The key that {grant.owner} signed does not open the data set 0x{grant.dataset_id.hex()}: "
                f"it was wrapped wrongly, or is another one.",
                "Nothing was kept. Ask for a right one, and keep this grant: its signature shows whose fault it is.",
            ) from error
        if manifest.root != registered.root:
            raise IntegrityViolation("The data set's manifest is for another root than the chain's.")

    def check_allowed(self, registered: RegisteredDataset, purposes: Purpose) -> None:
        """NotAuthorised unless it is ours, or the chain allows us one of these purposes now."""
        me, asset_id = self.reader.address, registered.asset_id
        if registered.owner == me or purposes & allowed(self.chain.datasets, me, registered):
            return
        wanted = " or ".join(purposes.words) or "what it needs"
        raise NotAuthorised(
            f"The data set 0x{asset_id.hex()} is private, and its owner {registered.owner} grants {me} no such use.",
            f"Ask the owner for a grant: `tallystick dataset grant NAME {me}` for {wanted}.",
        )

    def _opened(self, asset_id: AssetId, purposes: Purpose) -> _Opened:
        registered = self.chain.datasets.dataset(asset_id)
        data, key = self.content.get(registered.manifest_digest), None
        if is_sealed(data):
            key = self.content_key(registered, purposes)
            data = open_sealed(key, MANIFEST_ROLE, data)
        manifest = read_manifest(self.domain, data)
        if manifest.root != registered.root:
            raise IntegrityViolation("The data set's manifest is for another root than the chain's.")
        return _Opened(_described(registered, manifest), manifest, key)

    def _with_records(self, opened: _Opened, purpose: str) -> Dataset:
        manifest, key = opened.manifest, opened.content_key
        data = self.content.get(manifest.records_digest, MOST_RECORD_BYTES)
        if key is not None:
            self._note(opened.dataset, purpose)
            data = open_sealed(key, RECORDS_ROLE, data)
        dataset = replace(opened.dataset, records=check_records(manifest, data))
        if dataset.is_retrieval != ("text" in manifest.columns):
            raise IntegrityMismatch(f"The manifest of {manifest.name} names other columns than its records.")
        return dataset

    def _note(self, dataset: Dataset, purpose: str) -> None:
        me = self.reader.address
        now = allowed(self.chain.datasets, me, dataset).words
        self.ring.note_use(KeyUse(dataset.asset_id, me, purpose, now, self.chain.now()))


@dataclass(frozen=True, slots=True)
class OwnDatasets:
    """Those that a node registered, and how it reads them."""

    reading: DatasetReader
    asset_ids: tuple[AssetId, ...]


def _described(registered: RegisteredDataset, manifest: Manifest) -> Dataset:
    return Dataset(
        name=manifest.name,
        owner=registered.owner,
        records=(),
        root=registered.root,
        licence=registered.licence,
        asset_id=registered.asset_id,
        order=registered.order,
    )
