"""The registries of data sets and of models, operators, agents and terms: one method a contract call."""

from collections.abc import Sequence

from tallystick.domain.ids import Address, AssetId, Hash, Purpose
from tallystick.domain.usage import Terms
from tallystick.errors import NotFound
from tallystick.gateways.chain.binding import Binding
from tallystick.ports import DuplicateRecord, Grant, RegisteredDataset, RegisteredModel, Transaction


class ContentRegistry(Binding):
    """What both registries know of an asset."""

    def owner_of(self, asset_id: AssetId) -> Address:
        return Address(self._call("ownerOf", asset_id))

    def payout_of(self, asset_id: AssetId) -> Address:
        return Address(self._call("payoutOf", asset_id))

    def retired_at(self, asset_id: AssetId) -> int:
        return int(self._call("retiredAtOf", asset_id))

    def withdrawn_at(self, asset_id: AssetId) -> int:
        return int(self._call("withdrawnAtOf", asset_id))

    def is_usable_at(self, asset_id: AssetId, submitted_at: int) -> bool:
        """Whether a batch submitted then may pay the asset."""
        return bool(self._call("isUsableAt", asset_id, submitted_at))

    def use_grace(self) -> int:
        """Seconds that a batch may still pay a retired asset."""
        return int(self._call("USE_GRACE"))

    def asset_id_of(self, owner: Address, kind: int, content: Hash) -> AssetId:
        return AssetId(self._call("assetIdOf", owner, kind, content))

    def set_payout(self, asset_id: AssetId, payout: Address) -> Transaction:
        return self._send("setPayout", asset_id, payout)

    def transfer_asset(self, asset_id: AssetId, to: Address) -> Transaction:
        return self._send("transferAsset", asset_id, to)

    def retire_asset(self, asset_id: AssetId) -> Transaction:
        return self._send("retireAsset", asset_id)

    def withdraw_asset(self, asset_id: AssetId) -> Transaction:
        return self._send("withdrawAsset", asset_id)


