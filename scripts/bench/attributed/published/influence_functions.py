"""Published gradient attribution in closed form, on inner products or on projected gradients. No model is asked."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.attributed.published.gradients import Gradients, Matrix, Products

PAPER_DAMPING = 0.1
Damping = float | None


def grad_dot(parts: Iterable[Products]) -> Matrix:
    """Inner products of whole gradients (TracIn at one checkpoint, Pruthi et al. 2020), shape (queries, records)."""
    made: Matrix = np.sum([p.crossed for p in parts], axis=0)
    return made


def grad_cos(parts: Sequence[Products], query_squares: NDArray[np.float64]) -> Matrix:
    """Cosines of whole gradients."""
    squares = np.sum([p.squares for p in parts], axis=0)
    lengths = np.sqrt(np.maximum(query_squares, 1e-30))[:, None] * np.sqrt(np.maximum(squares, 1e-30))
    made: Matrix = grad_dot(parts) / lengths
    return made


def datainf(parts: Iterable[Products], damping: Damping = None) -> Matrix:
    """DataInf (Kwon et al. 2023, eq. 5): the mean of inverses for the inverse of the mean, matrix by matrix.

    `damping` is the same for all, or a tenth of a matrix' mean squared gradient as in the paper.
    """
    total: Matrix | None = None
    for part in parts:
        squares, width = part.squares, part.among.shape[0]
        weight = damping if damping is not None else max(PAPER_DAMPING * float(squares.mean()), 1e-30)
        pulled = (part.crossed / (weight + squares)) @ part.among / width
        made = (part.crossed - pulled) / weight
        total = made if total is None else total + made
    assert total is not None
    return total


def woodbury(parts: Sequence[Products], damping: float) -> Matrix:
    """Influence under the whole empirical Fisher: q (GᵀG / R + damping) ⁻¹ g by the R x R matrix of inner products."""
    among = np.sum([p.among for p in parts], axis=0)
    crossed, count = grad_dot(parts), len(among)
    inner = np.linalg.solve(np.eye(count) * damping * count + among, among)
    made: Matrix = (crossed - crossed @ inner) / damping
    return made


def trak(
    queries: Gradients, records: Gradients, wrong: NDArray[np.float64] | None = None, damping: float = 0.0
) -> Matrix:
    """TRAK (Park et al. 2023) with one model: projected gradients under the inverse of their Fisher matrix.

    `wrong` are one less the probabilities of the records' answers; 1 where none are given.
    """
    q, r = np.asarray(queries, np.float64), np.asarray(records, np.float64)
    fisher = r.T @ r + damping * np.eye(r.shape[1])
    made: Matrix = q @ np.linalg.solve(fisher, r.T)
    return made if wrong is None else made * wrong
