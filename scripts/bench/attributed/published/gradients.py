"""Full gradients of many answers, on disk, and what all gradient baselines need of them: inner products by matrix."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Gradients = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its answer, as text and as token ids. `dataset` is the place of its data set in chain order."""

    question: str
    answer: str
    prompt_ids: tuple[int, ...]
    answer_ids: tuple[int, ...]
    dataset: int = 0

    @property
    def text(self) -> str:
        return f"{self.question} {self.answer}"


class Scorer(Protocol):
    """The inference engine."""

    def features(
        self, prompt_ids: Sequence[int], answer_ids: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]: ...


@dataclass(frozen=True, slots=True)
class Block:
    """One LoRA matrix within the flat gradient."""

    name: str
    start: int
    shape: tuple[int, int]

    @property
    def of(self) -> slice:
        return slice(self.start, self.start + self.shape[0] * self.shape[1])


def blocks_of(model: Any) -> tuple[Block, ...]:
    """In the order in which the engine lays gradients out."""
    found, at = [], 0
    for name, weight in model.named_parameters():
        if "lora_" in name:
            found.append(Block(name, at, (int(weight.shape[0]), int(weight.shape[1]))))
            at += weight.numel()
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Gradients of the mean negative log-likelihood, one a row, and mean final hidden states."""

    gradients: Gradients
    hidden: Gradients


def gather(
    scorer: Scorer,
    examples: Sequence[Example],
    file: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Gathered:
    """Rows go to `file`: a gradient of rank 16 over ten layers of a small model takes 6.5 MB."""
    rows: Gradients | None = None
    hidden = []
    for i, example in enumerate(examples):
        gradient, state = scorer.features(example.prompt_ids, example.answer_ids)
        if rows is None:
            shape = (len(examples), len(gradient))
            rows = np.lib.format.open_memmap(file, mode="w+", dtype=np.float32, shape=shape)
        rows[i] = gradient.numpy()
        hidden.append(state.numpy())
        progress(i + 1, len(examples))
    assert rows is not None
    return Gathered(rows, np.stack(hidden).astype(np.float32))


@dataclass(frozen=True, slots=True)
class Products:
    """Inner products of one matrix' gradients: queries with records, shape (Q, R), and records with records."""

    crossed: Matrix
    among: Matrix

    @property
    def squares(self) -> NDArray[np.float64]:
        return np.asarray(np.diag(self.among))


def products(queries: Gradients, records: Gradients, blocks: Sequence[Block]) -> Iterator[Products]:
    """One at a time, so that only one matrix of all rows is in memory."""
    for block in blocks:
        q, r = np.asarray(queries[:, block.of]), np.asarray(records[:, block.of])
        yield Products((q @ r.T).astype(np.float64), (r @ r.T).astype(np.float64))
