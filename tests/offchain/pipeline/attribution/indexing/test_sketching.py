"""Short vectors keep angles, and their draws come from the manifest's root alone."""

import numpy as np
import pytest
import torch

from tallystick.commitments.keccak import keccak256
from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.indexing.sketching import Rotation, Sketcher

ROOT, OTHER = b"\x01" * 32, b"\x02" * 32


def pair(cosine: float, size: int = 50_000) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(4)
    a, b = torch.randn(size, generator=draw), torch.randn(size, generator=draw)
    a, b = a / a.norm(), b / b.norm()
    return a, cosine * a + (1 - cosine**2) ** 0.5 * b


@pytest.mark.parametrize("cosine", [-0.5, 0.0, 0.4, 0.9])
def test_sketch_keeps_the_cosine_whatever_the_lengths(cosine: float) -> None:
    a, b = pair(cosine)
    sketcher = Sketcher(ROOT, 4096)

    found = float(sketcher.sketch(a * 1e-6) @ sketcher.sketch(b * 40))

    assert abs(found - cosine) < 4 / 4096**0.5


def test_sketch_is_a_count_sketch_of_the_stated_stream() -> None:
    gradient = torch.zeros(100)
    gradient[[3, 70]] = torch.tensor([3.0, -4.0])
    key = keccak256(keccak256(b"\x0d" + ROOT) + b"gradient")[:16]
    drawn = np.random.Philox(key=np.frombuffer(key, dtype="<u8")).random_raw(100)
    expected = np.zeros(64)
    for place, value in ((3, 0.6), (70, -0.8)):
        expected[drawn[place] % 64] += value * (1 if drawn[place] >> np.uint64(63) else -1)

    row = Sketcher(ROOT, 64).sketch(gradient)

    assert np.flatnonzero(row).tolist() == [5, 38]
    assert np.allclose(row, expected, atol=1e-6)


def test_sketch_under_another_root_is_another() -> None:
    a, _ = pair(0.0)

    assert abs(float(Sketcher(ROOT, 4096).sketch(a) @ Sketcher(OTHER, 4096).sketch(a))) < 0.1
    assert np.array_equal(Sketcher(ROOT, 4096).sketch(a), Sketcher(ROOT, 4096).sketch(a))


def test_gradient_of_zero_gives_zeros_and_no_other_number() -> None:
    assert not Sketcher(ROOT, 64).sketch(torch.zeros(10)).any()


def test_sketch_of_a_width_that_is_no_power_of_two_is_refused() -> None:
    with pytest.raises(InvalidInput, match="power of two"):
        Sketcher(ROOT, 100)


def test_rotation_that_keeps_all_numbers_keeps_every_angle() -> None:
    rows = np.random.default_rng(1).normal(size=(20, 48)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)

    turned = Rotation(ROOT, 48, 48).turned(rows)

    assert np.allclose(turned @ turned.T, rows @ rows.T, atol=1e-5)
    assert not np.allclose(turned, Rotation(OTHER, 48, 48).turned(rows), atol=0.1)


def test_rotation_spreads_a_number_that_stands_out() -> None:
    row = np.zeros((1, 512), np.float32)
    row[0, 17] = 1

    assert np.abs(Rotation(ROOT, 512, 512).turned(row)).max() < 2.1 / 512**0.5


def test_rotation_to_more_numbers_than_there_are_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no 33"):
        Rotation(ROOT, 32, 33)


@pytest.mark.parametrize("device", ["cpu", *(["cuda"] if torch.cuda.is_available() else [])])
def test_sketch_of_another_device_or_thread_count_is_the_same_to_a_millionth(device: str) -> None:
    a, _ = pair(0.0)
    sketcher = Sketcher(ROOT, 4096)
    threads = torch.get_num_threads()
    expected = sketcher.sketch(a)

    torch.set_num_threads(threads + 1)
    found = sketcher.sketch(a.to(device))
    torch.set_num_threads(threads)

    assert np.abs(found - expected).max() < 1e-6