class DatasetRegistry(ContentRegistry):
    """Satisfies `ports.DatasetRegistry`."""

    def commitment_of(self, owner: Address, root: Hash, salt: bytes) -> Hash:
        return Hash(self._call("commitmentOf", owner, root, salt))

    def commit(self, commitment: Hash) -> tuple[int, Transaction]:
        """Takes the commit bond; the place in the order of priority."""
        done = self._send("commit", commitment)
        return int(done.event("DatasetCommitted").values["order"]), done

    def reveal(
        self, root: Hash, count: int, *, manifest_digest: Hash, licence: int, salt: bytes
    ) -> tuple[AssetId, Transaction]:
        done = self._send("reveal", root, count, manifest_digest, licence, salt)
        return AssetId(done.event("DatasetRevealed").values["datasetId"]), done

    def reveal_version(
        self,
        previous_id: AssetId,
        root: Hash,
        count: int,
        *,
        manifest_digest: Hash,
        licence: int,
        salt: bytes,
    ) -> tuple[AssetId, Transaction]:
        """Like `reveal`, as the next version after a lineage's newest one."""
        done = self._send("revealVersion", previous_id, root, count, manifest_digest, licence, salt)
        return AssetId(done.event("DatasetRevealed").values["datasetId"]), done

    def previous_version_of(self, asset_id: AssetId) -> AssetId | None:
        return _asset_or_none(self._call("previousVersionOf", asset_id))

    def next_version_of(self, asset_id: AssetId) -> AssetId | None:
        return _asset_or_none(self._call("nextVersionOf", asset_id))

    def register_licence(self, allowed: Purpose, text_digest: Hash) -> tuple[int, Transaction]:
        """A licence text for everyone's use; its code."""
        done = self._send("registerLicence", int(allowed), text_digest)
        return int(done.event("LicenceRegistered").values["licence"]), done

    def licence_purposes(self, code: int) -> Purpose:
        """What a licence allows everyone."""
        found = self._call("licenceOf", code)
        if not found["known"]:
            raise NotFound(f"No licence {code} is registered.", "Register its text first.")
        return Purpose(found["purposes"])

    def grant(self, asset_id: AssetId, operator: Address, purposes: Purpose) -> Transaction:
        return self._send("grant", asset_id, operator, int(purposes))

    def revoke(self, asset_id: AssetId, operator: Address, purposes: Purpose) -> Transaction:
        return self._send("revoke", asset_id, operator, int(purposes))

    def grants_of(self, asset_id: AssetId, operator: Address) -> tuple[Grant, ...]:
        """Oldest first; each is in force until the next."""
        found = self._call("grantsOf", asset_id, operator)
        return tuple(Grant(g["since"], Purpose(g["purposes"])) for g in found)

    def granted_at(self, asset_id: AssetId, operator: Address, at: int) -> Purpose:
        return Purpose(self._call("grantedAt", asset_id, operator, at))

    def forfeit_commitment(self, owner: Address, commitment: Hash) -> Transaction:
        return self._send("forfeitCommitment", owner, commitment)

    def withdraw_bond(self, asset_id: AssetId) -> Transaction:
        return self._send("withdrawBond", asset_id)

    def prove_duplicate(
        self, earlier: DuplicateRecord, later: DuplicateRecord, content_hash: Hash
    ) -> Transaction:
        return self._send("proveDuplicate", _record_proof(earlier), _record_proof(later), content_hash)

    def bond_of(self, count: int) -> int:
        return int(self._call("bondOf", count))

    def reveal_blocks(self) -> tuple[int, int]:
        """Blocks after the commit in which to reveal: from, to (exclusive)."""
        return int(self._call("commitDelay")), int(self._call("commitExpiry"))

    def commit_block(self, owner: Address, commitment: Hash) -> int:
        """Block of an open commitment; NotFound when there is none."""
        found = self._call("openCommitment", owner, commitment)
        if found["order"] == 0:
            raise NotFound(f"{owner} has no open commitment {commitment.hex()}.", "Commit first.")
        return int(found["committedBlock"])

    def dataset(self, asset_id: AssetId) -> RegisteredDataset:
        found = self._call("dataset", asset_id)
        if found["registeredAt"] == 0:
            raise NotFound(f"No data set {asset_id.hex()} is registered.", "Check the id and the chain.")
        return RegisteredDataset(
            asset_id=asset_id,
            owner=self.owner_of(asset_id),
            root=Hash(found["root"]),
            count=found["count"],
            manifest_digest=Hash(found["manifestDigest"]),
            licence=found["licence"],
            order=found["order"],
            registered_at=found["registeredAt"],
            bond=found["bond"],
            is_convicted=found["convicted"],
        )

    def registered(self, first: int, last: int) -> tuple[RegisteredDataset, ...]:
        """All that were revealed in these blocks, in their order of priority, as they are now."""
        events = self._events("DatasetRevealed", first, last)
        found = (self.dataset(AssetId(event.values["datasetId"])) for event in events)
        return tuple(sorted(found, key=lambda dataset: dataset.order))


