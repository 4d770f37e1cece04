"""Baselines of attribution, all on the same records and queries: shares that look at no answer, words, and gradients."""

import tempfile
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.attributed.published.gradients import (
    Block,
    Example,
    Gathered,
    Gradients,
    Matrix,
    Products,
    Scorer,
    blocks_of,
    gather,
    products,
)
from bench.attributed.published.influence_functions import datainf, grad_cos, grad_dot, trak
from bench.attributed.published.kronecker import Factors, ekfac, watched
from tallystick.domain.lexical import Bm25
from tallystick.pipeline.attribution.indexing.sketching import Sketcher

TRAK_WIDTH, TRAK_SEED = 512, bytes(range(32))
NAMES = ("equal", "size", "bm25", "minilm", "suffix", "graddot", "gradcos", "datainf", "trak", "ekfac")


class Encoder(Protocol):
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class Baselines:
    """`model` is what `scorer` asks; its LoRA matrices are the blocks of a gradient. Gradients lie in `folder`."""

    def __init__(self, scorer: Scorer, model: Any, encoder: Encoder, folder: Path | None = None) -> None:
        self._scorer, self._model, self._encoder = scorer, model, encoder
        self._folder = folder or Path(tempfile.mkdtemp(prefix="gradients-"))
        self._worlds: dict[tuple[Sequence[Example], Sequence[Example]], _World] = {}

    def scores(self, name: str, queries: Sequence[Example], records: Sequence[Example]) -> Matrix:
        """By query and record, shape (queries, records); a larger score is a larger claim. `KeyError` for other names."""
        plain: dict[str, Callable[[Sequence[Example], Sequence[Example]], Matrix]] = {
            "equal": _equal,
            "size": _size,
            "bm25": _bm25,
            "minilm": self._minilm,
            "suffix": _suffix,
        }
        if name in plain:
            return plain[name](queries, records)
        return self._world(queries, records).scores(name)

    def _minilm(self, queries: Sequence[Example], records: Sequence[Example]) -> Matrix:
        rows = self._encoder.embed([e.text for e in (*queries, *records)]).astype(np.float64)
        made: Matrix = rows[: len(queries)] @ rows[len(queries) :].T
        return made

    def _world(self, queries: Sequence[Example], records: Sequence[Example]) -> "_World":
        key = (tuple(queries), tuple(records))
        if key not in self._worlds:
            number = len(self._worlds)
            with watched(self._model) as factors:
                held = gather(self._scorer, records, self._folder / f"records-{number}.npy")
            asked = gather(self._scorer, queries, self._folder / f"queries-{number}.npy")
            told = _told(self._scorer, records)
            self._worlds[key] = _World(asked, held, blocks_of(self._model), factors, told)
        return self._worlds[key]


class _World:
    """Gradients of one set of queries and records."""

    def __init__(
        self,
        asked: Gathered,
        held: Gathered,
        blocks: Sequence[Block],
        factors: Factors,
        wrong: NDArray[np.float64] | None,
    ) -> None:
        self.asked, self.held, self.blocks = asked, held, blocks
        self._factors, self._wrong = factors, wrong

    @cached_property
    def parts(self) -> list[Products]:
        return list(products(self.asked.gradients, self.held.gradients, self.blocks))

    def scores(self, name: str) -> Matrix:
        if name == "trak":
            return trak(_projected(self.asked.gradients), _projected(self.held.gradients), self._wrong, 1e-6)
        if name == "ekfac":
            return ekfac(self.asked.gradients, self.held.gradients, self.blocks, self._factors)
        return {"graddot": self._dot, "gradcos": self._cos, "datainf": self._datainf}[name]()

    def _dot(self) -> Matrix:
        return grad_dot(self.parts)

    def _datainf(self) -> Matrix:
        return datainf(self.parts)

    def _cos(self) -> Matrix:
        squares = np.array([float(row @ row) for row in self.asked.gradients])
        return grad_cos(self.parts, squares)


def _projected(rows: Gradients) -> Gradients:
    """Random projections that keep lengths."""
    import torch

    sketcher = Sketcher(TRAK_SEED, TRAK_WIDTH)
    made = [sketcher.sketch(torch.from_numpy(np.array(row))) * np.linalg.norm(row) for row in rows]
    return np.stack(made).astype(np.float32)


def _told(scorer: Any, records: Sequence[Example]) -> NDArray[np.float64] | None:
    """One less the probability of each record's answer, a token; None where the scorer gives no probabilities."""
    if not hasattr(scorer, "logprob"):
        return None
    values = [scorer.logprob([r.prompt_ids], r.answer_ids)[0] / max(len(r.answer_ids), 1) for r in records]
    return np.asarray(1 - np.exp(values), np.float64)


def _equal(queries: Sequence[Example], records: Sequence[Example]) -> Matrix:
    """Each data set the same, whatever it holds."""
    sizes = np.bincount([r.dataset for r in records])
    row = np.array([1 / sizes[r.dataset] for r in records])
    return np.tile(row, (len(queries), 1))


def _size(queries: Sequence[Example], records: Sequence[Example]) -> Matrix:
    """Each record the same."""
    return np.ones((len(queries), len(records)))


def _bm25(queries: Sequence[Example], records: Sequence[Example]) -> Matrix:
    index = Bm25([r.text for r in records])
    return np.array([index.scores(q.text) for q in queries])


def _suffix(queries: Sequence[Example], records: Sequence[Example]) -> Matrix:
    """Characters of the longest run that answer and record share: neither rarity nor order counts."""

    def longest(answer: str, text: str) -> int:
        return SequenceMatcher(None, answer, text, autojunk=False).find_longest_match().size

    return np.array([[float(longest(q.answer, r.text)) for r in records] for q in queries])
