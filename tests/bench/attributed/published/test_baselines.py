"""Each baseline on a network small enough to compute it by brute force."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from bench.attributed.published.baselines import NAMES, Baselines
from bench.attributed.published.gradients import Example, blocks_of, gather
from bench.attributed.published.kronecker import ekfac, watched
from support.attribution.tiny_network import WORDS, Network, NetworkScorer

pytestmark = pytest.mark.slow


class Letters:
    """Texts as unit rows of what their digits are."""

    def embed(self, texts: list[str]) -> np.ndarray:
        rows = np.array(
            [[t.lower().count(c) for c in "abcdefghijklmnopqrstuvwxyz"] for t in texts], np.float32
        )
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def examples(count: int, seed: int) -> tuple[Example, ...]:
    draw = np.random.default_rng(seed)
    return tuple(
        Example(
            f"What is said of number {seed} {i}?",
            f"Of number {seed} {i} the old book says that it is {'odd' if i % 2 else 'even'} and blue.",
            tuple(int(n) for n in draw.integers(0, WORDS, 3)),
            tuple(int(n) for n in draw.integers(0, WORDS, 2 + i % 3)),
            i % 3,
        )
        for i in range(count)
    )


RECORDS, QUERIES = examples(12, 1), examples(4, 2)


@pytest.mark.parametrize("name", NAMES)
def test_baseline_when_asked_scores_every_record_for_every_query(name: str, tmp_path: Path) -> None:
    network = Network()

    found = Baselines(NetworkScorer(network), network, Letters(), tmp_path).scores(name, QUERIES, RECORDS)

    assert found.shape == (4, 12) and np.isfinite(found).all()


def test_baseline_when_a_query_repeats_a_record_names_it(tmp_path: Path) -> None:
    network = Network()
    made = Baselines(NetworkScorer(network), network, Letters(), tmp_path)

    for name in ("bm25", "suffix", "gradcos"):
        assert made.scores(name, RECORDS[3:5], RECORDS).argmax(1).tolist() == [3, 4], name
    with pytest.raises(KeyError):
        made.scores("magic", QUERIES, RECORDS)


def test_equal_split_gives_each_data_set_the_same() -> None:
    lopsided = tuple(
        Example("q", "a", (1,), (2,), dataset) for dataset, n in enumerate((1, 4, 7)) for _ in range(n)
    )
    shares = Baselines(NetworkScorer(Network()), Network(), Letters()).scores("equal", QUERIES, lopsided)[0]

    assert np.allclose(np.bincount([r.dataset for r in lopsided], shares), 1)


def test_gradient_is_that_of_the_transform_library(tmp_path: Path) -> None:
    network = Network()
    trained = {n: w.detach() for n, w in network.named_parameters() if "lora_" in n}

    found = gather(NetworkScorer(network), RECORDS, tmp_path / "g.npy").gradients

    for row, record in zip(found, RECORDS, strict=True):
        ids, told = torch.tensor([*record.prompt_ids, *record.answer_ids]), len(record.answer_ids)

        def loss(weights: dict[str, torch.Tensor], ids: torch.Tensor = ids, told: int = told) -> torch.Tensor:
            out = torch.func.functional_call(network, weights, ids)
            return functional.cross_entropy(out[-told - 1 : -1], ids[-told:])

        made = torch.func.grad(loss)(trained)
        flat = torch.cat([made[block.name].reshape(-1) for block in blocks_of(network)])
        assert np.allclose(row, flat.numpy(), atol=1e-7)


def test_ekfac_is_curvature_in_the_basis_of_explicit_kronecker_products(tmp_path: Path) -> None:
    network = Network()
    scorer = NetworkScorer(network)
    with watched(network) as factors:
        held = gather(scorer, RECORDS, tmp_path / "r.npy").gradients
    asked = gather(scorer, QUERIES, tmp_path / "q.npy").gradients
    expected = np.zeros((len(QUERIES), len(RECORDS)))
    for block in blocks_of(network):
        whole = np.kron(factors.outward[block.name].double(), factors.inward[block.name].double())
        basis = np.linalg.eigh(whole)[1]
        q, r = asked[:, block.of] @ basis, held[:, block.of] @ basis
        expected += (q / ((r**2).mean(0) + 0.05)) @ r.T

    found = ekfac(asked, held, blocks_of(network), factors, damping=0.05)

    # Eigenvectors of equal eigenvalues may be mixed otherwise, which moves scores a little.
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.99


def test_factors_are_those_of_tokens_that_the_loss_reaches() -> None:
    network = Network()
    record = RECORDS[0]
    with watched(network) as factors:
        NetworkScorer(network).features(record.prompt_ids, record.answer_ids)

    ids = torch.tensor([*record.prompt_ids, *record.answer_ids])
    told = network.words(ids)[len(record.prompt_ids) - 1 : -1]
    assert torch.allclose(factors.inward["up.lora_A.weight"], told.T @ told, atol=1e-5)
    assert not any(m._forward_hooks for m in network.modules())
