"""Our DataInf, gradient products and TRAK against a published library's, on the same small network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from bench.attributed.published.gradients import Example, blocks_of, gather, products
from bench.attributed.published.influence_functions import datainf, grad_cos, grad_dot, trak
from support.attribution.tiny_network import WORDS, Network, NetworkScorer

pytestmark = pytest.mark.slow

dattri_task = pytest.importorskip("dattri.task", reason="dattri is not installed")
PROMPT, ANSWER = 3, 4


def texts(count: int, seed: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, WORDS, (count, PROMPT + ANSWER)))


def ours(ids: torch.Tensor) -> tuple[Example, ...]:
    return tuple(Example("", "", tuple(row[:PROMPT]), tuple(row[PROMPT:])) for row in ids.tolist())


HELD, ASKED = texts(10, 1), texts(4, 2)


def task(network: Network) -> Any:
    def loss(weights: dict[str, torch.Tensor], data: tuple[torch.Tensor]) -> torch.Tensor:
        (ids,) = data
        out = torch.func.functional_call(network, weights, ids.reshape(-1, PROMPT + ANSWER))
        told = out[:, PROMPT - 1 : -1].reshape(-1, WORDS)
        return functional.cross_entropy(told, ids.reshape(-1, PROMPT + ANSWER)[:, PROMPT:].reshape(-1))

    return dattri_task.AttributionTask(loss_func=loss, model=network, checkpoints=network.state_dict())


def loader(ids: torch.Tensor, size: int = 64) -> DataLoader:
    return DataLoader(TensorDataset(ids), batch_size=size, shuffle=False)


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def gathered(network: Network, tmp_path: Path) -> tuple[np.ndarray, np.ndarray]:
    scorer = NetworkScorer(network)
    asked, held = (gather(scorer, ours(ids), tmp_path / f"{i}.npy") for i, ids in enumerate((ASKED, HELD)))
    return asked.gradients, held.gradients


@pytest.mark.parametrize("damping", [0.01, 0.5])
def test_datainf_is_the_librarys(network: Network, gathered: Any, damping: float) -> None:
    from dattri.algorithm.influence_function import IFAttributorDataInf

    theirs = IFAttributorDataInf(task(network), regularization=damping)
    theirs.cache(loader(HELD, size=1))  # it takes a batch for one record here
    expected = theirs.attribute(loader(HELD), loader(ASKED)).detach().numpy().T

    found = datainf(products(*gathered, blocks_of(network)), damping)

    assert np.allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("unit", [False, True])
def test_gradient_products_are_the_librarys(network: Network, gathered: Any, unit: bool) -> None:
    from dattri.algorithm.tracin import TracInAttributor

    theirs = TracInAttributor(task(network), torch.ones(1), unit)
    theirs.projector_kwargs = None  # else it compares random projections
    expected = theirs.attribute(loader(HELD), loader(ASKED)).detach().numpy().T

    parts = list(products(*gathered, blocks_of(network)))
    squares = (gathered[0].astype(np.float64) ** 2).sum(1)

    assert np.allclose(grad_cos(parts, squares) if unit else grad_dot(parts), expected, atol=1e-5)


def test_trak_is_the_librarys_on_its_own_projections(network: Network, gathered: Any) -> None:
    from dattri.algorithm.trak import TRAKAttributor
    from dattri.func.projection import random_project

    kind = {"proj_dim": 6, "proj_max_batch_size": 8, "proj_seed": 3, "device": "cpu"}

    def chance(weights: Any, data: tuple[torch.Tensor]) -> torch.Tensor:
        (ids,) = data
        told = torch.func.functional_call(network, weights, ids)[PROMPT - 1 : -1]
        return torch.exp(-functional.cross_entropy(told, ids[PROMPT:])).reshape(1)

    theirs = TRAKAttributor(task(network), chance, projector_kwargs=kind, regularization=0.1)
    theirs.cache(loader(HELD))
    expected = theirs.attribute(loader(ASKED)).detach().numpy().T
    scale = sum(w.numel() for w in network.parameters() if w.requires_grad) ** 0.5
    asked, held = (
        random_project(torch.from_numpy(np.array(g)) / scale, len(g), **kind)(
            torch.from_numpy(np.array(g)) / scale, ensemble_id=0
        ).numpy()
        for g in gathered
    )
    weights = dict(network.named_parameters())
    wrong = 1 - np.array([float(chance(weights, (ids,)).detach()) for ids in HELD])

    assert np.allclose(trak(asked, held, wrong, 0.1), expected, rtol=1e-3, atol=1e-5 * np.abs(expected).max())
