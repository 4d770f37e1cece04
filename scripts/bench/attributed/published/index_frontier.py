"""How well an index of given sizes does what full gradients and hidden states do: the same answers, the same code."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from bench.attributed.published.gradients import Gathered, Matrix
from tallystick.domain.ids import AssetId, Hash
from tallystick.pipeline.attribution.clusters.cluster import Member
from tallystick.pipeline.attribution.indexing.build import Order, build_index
from tallystick.pipeline.attribution.indexing.rows import RowForm

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class World:
    """Features of records and of answers; `sets` are the records' data sets, `truth` the record behind each answer."""

    records: Gathered
    answers: Gathered
    texts: tuple[str, ...]
    sets: NDArray[np.intp]
    truth: NDArray[np.intp]

    def members(self) -> list[Member]:
        """Every record leads."""
        return [
            Member(AssetId(bytes([owner + 1]) * 32), int(owner), place, text, place)
            for place, (text, owner) in enumerate(zip(self.texts, self.sets, strict=True))
        ]


@dataclass(frozen=True, slots=True)
class Scored:
    """Cosines by answer and record, shape (answers, records)."""

    gradient: Matrix
    hidden: Matrix

    @property
    def together(self) -> Matrix:
        """Both features alike, each in its own standard deviations."""
        made: Matrix = _standardised(self.gradient) + _standardised(self.hidden)
        return made


@dataclass(frozen=True, slots=True)
class Replayed:
    """Features that were computed before, asked for by their places in the place of a prompt."""

    gathered: Gathered

    def features(
        self, prompt_ids: Sequence[int], answer_ids: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        place = prompt_ids[0]
        gradient, hidden = self.gathered.gradients[place], self.gathered.hidden[place]
        return torch.from_numpy(np.array(gradient)), torch.from_numpy(hidden)


def full_scores(world: World) -> Scored:
    """By whole gradients and whole centred hidden states in double precision."""
    centre = world.records.hidden.astype(np.float64).mean(0)
    states = [_unit(g.hidden.astype(np.float64) - centre) for g in (world.answers, world.records)]
    return Scored(_cosines(world), states[0] @ states[1].T)


def _cosines(world: World) -> Matrix:
    asked, held = world.answers.gradients, world.records.gradients
    norms = [np.sqrt(np.einsum("ij,ij->i", g, g, dtype=np.float64)) for g in (asked, held)]
    made: Matrix = (np.asarray(asked) @ np.asarray(held).T).astype(np.float64)
    made /= np.maximum(norms[0], 1e-30)[:, None] * np.maximum(norms[1], 1e-30)
    return made


def kept_scores(world: World, form: RowForm, file: Path, seed: int = 0) -> Scored:
    """By an index of that form, built and asked by the shipped code; `seed` stands for the manifest."""
    members = world.members()
    pairs = [([place], [0]) for place in range(len(members))]
    name = Hash(seed.to_bytes(32, "big"))
    order = Order(members, pairs, Replayed(world.records), name, name, form)
    file.unlink(missing_ok=True)
    index = build_index(file, order)
    asked = Replayed(world.answers)
    found = [index.similarities(*asked.features([q], [])) for q in range(len(world.truth))]
    return Scored(np.array([g for g, _ in found], np.float64), np.array([h for _, h in found], np.float64))


def hits(scores: Matrix, world: World) -> tuple[Flags, Flags]:
    """Of each answer: whether the best record is of the right data set, and whether it is the right record."""
    best = scores.argmax(1)
    return world.sets[best] == world.sets[world.truth], best == world.truth


def rank_correlations(ours: Matrix, theirs: Matrix) -> NDArray[np.float64]:
    """Spearman's, of each answer's scores over all records."""
    a, b = (_centred(np.argsort(np.argsort(m, axis=1), axis=1).astype(np.float64)) for m in (ours, theirs))
    made: NDArray[np.float64] = (a * b).sum(1) / np.sqrt((a**2).sum(1) * (b**2).sum(1))
    return made


def _centred(rows: Matrix) -> Matrix:
    made: Matrix = rows - rows.mean(1, keepdims=True)
    return made


def _unit(rows: Matrix) -> Matrix:
    made: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30)
    return made


def _standardised(rows: Matrix) -> Matrix:
    made: Matrix = _centred(rows) / np.maximum(rows.std(1, keepdims=True), 1e-30)
    return made
