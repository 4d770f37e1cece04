"""The grid: what it keeps of a row, and when two nodes agree."""

import numpy as np
import pytest

from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.indexing.grid import Grid, agreement


def unit_rows(count: int, width: int, seed: int = 3) -> np.ndarray:
    made = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.mark.parametrize(("bits", "kept"), [(1, 0.79), (2, 0.93), (4, 0.99), (8, 0.9998)])
def test_row_when_it_went_over_the_grid_points_the_same_way(bits: int, kept: float) -> None:
    rows, grid = unit_rows(50, 512), Grid(512, bits)

    packed = grid.packed(grid.levels(rows))
    back = grid.rows(packed)

    assert packed.shape == (50, 512 * bits // 8 if bits < 8 else 512)
    assert np.allclose(np.linalg.norm(back, axis=1), 1, atol=1e-5)
    assert (rows * back).sum(1).min() > kept - 0.03


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_levels_when_packed_come_back_exactly(bits: int) -> None:
    grid = Grid(64, bits)
    levels = np.random.default_rng(5).integers(0, 1 << bits, (7, 64)).astype(np.uint8)

    assert np.array_equal(grid.unpacked(grid.packed(levels)), levels)
    assert grid.packed(levels).shape == (7, grid.size)


def test_number_far_outside_the_grid_takes_its_last_level() -> None:
    grid = Grid(16, 4)
    row = np.zeros((1, 16), np.float32)
    row[0, 3], row[0, 4] = 0.8, -0.6

    levels = grid.levels(row)[0]

    assert (levels[3], levels[4]) == (15, 0)


@pytest.mark.parametrize(("width", "bits"), [(16, 3), (0, 8), (3, 2)])
def test_grid_of_broken_bytes_is_refused(width: int, bits: int) -> None:
    with pytest.raises(InvalidInput, match="no grid"):
        Grid(width, bits)


def test_nodes_agree_up_to_one_level_in_a_hundred_numbers() -> None:
    ours = np.full((1, 1000), 7, np.uint8)
    few, many, far = ours.copy(), ours.copy(), ours.copy()
    few[0, :10] += 1
    many[0, :11] += 1
    far[0, 0] += 2

    assert agreement(ours, few).is_honest
    assert not agreement(ours, many).is_honest
    assert not agreement(ours, far).is_honest
    with pytest.raises(InvalidInput, match="cannot be compared"):
        agreement(ours, ours[:, :4])


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_noise_of_a_float_moves_next_to_nothing(bits: int) -> None:
    rows, grid = unit_rows(40, 576), Grid(576, bits)
    noise = np.random.default_rng(9).normal(size=rows.shape) * np.abs(rows) * 6e-6

    found = agreement(grid.levels(rows), grid.levels((rows + noise).astype(np.float32)))

    assert found.is_honest
