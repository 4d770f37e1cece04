"""Registers what was trained: base, manifest, retrieval index, adapter with its card, operator and terms."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tallystick.app.models.train import TrainedAdapter
from tallystick.commitments.leaves import asset_id
from tallystick.commitments.sealing import is_sealed
from tallystick.domain.attribution import IndexFacts
from tallystick.domain.dataset import Dataset, ManifestEntry
from tallystick.domain.gate import PPM, Verdict, line_of, ppm_of
from tallystick.domain.ids import AssetId, Hash, Kind
from tallystick.domain.trees import entry_tree
from tallystick.domain.usage import Terms
from tallystick.errors import Conflict, InvalidInput, NodeError
from tallystick.pipeline.models.card import INDEX_FILE, ModelCard, write_card
from tallystick.pipeline.registration.content_id import entries_of
from tallystick.ports import Chain, ContentStore, Signer


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """A model on the chain, with the terms it is served under."""

    model_id: AssetId
    base_id: AssetId
    card_digest: Hash
    terms: Terms
    terms_id: Hash
    manifest: tuple[ManifestEntry, ...]
    index: tuple[ManifestEntry, ...]


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """A model on the chain that no line serves yet."""

    model_id: AssetId
    base_id: AssetId
    card_digest: Hash
    manifest: tuple[ManifestEntry, ...]
    index: tuple[ManifestEntry, ...]


def publish_model(
    chain: Chain,
    content: ContentStore,
    operator: Signer,
    trained: TrainedAdapter,
    *,
    name: str,
    training: Sequence[Dataset],
    retrieval: Sequence[Dataset],
    prices: tuple[int, int],
    endpoint: str,
    sealed: Hash,
    attribution: IndexFacts | None,
    parents: Sequence[AssetId] = (),
    index_file: Path | None = None,
) -> PublishedModel:
    """Everything that a receipt will name, registered before the first answer. `parents` share in its lineage pot.

    `sealed` is the id of the operator's evaluation, which was committed before the training. The verdict is that of the
    training's own judgement against the base.
    """
    sets = {"training": training, "retrieval": retrieval}
    made = register_model(
        chain,
        content,
        operator,
        trained,
        name=name,
        sealed=sealed,
        attribution=attribution,
        parents=parents,
        index_file=index_file,
        **sets,
    )
    _put_to_serve(
        chain, trained, name, Verdict(made.model_id, made.base_id, made.card_digest, *_gains(trained))
    )
    terms, terms_id = offer(chain, operator, made, prices, endpoint)
    return PublishedModel(
        made.model_id, made.base_id, made.card_digest, terms, terms_id, made.manifest, made.index
    )


def register_model(
    chain: Chain,
    content: ContentStore,
    operator: Signer,
    trained: TrainedAdapter,
    *,
    name: str,
    training: Sequence[Dataset],
    retrieval: Sequence[Dataset],
    sealed: Hash,
    attribution: IndexFacts | None,
    parents: Sequence[AssetId] = (),
    index_file: Path | None = None,
) -> RegisteredModel:
    """Base, manifest, index, card and adapter. It is offered once a verdict passed it.

    `attribution` is what `indexing.make_index` made; without it nobody could tell who earned an answer. Its file is
    pinned with the card.
    """
    committed = _checked_index(attribution, trained)
    base_id = _base_of(chain, operator, trained.base_digest, parents)
    manifest, index = entries_of(training), entries_of(retrieval)
    manifest_root, index_root = entry_tree(manifest).root, entry_tree(index).root
    chain.models.register_manifest(Hash(manifest_root.hash), manifest_root.sum, manifest_root.count)
    chain.models.register_index(Hash(index_root.hash), index_root.sum, index_root.count)
    run = {
        **trained.run,
        "left_out": _left_out(chain, (*training, *retrieval)),
        **_pinned(chain, content, training, index_file),
    }
    card = _card(content, replace(trained, run=run), name, base_id, manifest, index, committed)
    card_digest = content.add(write_card(card))
    model_id, _ = chain.models.register_adapter(
        base_id,
        parents,
        digest=trained.digest,
        content_digest=card_digest,
        manifest_root=Hash(manifest_root.hash),
        manifest_count=manifest_root.count,
        evaluation_id=sealed,
    )
    return RegisteredModel(model_id, base_id, card_digest, manifest, index)


def offer(
    chain: Chain, operator: Signer, made: RegisteredModel, prices: tuple[int, int], endpoint: str
) -> tuple[Terms, Hash]:
    """Terms of a model that serves; base units of OPEN a thousand tokens in and out."""
    terms = Terms(
        operator=operator.address,
        operator_asset=operator_asset(chain, operator, endpoint),
        model_id=made.model_id,
        manifest_root=Hash(entry_tree(made.manifest).root.hash),
        index_root=Hash(entry_tree(made.index).root.hash),
        price_in=prices[0],
        price_out=prices[1],
    )
    terms_id, _ = chain.models.register_terms(terms)
    return terms, terms_id


def _checked_index(attribution: IndexFacts | None, trained: TrainedAdapter) -> IndexFacts:
    hint = "Build it with this adapter: registering by `tallystick model register` or `promote` does."
    if attribution is None:
        raise InvalidInput("A model without an attribution index cannot be registered.", hint)
    if attribution.features_of != trained.digest or not attribution.rows:
        raise InvalidInput("The attribution index is empty, or is of another adapter.", hint)
    return attribution


def _put_to_serve(chain: Chain, trained: TrainedAdapter, name: str, verdict: Verdict) -> None:
    margin = chain.models.gate_margin()
    chain.models.report_verdict(verdict)
    if verdict.low_gain < -margin:
        raise Conflict(
            f"The adapter answers worse than its base: its gain in ROUGE-L may be {trained.bound:+.4f}, which"
            f" is below {-margin / PPM:+.4f}. It is refused for good.",
            "Train another, with more data to judge on or a lower learning rate.",
        )
    chain.models.promote(line_of(name), verdict.model_id)


def _gains(trained: TrainedAdapter) -> tuple[int, int, int]:
    """Mean and lower end in ppm, and of how many questions."""
    low = ppm_of(trained.bound)
    mean = max(ppm_of(trained.after.rouge_l - trained.before.rouge_l), low)
    return mean, low, trained.questions


def _card(
    content: ContentStore,
    trained: TrainedAdapter,
    name: str,
    base_id: AssetId,
    manifest: tuple[ManifestEntry, ...],
    index: tuple[ManifestEntry, ...],
    attribution: IndexFacts,
) -> ModelCard:
    """The card, with the adapter's files pinned. It says which records the adapter never saw, so that anyone can
    build the index again."""
    return ModelCard(
        name=name,
        base_id=base_id,
        base_digest=trained.base_digest,
        digest=trained.digest,
        files={path.name: content.add_file(path) for path in sorted(trained.folder.iterdir())},
        manifest=manifest,
        attribution=attribution,
        index=index,
        run=trained.run,
        evaluation=evaluation_of(trained),
    )


def _pinned(
    chain: Chain, content: ContentStore, training: Sequence[Dataset], file: Path | None
) -> dict[str, str]:
    """The index, for whoever audits shares. Rows tell something of their records: with a private one none is pinned."""
    manifests = (chain.datasets.dataset(d.asset_id).manifest_digest for d in training)
    if file is None or any(is_sealed(content.get(digest)) for digest in manifests):
        return {}
    return {INDEX_FILE: f"0x{content.add_file(file).hex()}"}


def _left_out(chain: Chain, used: Sequence[Dataset]) -> dict[str, list[int]]:
    """Records of each registered data set (hex) that are not used: sealed ones and those in quarantine."""
    counted = ((d, chain.datasets.dataset(d.asset_id).count) for d in used)
    found = {d.asset_id.hex(): sorted(set(range(n)) - {r.index for r in d.records}) for d, n in counted}
    return {asset: records for asset, records in found.items() if records}


def operator_asset(chain: Chain, operator: Signer, endpoint: str) -> AssetId:
    """The operator's own asset, registered on first use."""
    known = chain.models.operator_asset_of(operator.address)
    if int(chain.models.payout_of(known), 16):
        return known
    made, _ = chain.models.register_operator(endpoint)
    return made


