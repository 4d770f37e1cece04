"""Steps 3 and 4 of the demo: everyone registers; the node trains, judges and registers the model."""

from dataclasses import dataclass

from tallystick.app.datasets.register import RegisteredData, Registrar, licence_id
from tallystick.app.demo.cast import Cast
from tallystick.app.demo.narrator import Narrator
from tallystick.app.demo.stage import Stage
from tallystick.app.models.attribution.indexing import Learnt, make_index
from tallystick.app.models.publish import PublishedModel, publish_model
from tallystick.app.models.sealing import seal
from tallystick.app.models.train import TrainedAdapter, train_adapter
from tallystick.domain.attribution import IndexFacts
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import Hash

LICENCE = "CC-BY-4.0"
PRICES = (2_000_000, 8_000_000)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is registered, by person, in chain order."""

    registered: tuple[tuple[str, RegisteredData], ...]

    @property
    def training(self) -> tuple[Dataset, ...]:
        return tuple(r.dataset for _, r in self.registered if not r.dataset.is_retrieval)

    @property
    def retrieval(self) -> tuple[Dataset, ...]:
        return tuple(r.dataset for _, r in self.registered if r.dataset.is_retrieval)

    def owner_of(self, asset_id: bytes) -> str | None:
        return next((who for who, r in self.registered if r.dataset.asset_id == asset_id), None)


def register_all(stage: Stage, cast: Cast, tell: Narrator) -> Catalogue:
    """Each person pins, commits, waits and reveals."""
    registered = []
    for name, contribution in cast.contributions:
        actor = stage.actor(name)
        registrar = Registrar(actor.chain, stage.content, actor.signer, stage.domain, stage.mine)
        done = registrar.register(contribution, name=name, licence=licence_id(LICENCE))
        kind = "documents" if done.dataset.is_retrieval else "training records"
        tell.say(
            f"{name:8} {len(done.dataset.records):4} {kind:16} root 0x{done.dataset.root.hex()[:12]}"
            f" bond {done.bond / 1e6:.3f} OPEN, order {done.dataset.order}"
            + ("  (a copy, one record in ten reworded)" if name == cast.copier else "")
        )
        registered.append((name, done))
    return Catalogue(tuple(registered))


def seal_questions(stage: Stage, cast: Cast, tell: Narrator) -> dict[str, Hash]:
    """Both operators commit to what they will judge by, before anything is trained; their evaluations' ids."""
    sealed = {who: seal(stage.actor(who).chain, cast.sealed).evaluation_id for who in ("nora", "carl")}
    tell.say(f"{len(cast.sealed)} questions were sealed on the chain before training; {cast.note}")
    return sealed


def train_model(stage: Stage, cast: Cast, catalogue: Catalogue, tell: Narrator) -> TrainedAdapter:
    """QLoRA on the registered training sets, scored before and after on the sealed questions."""
    with tell.bar("QLoRA") as bar:
        trained = train_adapter(
            stage.base,
            stage.folder / "adapter",
            catalogue.training,
            cast.sealed,
            threads=stage.threads,
            progress=bar.advance_to,
        )
    tell.say(
        f"NF4 with double quantisation, {trained.run['examples']} examples, loss {trained.run['first_loss']} ->"
        f" {trained.run['last_loss']} in {trained.seconds:.0f} s"
    )
    tell.say(
        f"ROUGE-L {trained.before.rouge_l:.3f} -> {trained.after.rouge_l:.3f} (gain in"
        f" [{trained.interval[0]:+.3f}, {trained.interval[1]:+.3f}], 95 % paired bootstrap);"
        f" exact facts {trained.before.exact_facts:.0%} -> {trained.after.exact_facts:.0%}"
    )
    return trained


def register_model(
    stage: Stage, catalogue: Catalogue, trained: TrainedAdapter, operator: str, sealed: Hash, tell: Narrator
) -> tuple[PublishedModel, IndexFacts]:
    """Base, manifest, index, adapter, verdict and terms under an operator's name."""
    actor = stage.actor(operator)
    learnt = learnt_of(stage, catalogue, trained)
    with tell.bar("indexing training records") as bar:
        attribution = make_index(learnt, bar.advance_to)
    model = publish_model(
        actor.chain,
        stage.content,
        actor.signer,
        trained,
        name=f"estuary-{operator}",
        training=catalogue.training,
        retrieval=catalogue.retrieval,
        prices=PRICES,
        endpoint="http://127.0.0.1",
        sealed=sealed,
        attribution=attribution,
        index_file=learnt.file,
    )
    tell.say(
        f"adapter 0x{trained.digest.hex()[:12]} pinned; model 0x{model.model_id.hex()[:12]} registered by {operator},"
        " passed its gate"
    )
    tell.say(
        f"{attribution.rows} records indexed in {attribution.row_bytes} bytes each, root 0x{attribution.root.hex()[:12]}"
    )
    return model, attribution


def learnt_of(stage: Stage, catalogue: Catalogue, trained: TrainedAdapter) -> Learnt:
    """What the demo's index is made from."""
    return Learnt(stage.base, trained.folder, stage.embedder, catalogue.training, stage.threads)
