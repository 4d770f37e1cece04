"""Models by name on this node: train, look up, register, open for serving."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tallystick.app.answering.kitchen import Kitchen
from tallystick.app.datasets.consent import LastingConsent
from tallystick.app.datasets.reading import DatasetReader
from tallystick.app.models.attribution.indexing import Learnt, fetch_index, make_index
from tallystick.app.models.calibration.making import calibrated_run
from tallystick.app.models.jobs.job import Crew
from tallystick.app.models.jobs.training import TrainingDesk
from tallystick.app.models.material import sealed_of, used_of
from tallystick.app.models.publish import RegisteredModel, offer, publish_model, register_model
from tallystick.app.models.sealing import Score, SealedQuestion
from tallystick.app.models.serve import Menu, Progress, check_servable, open_kitchen
from tallystick.app.models.serving.bases import Bases
from tallystick.app.models.train import ALONE, TrainedAdapter, training_bodies
from tallystick.app.results import Offer
from tallystick.app.workbook import Workbook
from tallystick.config import Config
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId, Hash, Purpose
from tallystick.errors import IntegrityViolation, NotFound
from tallystick.pipeline.inference.retrieval.vectors import EmbeddedIndex, MakeIndex
from tallystick.pipeline.models.card import ModelCard, read_card
from tallystick.pipeline.models.weight_format import weight_format
from tallystick.pipeline.registration.content_id import entries_of
from tallystick.ports import Chain, Signer

CheckConsent = Callable[[], None]


@dataclass(frozen=True, slots=True)
class BaseModel:
    folder: Path
    digest: Hash


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """An adapter with its scores on the questions that were sealed before training.

    `quarantined` records were not used; the run directory of `job` has the reasons.
    """

    name: str
    digest: Hash
    questions: int
    before: Score
    after: Score
    interval: tuple[float, float]
    seconds: float
    curve: tuple[tuple[float, float], ...]
    quarantined: int
    quarantine_reasons: dict[str, int]
    job: int


@dataclass(frozen=True, slots=True)
class RegisteredAdapter:
    name: str
    model_id: AssetId
    terms_id: Hash
    card: Hash
    notice: str = ""


def prepare(destination: Path) -> BaseModel:
    """Convert the packaged base model once."""
    from tallystick.pipeline.models.foundation import digest_of, prepare_base

    folder = prepare_base(destination)
    return BaseModel(folder, Hash(digest_of(folder)))


@dataclass(frozen=True, slots=True)
class Workshop:
    """What this node made, kept by name in its workbook; data sets come from the chain, verified."""

    config: Config
    book: Workbook
    reading: DatasetReader
    vectors: MakeIndex = EmbeddedIndex

    @property
    def chain(self) -> Chain:
        return self.reading.chain

    def training(self, acting: Chain) -> TrainingDesk:
        """`acting`'s key becomes the judge of what is trained."""
        return TrainingDesk(self.config, self.book, self.reading, acting)

    def train(
        self,
        names: Sequence[str],
        recipe: str,
        name: str,
        acting: Chain,
        progress: Progress,
        rules: Path | None = None,
        crew: Crew = ALONE,
    ) -> TrainedModel:
        """A job ordered and done at once. Questions are sealed for judging; document sets become the retrieval index."""
        desk = self.training(acting)
        run = desk.order(names, recipe, name, rules, crew)
        desk.work_on(run, lambda done, total, note: progress(done, total))
        return self.evaluation(name)

    def bodies(self, names: Sequence[str]) -> list[dict[str, str]]:
        """What a training on these data sets would learn at most, before care and sealing."""
        datasets = [self.reading.for_use(self.book.dataset_id(n), Purpose.TRAIN) for n in names]
        return training_bodies(datasets)

    def resume(self, name: str, acting: Chain, progress: Progress) -> TrainedModel:
        """Go on with a job (its number, or its model's name) that was stopped, failed or was interrupted."""
        done = self.training(acting).resume(name, lambda step, steps, note: progress(step, steps))
        return self.evaluation(done.order.name)

    def evaluation(self, name: str) -> TrainedModel:
        """The scores that were taken when the adapter was trained."""
        done, facts = self._trained(name), self.book.model(name)
        return TrainedModel(
            name,
            done.digest,
            done.questions,
            done.before,
            done.after,
            done.interval,
            done.seconds,
            done.curve,
            facts["quarantined"],
            facts["run"].get("quarantined", {}),
            facts["job"],
        )

    def register(
        self, name: str, acting: Chain, signer: Signer, parents: Sequence[str] = ()
    ) -> RegisteredAdapter:
        """Judged by what the training sealed, against its base, and offered in a line of its own name."""
        trained, indexed = self._indexed(name)
        made = publish_model(
            acting,
            self.reading.content,
            signer,
            trained,
            name=name,
            prices=self._prices,
            endpoint=self._endpoint,
            sealed=self.book.evaluation_id(name),
            parents=[self.book.model_id(parent) for parent in parents],
            **indexed,
        )
        self.book.note_model(name, {"model_id": made.model_id.hex(), "terms_id": made.terms_id.hex()})
        self.book.note_serving(name)
        return RegisteredAdapter(name, made.model_id, made.terms_id, made.card_digest)

    def register_unjudged(
        self, name: str, acting: Chain, signer: Signer, parents: Sequence[str], sealed: Hash
    ) -> AssetId:
        """On the chain, to be judged by the evaluation `sealed`; nothing serves it yet."""
        trained, indexed = self._indexed(name)
        made = register_model(
            acting,
            self.reading.content,
            signer,
            trained,
            name=name,
            sealed=sealed,
            parents=[self.book.model_id(parent) for parent in parents],
            **indexed,
        )
        self.book.note_model(name, {"model_id": made.model_id.hex()})
        return made.model_id

    def _servable(self, name: str) -> tuple[TrainedAdapter, tuple[Dataset, ...], tuple[Dataset, ...]]:
        """A trained adapter that could be served, with its training and its retrieval sets."""
        trained = self._trained(name)
        check_servable(trained.folder, has_template=trained.run["chat_template"])
        return trained, *self._sets(name)

    def _indexed(self, name: str) -> tuple[TrainedAdapter, dict[str, Any]]:
        """As `_servable`, with what attribution needs made, as `register_model` asks for it; the calibration's digest is
        in the card's `run`."""
        trained, training, retrieval = self._servable(name)
        learnt = self._learnt(trained, training)
        told = {"attribution": make_index(learnt), "index_file": learnt.file}
        run = calibrated_run(
            trained.run, learnt, self.config.calibration_seconds, self.reading.content.add_file
        )
        return replace(trained, run=run), {"training": training, "retrieval": retrieval, **told}

    def _learnt(self, trained: TrainedAdapter, training: tuple[Dataset, ...]) -> Learnt:
        form = weight_format(trained.run["quantisation"])
        folders = (self.config.model, trained.folder, self.config.embedder)
        return Learnt(*folders, training, self.config.threads, form)

    def _card(self, model_id: AssetId) -> ModelCard:
        return read_card(self.reading.content.get(self.chain.models.model(model_id).content_digest))

    def offer(self, name: str, acting: Chain, signer: Signer) -> Hash:
        """Register the terms of a model that serves; their id. From now on this node serves it."""
        training, retrieval = self._sets(name)
        model = acting.models.model(self.book.model_id(name))
        manifest, index = entries_of(training), entries_of(retrieval)
        made = RegisteredModel(model.asset_id, model.base_id, model.content_digest, manifest, index)
        _, terms_id = offer(acting, signer, made, self._prices, self._endpoint)
        self.book.note_model(name, {"terms_id": terms_id.hex()})
        self.book.note_serving(name)
        return terms_id

    @property
    def _prices(self) -> tuple[int, int]:
        return self.config.prices.tokens_in, self.config.prices.tokens_out

    @property
    def _endpoint(self) -> str:
        return f"http://{self.config.api_host}:{self.config.api_port}"

    def open(
        self, name: str, max_tokens: int, progress: Progress, bases: Bases | None = None
    ) -> tuple[Offer, Kitchen, CheckConsent]:
        """Load a registered model for serving; the check raises once an owner has taken the consent to it back."""
        facts = self.book.model(name)
        if "terms_id" not in facts:
            raise NotFound(f"The model {name!r} is not offered.", f"Run `tallystick model promote {name}`.")
        trained = self._trained(name)
        training, retrieval = self._sets(name, served_at=self.chain.now())
        terms_id = Hash(bytes.fromhex(facts["terms_id"]))
        terms, domain = self.chain.models.terms(terms_id), self.reading.domain
        offer = Offer(name, terms, terms_id, domain.chain_id, domain.escrow, max_tokens)
        card = self._card(terms.model_id)
        uses = [*((d, Purpose.SERVE) for d in training), *((d, Purpose.RETRIEVE) for d in retrieval)]
        check = LastingConsent(self.chain, self.reading.reader.address, uses)
        learnt = self._learnt(trained, training)
        fetch_index(learnt, card.run, self.reading.content.get_file)
        menu = Menu(
            learnt=learnt,
            committed=card.attribution,
            retrieval=retrieval,
            barred=check.barred,
            lineage=self.chain.models.lineage_shares(terms.model_id),
            calibration=card.run.get("calibration"),
        )
        return offer, open_kitchen(menu, progress, bases, self.vectors), check

    def parts(
        self, name: str, served_at: int | None = None
    ) -> tuple[tuple[Dataset, ...], tuple[SealedQuestion, ...], tuple[Dataset, ...]]:
        """A model's training records, the questions sealed when it was trained, and its documents."""
        facts = self.book.model(name)
        ids = [AssetId(bytes.fromhex(i)) for i in facts["datasets"]]
        found = [self.reading.for_use(i, Purpose.SERVE, served_at=served_at) for i in ids]
        open_to = used_of(found, facts["withheld"])
        _, sealed = sealed_of([d for d in open_to if not d.is_retrieval])
        used = used_of(found, facts["left_out"])
        return (
            tuple(d for d in used if not d.is_retrieval),
            sealed,
            tuple(d for d in used if d.is_retrieval),
        )

    # Sealed and quarantined records are in neither manifest nor attribution: the adapter never saw them.
    def _sets(
        self, name: str, served_at: int | None = None
    ) -> tuple[tuple[Dataset, ...], tuple[Dataset, ...]]:
        training, _, retrieval = self.parts(name, served_at)
        return training, retrieval

    def _trained(self, name: str) -> TrainedAdapter:
        """From the workbook, its files verified against their digest."""
        from tallystick.pipeline.models.adapter import adapter_digest

        facts: dict[str, Any] = self.book.model(name)
        folder, digest = self.book.adapter_folder(name), Hash(bytes.fromhex(facts["digest"]))
        if not folder.is_dir() or adapter_digest(folder) != digest:
            raise IntegrityViolation(
                f"The adapter of {name!r} in {folder} is missing or not what was trained.",
                f"Train it again: `tallystick job show {facts['job']}` has the command.",
            )
        return TrainedAdapter(
            folder=folder,
            digest=digest,
            base_digest=Hash(bytes.fromhex(facts["base_digest"])),
            run=json.loads(json.dumps(facts["run"])),
            questions=facts["questions"],
            before=Score(**facts["before"]),
            after=Score(**facts["after"]),
            interval=(facts["interval"][0], facts["interval"][1]),
            bound=facts["bound"],
            seconds=facts["seconds"],
            curve=tuple((p[0], p[1]) for p in facts.get("curve", ())),
        )