def evaluation_of(trained: TrainedAdapter) -> dict[str, object]:
    """Scores as text, so that the card stays canonical."""
    before, after = asdict(trained.before), asdict(trained.after)
    return {
        "measure": "ROUGE-L F on questions sealed before training, greedy; 95 % paired bootstrap of the gain",
        "questions": trained.questions,
        "before": {k: f"{v:.4f}" for k, v in before.items()},
        "after": {k: f"{v:.4f}" for k, v in after.items()},
        "gain_interval": [f"{v:.4f}" for v in trained.interval],
    }


def _base_of(chain: Chain, operator: Signer, digest: Hash, parents: Sequence[AssetId]) -> AssetId:
    """The base that all parents stand on, which must be the adapter's; without parents the operator's own."""
    if not parents:
        return _base(chain, operator, digest)
    bases = {chain.models.model(parent).base_id for parent in parents}
    for parent in parents:
        if chain.models.lineage_flagged_at(parent):
            raise Conflict(
                f"The parent 0x{parent.hex()} is flagged: data of its training was withdrawn.",
                "Choose another; `tallystick model show` says why.",
            )
    base_id = bases.pop()
    if bases or chain.models.model(base_id).digest != digest:
        raise InvalidInput(
            "The parents do not all stand on the base model that this adapter was trained on.",
            "Name parents of the same base.",
        )
    return base_id


def _base(chain: Chain, operator: Signer, digest: Hash) -> AssetId:
    """The base model as this operator knows it; registered on first use. Its share of the lineage pot is null."""
    known = AssetId(asset_id(chain.chain_id, chain.models.address, operator.address, Kind.MODEL, digest))
    if _is_registered(chain, known):
        return known
    made, _ = chain.models.register_base(digest, digest)
    return made


def _is_registered(chain: Chain, model_id: AssetId) -> bool:
    try:
        return chain.models.model(model_id).registered_at > 0
    except NodeError:
        return False
