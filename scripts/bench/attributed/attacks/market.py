"""The shipped path from data sets to shares, on the real model: clusters, index, attribution, integers.

The model's own work (features, log-probabilities) is remembered between scenarios, since an attack on a model
that stands changes which records are indexed, not the model. `trained` with the attackers' data in is the other
case.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench.attributed.attacks.corpus import Body
from bench.attributed.laboratory import THREADS
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId, Hash, Pot
from tallystick.domain.lexical import Bm25

MOST_TOKENS = 32
_WHOLE: dict[str, Any] = {"method": "lora", "layers": 4, "rank": 8, "alpha": 16, "epochs": 16, "minibatch": 8}
RECIPES: dict[str, dict[str, Any]] = {
    "smoke": {**_WHOLE, "layers": 3, "epochs": 6, "rewordings": 0},
    "full": {**_WHOLE, "rewordings": 2},
}


class Remembering:
    """A scorer that does nothing twice."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self._kept: dict[Any, Any] = {}

    def encode_prompt(self, messages: Any, context: Sequence[str]) -> list[int]:
        found: list[int] = self.engine.encode_prompt(messages, context)
        return found

    def logprob(
        self, prompts: Sequence[Sequence[int]], answer_ids: Sequence[int], *, adapter: bool = True
    ) -> list[float]:
        key = ("logprob", tuple(map(tuple, prompts)), tuple(answer_ids), adapter)
        if key not in self._kept:
            self._kept[key] = self.engine.logprob(prompts, answer_ids, adapter=adapter)
        found: list[float] = self._kept[key]
        return found

    def features(self, prompt_ids: Sequence[int], answer_ids: Sequence[int]) -> Any:
        key = ("features", tuple(prompt_ids), tuple(answer_ids))
        if key not in self._kept:
            self._kept[key] = self.engine.features(prompt_ids, answer_ids)
        return self._kept[key]


@dataclass
class Market:
    """One trained model with its questions' answers; pays whatever data sets are registered."""

    scorer: Remembering
    chat: Any
    encoder: Any
    questions: Sequence[str]
    answers: list[tuple[str, list[int]]] = field(default_factory=list)
    _rows: dict[str, Any] = field(default_factory=dict)

    def take(self, answers: Sequence[str]) -> None:
        """These for the model's answers, where it was hardly trained and would say something else."""
        self.answers += [(text, self.chat.answer_ids(text)) for text in answers]

    def answer_all(self) -> None:
        for question in self.questions:
            prompt = self.scorer.encode_prompt([{"role": "user", "content": question}], [])
            tokens = list(self.scorer.engine.generate(prompt, MOST_TOKENS))
            self.answers.append(("".join(t.text for t in tokens), [t.token_id for t in tokens]))

    def embedded(self, texts: Sequence[str]) -> Any:
        new = [t for t in dict.fromkeys(texts) if t not in self._rows]
        if new:
            self._rows.update(zip(new, self.encoder.embed(new), strict=True))
        return np.stack([self._rows[t] for t in texts])

    def paid(self, datasets: Sequence[Dataset]) -> tuple[list[dict[AssetId, int]], int]:
        """ppm of the training pot by asset, one dictionary a question; and how many records lead."""
        from tallystick.pipeline.attribution.attribute import Attributor

        index = self.index_of(datasets)
        attributor, found = Attributor(self.scorer, index, ()), []
        for question, (text, ids) in zip(self.questions, self.answers, strict=True):
            made = attributor.attribute([{"role": "user", "content": question}], (), ids, text)
            found.append({s.asset_id: s.ppm for s in made.shares if s.pot is Pot.TRAINING})
        return found, len(index.members)

    def index_of(self, datasets: Sequence[Dataset]) -> Any:
        """Of the leading records, as a node builds it."""
        from tallystick.pipeline.attribution.clusters.cluster import all_texts, cluster, in_order
        from tallystick.pipeline.attribution.indexing.build import Order, build_index

        members = cluster(datasets, self.embedded(all_texts(datasets)))
        bodies = [r.body for d in in_order(datasets) for r in d.records]
        leading = [(m, b) for i, (m, b) in enumerate(zip(members, bodies, strict=True)) if m.leads(i)]
        order = Order(
            members=[m for m, _ in leading],
            pairs=[self._pair(b) for _, b in leading],
            scorer=self.scorer,
            adapter=Hash(bytes(32)),
            manifest=Hash(b"\1" * 32),
            threads=THREADS,
        )
        with tempfile.TemporaryDirectory() as folder:
            return build_index(Path(folder) / "index", order)

    def naively_paid(self, datasets: Sequence[Dataset]) -> list[dict[AssetId, float]]:
        """In proportion to every record's BM25 score, copies and all: what clusters and order are there against."""
        owners = [d.asset_id for d in datasets for _ in d.records]
        bm25 = Bm25([r.text for d in datasets for r in d.records])
        found = []
        for question, (text, _) in zip(self.questions, self.answers, strict=True):
            scores, paid = bm25.scores(f"{question} {text}"), dict[AssetId, float]()
            for owner, score in zip(owners, scores, strict=True):
                paid[owner] = paid.get(owner, 0.0) + score / max(sum(scores), 1e-9)
            found.append(paid)
        return found

    def _pair(self, body: Body) -> tuple[list[int], list[int]]:
        prompt = self.chat.prompt_ids([{"role": "user", "content": body["question"]}])
        return prompt, self.chat.answer_ids(body["answer"])


def opened(
    base: Path, pairs: Sequence[tuple[str, str]], questions: Sequence[str], seed: int, scale: str
) -> Market:
    """A fresh adapter on `pairs` in their order; its questions are not answered yet."""
    from dataclasses import replace

    from tallystick.pipeline.inference.embedder import Embedder
    from tallystick.pipeline.inference.engine import Engine
    from tallystick.pipeline.models.halves import Halves
    from tallystick.pipeline.models.loading import load_base
    from tallystick.pipeline.training.loop import examples_of, train
    from tallystick.pipeline.training.recipe import TrainingRecipe

    model, chat = load_base(base, threads=THREADS, quantisation=None)
    recipe = replace(TrainingRecipe(), **RECIPES[scale], seed=seed)
    trained = train(model, Halves, examples_of(list(pairs), chat), recipe, lambda *told: None)
    return Market(Remembering(Engine(trained.model, chat)), chat, Embedder(None), questions)
