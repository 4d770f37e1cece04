"""Cells around centres: cosine by whole numbers, the same for the same questions."""

import math
import random

import numpy as np
import pytest

from tallystick.domain.traffic import PPM
from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.monitors.cells import centres, cosines, nearest, rows_of


def cloud(seed: int, axis: int, count: int) -> list[bytes]:
    draw = random.Random(seed)
    return [bytes(round(100 * (i == axis) + draw.gauss(0, 8)) & 0xFF for i in range(8)) for _ in range(count)]


def test_cosines_when_compared_with_floats_are_the_same_rounded_towards_0() -> None:
    draw = random.Random(71_000)
    rows = rows_of([bytes(draw.randrange(256) for _ in range(16)) for _ in range(40)])

    for row in rows:
        for value, other in zip(cosines(rows, row), rows, strict=True):
            true = float(row @ other) / math.sqrt(float(row @ row) * float(other @ other))
            assert abs(value) <= abs(true) * PPM + 1e-3
            assert abs(value - true * PPM) <= 1.001


def test_cosines_when_one_is_nothing_are_0() -> None:
    rows = rows_of([bytes(4), b"\x01\x02\x03\x04"])

    assert cosines(rows, rows[0]) == [0, 0]


def test_centres_when_there_are_clouds_find_each() -> None:
    rows = rows_of([*cloud(72_000, 1, 30), *cloud(72_001, 4, 30), *cloud(72_002, 6, 30)])

    found = centres(rows, 3)

    cells = [nearest(found, row)[0] for row in rows]
    assert [len(set(cells[i : i + 30])) for i in (0, 30, 60)] == [1, 1, 1]
    assert len(set(cells)) == 3


def test_centres_when_fewer_are_distinct_are_fewer() -> None:
    assert len(centres(rows_of([b"\x05\x00"] * 9), 6)) == 1
    assert len(centres(rows_of([bytes(2)] * 9), 6)) == 0


def test_centres_when_made_twice_are_equal() -> None:
    rows = rows_of([*cloud(73_000, 0, 20), *cloud(73_001, 3, 20)])

    assert np.array_equal(centres(rows, 4), centres(rows.copy(), 4))


def test_rows_when_of_different_kinds_are_refused() -> None:
    with pytest.raises(InvalidInput):
        rows_of([b"\x01", b"\x01\x02"])
