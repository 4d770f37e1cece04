"""Closed forms against explicit inverses of the matrices that they avoid."""

import numpy as np
import pytest

from bench.attributed.published.gradients import Block, products
from bench.attributed.published.influence_functions import datainf, grad_cos, grad_dot, trak, woodbury

BLOCKS = (Block("a", 0, (3, 4)), Block("b", 12, (2, 5)))
WIDE, RECORDS, QUERIES = 22, 9, 4


def rows(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, WIDE)).astype(np.float32)


Q, R = rows(QUERIES, 1), rows(RECORDS, 2)


def parts() -> list:
    return list(products(Q, R, BLOCKS))


def test_products_add_up_to_those_of_whole_gradients() -> None:
    assert np.allclose(grad_dot(parts()), Q @ R.T, atol=1e-5)
    cosines = grad_cos(parts(), (Q.astype(np.float64) ** 2).sum(1))
    norms = np.linalg.norm(Q, axis=1)[:, None] * np.linalg.norm(R, axis=1)
    assert np.allclose(cosines, Q @ R.T / norms, atol=1e-5)


@pytest.mark.parametrize("damping", [0.01, 1.0, None])
def test_datainf_is_the_mean_of_inverses_of_each_matrix(damping: float | None) -> None:
    expected = np.zeros((QUERIES, RECORDS))
    for block in BLOCKS:
        q, r = Q[:, block.of].astype(np.float64), R[:, block.of].astype(np.float64)
        weight = damping if damping is not None else 0.1 * (r**2).sum(1).mean()
        inverses = [np.linalg.inv(np.outer(g, g) + weight * np.eye(q.shape[1])) for g in r]
        expected += q @ np.mean(inverses, axis=0) @ r.T

    assert np.allclose(datainf(parts(), damping), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("damping", [0.01, 1.0])
def test_woodbury_is_the_inverse_of_the_whole_fisher(damping: float) -> None:
    fisher = R.astype(np.float64).T @ R / RECORDS + damping * np.eye(WIDE)

    assert np.allclose(woodbury(parts(), damping), Q @ np.linalg.inv(fisher) @ R.T, rtol=1e-4, atol=1e-4)


def test_trak_is_the_leverage_times_what_was_not_known() -> None:
    q, r = Q[:, :5].astype(np.float64), R[:, :5].astype(np.float64)
    wrong = np.linspace(0.1, 0.9, RECORDS)

    expected = q @ np.linalg.inv(r.T @ r + 0.3 * np.eye(5)) @ r.T * wrong

    assert np.allclose(trak(q.astype(np.float32), r.astype(np.float32), wrong, 0.3), expected, atol=1e-5)
