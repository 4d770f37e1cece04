"""Models by name on this node: train, look up, register, open for serving."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tallystick.app.answer import Kitchen
from tallystick.app.datasets.consent import LastingConsent
from tallystick.app.datasets.reading import DatasetReader
from tallystick.app.models.publish import publish_model
from tallystick.app.models.sealing import seal
from tallystick.app.models.serve import Menu, Progress, open_kitchen
from tallystick.app.models.train import Score, SealedQuestion, TrainedAdapter, train_adapter
from tallystick.app.results import Offer
from tallystick.app.workbook import Workbook
from tallystick.config import Config
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId, Hash, Purpose
from tallystick.errors import InvalidInput, NotFound
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
    name: str
    model_id: AssetId
    terms_id: Hash
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
        kept, sealed = _seal([d for d in datasets if not d.is_retrieval])
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
        self.book.note_model(name, facts)
        return _shown(name, done)

    def evaluation(self, name: str) -> TrainedModel:
        """The scores that were taken when the adapter was trained."""
        return _shown(name, self._trained(name))

    def register(
        self, name: str, acting: Chain, signer: Signer, parents: Sequence[str] = ()
    ) -> RegisteredAdapter:
        """`parents` are names or ids of models."""
        trained = self._trained(name)
        training, retrieval = self._sets(name)
        prices = (self.config.prices.tokens_in, self.config.prices.tokens_out)
        endpoint = f"http://{self.config.api_host}:{self.config.api_port}"
        made = publish_model(
            acting,
            self.reading.content,
            signer,
            trained,
            name=name,
            training=training,
            retrieval=retrieval,
            prices=prices,
            endpoint=endpoint,
            sealed=self.book.evaluation_id(name),
            parents=[self.book.model_id(parent) for parent in parents],
        )
        self.book.note_model(name, {"model_id": made.model_id.hex(), "terms_id": made.terms_id.hex()})
        self.book.note_serving(name)
        return RegisteredAdapter(name, made.model_id, made.terms_id, made.card_digest)

    def open(self, name: str, max_tokens: int, progress: Progress) -> tuple[Offer, Kitchen, CheckConsent]:
        """Load a registered model for serving; the check raises once an owner has taken the consent to it back."""
        facts = self.book.model(name)
        if "terms_id" not in facts:
            raise NotFound(
                f"The model {name!r} is not registered.", f"Run `tallystick model register {name}`."
            )
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

    # Sealed records are in neither manifest nor attribution: the adapter never saw them.
    def _sets(
        self, name: str, served_at: int | None = None
    ) -> tuple[tuple[Dataset, ...], tuple[Dataset, ...]]:
        ids = [AssetId(bytes.fromhex(i)) for i in self.book.model(name)["datasets"]]
        found = [self.reading.for_use(i, Purpose.SERVE, served_at=served_at) for i in ids]
        kept, _ = _seal([d for d in found if not d.is_retrieval])
        return tuple(kept), tuple(d for d in found if d.is_retrieval)

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