class ModelRegistry(ContentRegistry):
    """Satisfies `ports.ModelRegistry`."""

    def register_base(self, digest: Hash, metadata_digest: Hash) -> tuple[AssetId, Transaction]:
        done = self._send("registerBase", digest, metadata_digest)
        return AssetId(done.event("BaseRegistered").values["modelId"]), done

    def register_adapter(
        self,
        base_id: AssetId,
        parents: Sequence[AssetId],
        *,
        digest: Hash,
        content_digest: Hash,
        manifest_root: Hash,
        manifest_count: int,
        evaluation_digest: Hash,
    ) -> tuple[AssetId, Transaction]:
        done = self._send(
            "registerAdapter",
            base_id,
            list(parents),
            digest,
            content_digest,
            manifest_root,
            manifest_count,
            evaluation_digest,
        )
        return AssetId(done.event("AdapterRegistered").values["modelId"]), done

    def set_gate(self, model_id: AssetId, gate: int, evidence_digest: Hash) -> Transaction:
        """1 registered, 2 serving, 3 retired; forward only."""
        return self._send("setGate", model_id, gate, evidence_digest)

    def register_manifest(self, root: Hash, weight_sum: int, count: int) -> Transaction:
        return self._send("registerManifest", root, weight_sum, count)

    def register_index(self, root: Hash, record_sum: int, count: int) -> Transaction:
        return self._send("registerIndex", root, record_sum, count)

    def register_operator(self, endpoint: str) -> tuple[AssetId, Transaction]:
        done = self._send("registerOperator", endpoint)
        return AssetId(done.event("OperatorRegistered").values["operatorAsset"]), done

    def set_endpoint(self, endpoint: str) -> Transaction:
        return self._send("setEndpoint", endpoint)

    def register_agent(self) -> tuple[AssetId, Transaction]:
        done = self._send("registerAgent")
        return AssetId(done.event("AgentRegistered").values["agentId"]), done

    def register_terms(self, terms: Terms) -> tuple[Hash, Transaction]:
        done = self._send("registerTerms", _terms_tuple(terms))
        return Hash(done.event("TermsRegistered").values["termsId"]), done

    def retire_terms(self, terms_id: Hash) -> Transaction:
        return self._send("retireTerms", terms_id)

    def model(self, model_id: AssetId) -> RegisteredModel:
        found = self._call("model", model_id)
        if found["registeredAt"] == 0:
            raise NotFound(f"No model {model_id.hex()} is registered.", "Check the id and the chain.")
        return RegisteredModel(
            asset_id=model_id,
            owner=self.owner_of(model_id),
            base_id=AssetId(found["baseId"]),
            digest=Hash(found["digest"]),
            content_digest=Hash(found["cidDigest"]),
            manifest_root=Hash(found["manifestRoot"]),
            manifest_count=found["manifestCount"],
            depth=found["depth"],
            gate=found["gate"],
            registered_at=found["registeredAt"],
            evidence_digest=Hash(found["evidenceDigest"]),
        )

    def ancestors_of(self, model_id: AssetId) -> tuple[AssetId, ...]:
        """Base first."""
        return tuple(AssetId(a) for a in self._call("ancestorsOf", model_id))

    def operator_asset_of(self, operator: Address) -> AssetId:
        return AssetId(self._call("operatorAssetOf", operator))

    def endpoint_of(self, operator_asset: AssetId) -> str:
        return str(self._call("endpointOf", operator_asset))

    def terms(self, terms_id: Hash) -> Terms:
        found = self._call("terms", terms_id)
        if int(found["operator"], 16) == 0:
            raise NotFound(f"No terms {terms_id.hex()} are registered.", "Ask the operator for its offer.")
        return Terms(
            operator=Address(found["operator"]),
            operator_asset=AssetId(found["operatorAsset"]),
            model_id=AssetId(found["modelId"]),
            manifest_root=Hash(found["manifestRoot"]),
            index_root=Hash(found["indexRoot"]),
            price_in=found["priceIn"],
            price_out=found["priceOut"],
            pots=tuple(found["pots"]),
        )

    def terms_retired_at(self, terms_id: Hash) -> int:
        return int(self._call("termsRetiredAt", terms_id))

    def manifest_registered_at(self, root: Hash) -> int:
        return int(self._call("manifestRegisteredAt", root))

    def index_registered_at(self, root: Hash) -> int:
        return int(self._call("indexRegisteredAt", root))


def _asset_or_none(found: bytes) -> AssetId | None:
    return AssetId(found) if any(found) else None


def _record_proof(record: DuplicateRecord) -> tuple[object, ...]:
    return (record.asset_id, record.index, record.salt, list(record.siblings), list(record.sums))


def _terms_tuple(t: Terms) -> tuple[object, ...]:
    prices = (t.price_in, t.price_out)
    return (t.operator, t.operator_asset, t.model_id, t.manifest_root, t.index_root, *prices, list(t.pots))
