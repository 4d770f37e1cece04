"""Models by name on this node: train, look up, register, open for serving."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tallystick.app.answer import Kitchen
from tallystick.app.datasets.consent import LastingConsent
from tallystick.app.datasets.reading import DatasetReader
from tallystick.app.models.evaluation_sets import EvaluationSets
from tallystick.app.models.publish import RegisteredModel, offer, register_model
from tallystick.app.models.sealing import seal
from tallystick.app.models.serve import Menu, Progress, open_kitchen
from tallystick.app.models.train import Score, SealedQuestion, TrainedAdapter, train_adapter
from tallystick.app.results import Offer
from tallystick.app.workbook import Workbook
from tallystick.config import Config
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId, Hash, Purpose
from tallystick.errors import InvalidInput, NotFound
from tallystick.pipeline.registration.content_id import entries_of
from tallystick.ports import Chain, Signer

SEAL_EVERY = 10
CheckConsent = Callable[[], None]


@dataclass(frozen=True, slots=True)
class BaseModel:
    folder: Path
    digest: Hash


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """An adapter with its scores on the questions that were sealed before training."""

    name: str
    digest: Hash
    questions: int
    before: Score
    after: Score
    interval: tuple[float, float]
    seconds: float


@dataclass(frozen=True, slots=True)
class RegisteredAdapter:
    """On the chain; `tallystick model promote` judges it and offers it."""

    name: str
    model_id: AssetId
    card: Hash


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

    @property
    def chain(self) -> Chain:
        return self.reading.chain

    def train(
        self, names: Sequence[str], recipe: str, name: str, acting: Chain, progress: Progress
    ) -> TrainedModel:
        """Every tenth question is sealed before training, for judging, and committed to on the chain; so `acting`'s key
        becomes the model's judge. Document sets become the retrieval index.
        """
        datasets = [self.reading.for_use(self.book.dataset_id(n), Purpose.TRAIN) for n in names]
        sets = EvaluationSets(self.book.home)
        known = list(sets.names())
        open_to, _ = sets.without_sealed([d for d in datasets if not d.is_retrieval], known)
        kept, sealed = _seal(open_to)
        folder = self.book.adapter_folder(name)
        made = seal(acting, sealed)
        self.book.note_sealed(name, made.evaluation_id, made.salt)
        done = train_adapter(
            self.config.model,
            folder,
            kept,
            sealed,
            recipe=recipe,
            threads=self.config.threads,
            progress=lambda done, total, note: progress(done, total),
        )
        facts = {**asdict(done), "folder": str(folder), "digest": done.digest.hex()}
        facts |= {"base_digest": done.base_digest.hex(), "datasets": [d.asset_id.hex() for d in datasets]}
        facts["evaluation_sets"] = known
        self.book.note_model(name, facts)
        return _shown(name, done)

    def register(
        self,
        name: str,
        acting: Chain,
        signer: Signer,
        parents: Sequence[str] = (),
        *,
        sealed: Hash | None = None,
    ) -> RegisteredAdapter:
        """`parents` are names or ids of models; `sealed` the evaluation that it is judged by, by default its own."""
        training, retrieval = self._sets(name)
        made = register_model(
            acting,
            self.reading.content,
            signer,
            self._trained(name),
            name=name,
            training=training,
            retrieval=retrieval,
            sealed=sealed or self.book.evaluation_id(name),
            parents=[self.book.model_id(parent) for parent in parents],
        )
        self.book.note_model(name, {"model_id": made.model_id.hex(), "card": made.card_digest.hex()})
        return RegisteredAdapter(name, made.model_id, made.card_digest)

    def offer(self, name: str, acting: Chain, signer: Signer) -> Hash:
        """Register the terms of a model that serves; their id. From now on this node serves it."""
        training, retrieval = self._sets(name)
        model = acting.models.model(self.book.model_id(name))
        manifest, index = entries_of(training), entries_of(retrieval)
        made = RegisteredModel(model.asset_id, model.base_id, model.content_digest, manifest, index)
        prices = (self.config.prices.tokens_in, self.config.prices.tokens_out)
        endpoint = f"http://{self.config.api_host}:{self.config.api_port}"
        _, terms_id = offer(acting, signer, made, prices, endpoint)
        self.book.note_model(name, {"terms_id": terms_id.hex()})
        self.book.note_serving(name)
        return terms_id

    def open(self, name: str, max_tokens: int, progress: Progress) -> tuple[Offer, Kitchen, CheckConsent]:
        """Load a registered model for serving; the check raises once an owner has taken the consent to it back."""
        facts = self.book.model(name)
        if "terms_id" not in facts:
            raise NotFound(f"The model {name!r} is not offered.", f"Run `tallystick model promote {name}`.")
        training, retrieval = self._sets(name, served_at=self.chain.now())
        terms_id = Hash(bytes.fromhex(facts["terms_id"]))
        terms, domain = self.chain.models.terms(terms_id), self.reading.domain
        offer = Offer(name, terms, terms_id, domain.chain_id, domain.escrow, max_tokens)
        menu = Menu(
            base=self.config.model,
            adapter=self.book.adapter_folder(name),
            embedder=self.config.embedder,
            training=training,
            retrieval=retrieval,
            lineage=self.chain.models.lineage_shares(terms.model_id),
            threads=self.config.threads,
        )
        uses = [*((d, Purpose.SERVE) for d in training), *((d, Purpose.RETRIEVE) for d in retrieval)]
        return (
            offer,
            open_kitchen(menu, progress),
            LastingConsent(self.chain, self.reading.reader.address, uses),
        )

    def parts(
        self, name: str, served_at: int | None = None
    ) -> tuple[tuple[Dataset, ...], list[SealedQuestion], tuple[Dataset, ...]]:
        """A model's training records, the questions sealed when it was trained, and its documents."""
        facts = self.book.model(name)
        ids = [AssetId(bytes.fromhex(i)) for i in facts["datasets"]]
        found = [self.reading.for_use(i, Purpose.SERVE, served_at=served_at) for i in ids]
        known = facts.get("evaluation_sets", [])
        sets = EvaluationSets(self.book.home)
        open_to, _ = sets.without_sealed([d for d in found if not d.is_retrieval], known)
        kept, sealed = _seal(open_to)
        return tuple(kept), sealed, tuple(d for d in found if d.is_retrieval)

    # Sealed records are in neither manifest nor attribution: the adapter never saw them.
    def _sets(
        self, name: str, served_at: int | None = None
    ) -> tuple[tuple[Dataset, ...], tuple[Dataset, ...]]:
        kept, _, retrieval = self.parts(name, served_at)
        return kept, retrieval

    def _trained(self, name: str) -> TrainedAdapter:
        facts: dict[str, Any] = self.book.model(name)
        return TrainedAdapter(
            folder=self.book.adapter_folder(name),
            digest=Hash(bytes.fromhex(facts["digest"])),
            base_digest=Hash(bytes.fromhex(facts["base_digest"])),
            run=json.loads(json.dumps(facts["run"])),
            questions=facts["questions"],
            before=Score(**facts["before"]),
            after=Score(**facts["after"]),
            interval=(facts["interval"][0], facts["interval"][1]),
            seconds=facts["seconds"],
        )


def _seal(datasets: Sequence[Dataset]) -> tuple[list[Dataset], list[SealedQuestion]]:
    if not datasets:
        raise InvalidInput(
            "These data sets hold no questions to train on.", "Add a set with question and answer."
        )
    kept, sealed = [], []
    for dataset in datasets:
        away = [r for r in dataset.records if r.index % SEAL_EVERY == SEAL_EVERY - 1]
        sealed += [SealedQuestion(r.body["question"], r.body["answer"]) for r in away]
        kept.append(replace(dataset, records=tuple(r for r in dataset.records if r not in away)))
    return kept, sealed


def _shown(name: str, done: TrainedAdapter) -> TrainedModel:
    return TrainedModel(
        name, done.digest, done.questions, done.before, done.after, done.interval, done.seconds
    )
