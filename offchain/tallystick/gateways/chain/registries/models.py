"""The registry of models, operators and terms: one method a contract call."""

from collections.abc import Sequence

from tallystick.commitments.sum_tree import Path
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.gate import Gate
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.usage import Terms
from tallystick.errors import NotFound
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.registries.gates import ModelGates
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.ports import RegisteredModel, Transaction


class ModelRegistry(ModelGates):
    """Satisfies `ports.ModelRegistry`. `since` is the block of its deployment."""

    _HISTORY = (
        "BaseRegistered",
        "AdapterRegistered",
        "OperatorRegistered",
        "EndpointSet",
        *ModelGates._HISTORY,
    )

    def __init__(self, contract: Contract, sender: Sender | None, *, since: int = 0) -> None:
        super().__init__(contract, sender)
        self._since = since

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
        evaluation_id: Hash,
    ) -> tuple[AssetId, Transaction]:
        done = self._send(
            "registerAdapter",
            base_id,
            list(parents),
            digest,
            content_digest,
            manifest_root,
            manifest_count,
            evaluation_id,
        )
        return AssetId(done.event("AdapterRegistered").values["modelId"]), done

    def register_manifest(self, root: Hash, weight_sum: int, count: int) -> Transaction:
        return self._send("registerManifest", root, weight_sum, count)

    def register_index(self, root: Hash, record_sum: int, count: int) -> Transaction:
        return self._send("registerIndex", root, record_sum, count)

    def register_operator(self, endpoint: str) -> tuple[AssetId, Transaction]:
        done = self._send("registerOperator", endpoint)
        return AssetId(done.event("OperatorRegistered").values["operatorAsset"]), done

    def set_endpoint(self, endpoint: str) -> Transaction:
        return self._send("setEndpoint", endpoint)

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
            gate=Gate(found["gate"]),
            registered_at=found["registeredAt"],
            evaluation_id=Hash(found["evaluationId"]),
            flagged_at=found["flaggedAt"],
        )

    def lineage_shares(self, model_id: AssetId) -> tuple[tuple[AssetId, int], ...]:
        """The model and those of its ancestors that earn, each with its part of the lineage pot in ppm."""
        models = (model_id, *self.ancestors_of(model_id))
        shares = ((m, int(self._call("lineageShareOf", model_id, m))) for m in models)
        return tuple((m, ppm) for m, ppm in shares if ppm > 0)

    def lineage_flagged_at(self, model_id: AssetId) -> int:
        """When it or an ancestor was first flagged; 0 for never."""
        return int(self._call("lineageFlaggedAt", model_id))

    def flag_model(self, model_id: AssetId, entry: ManifestEntry, path: Path, index: int) -> Transaction:
        """Show that a data set which was withdrawn or retired stands in the model's manifest."""
        leaf = (False, entry.dataset_id, entry.root, entry.weight, path.packed)
        return self._send("flagModel", model_id, leaf, index)

    def offers(self, model_id: AssetId, last: int) -> tuple[tuple[Hash, Terms], ...]:
        """Terms on a model that were registered until this block and are not retired."""
        events = self._events("TermsRegistered", self._since, last, modelId=model_id)
        found = (Hash(e.values["termsId"]) for e in events)
        return tuple((t, self.terms(t)) for t in found if not self.terms_retired_at(t))

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


def _terms_tuple(t: Terms) -> tuple[object, ...]:
    prices = (t.price_in, t.price_out)
    return (t.operator, t.operator_asset, t.model_id, t.manifest_root, t.index_root, *prices, list(t.pots))
