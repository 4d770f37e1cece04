"""Parts of a space of signed bytes around a few centres, by cosine in whole numbers: the same cells on every machine."""

from collections.abc import Sequence
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from tallystick.domain.traffic import PPM
from tallystick.errors import InvalidInput

LENGTH = 1 << 12
ROUNDS = 8
Rows = NDArray[np.int64]


def rows_of(features: Sequence[bytes]) -> Rows:
    """Shape (count, axes); InvalidInput for features of different kinds."""
    axes = {len(f) for f in features}
    if len(axes) > 1:
        raise InvalidInput(
            f"Features of {sorted(axes)} axes do not compare.", "Start a new reference for them."
        )
    joined = np.frombuffer(b"".join(features), dtype=np.int8).astype(np.int64)
    return np.asarray(joined.reshape(len(features), axes.pop() if axes else 0))


def cosines(rows: Rows, vector: Rows) -> list[int]:
    """ppm, rounded towards 0; 0 where one is nothing. `vector` has shape (axes,)."""
    if rows.shape[1] != len(vector):
        raise InvalidInput("Features of other axes do not compare.", "Start a new reference for them.")
    own = int(vector @ vector)
    sizes = (int(size) * own for size in (rows * rows).sum(axis=1))
    return [_ratio(int(d), n) for d, n in zip(rows @ vector, sizes, strict=True)]


def centres(rows: Rows, count: int) -> Rows:
    """At most `count` directions of length LENGTH: spherical k-means (Dhillon and Modha 2001) from far-apart starts."""
    pointed: Rows = rows[(rows != 0).any(axis=1)]
    if not len(pointed):
        return pointed
    found = np.array([_direction(pointed[i : i + 1]) for i in spread(pointed, count)])
    for _ in range(ROUNDS):
        places = np.array([nearest(found, vector)[0] for vector in pointed])
        groups = [pointed[places == i] for i in range(len(found))]
        moved = np.array([_direction(g) if len(g) else old for g, old in zip(groups, found, strict=True)])
        if (moved == found).all():
            break
        found = moved
    return np.asarray(found)


def nearest(among: Rows, vector: Rows) -> tuple[int, int]:
    """Place of the nearest centre and the cosine to it, ppm; the first of equals."""
    found = cosines(among, vector)
    place = max(range(len(found)), key=lambda i: (found[i], -i))
    return place, found[place]


def _ratio(dot: int, squares: int) -> int:
    size = isqrt(dot * dot * PPM * PPM // squares) if squares else 0
    return size if dot > 0 else -size


def spread(rows: Rows, count: int) -> list[int]:
    """Places of at most `count` rows: the one nearest to the mean, then each time the one farthest from all chosen
    (Gonzalez 1985). Rows must not be empty.
    """
    like = cosines(rows, _direction(rows))
    chosen = [max(range(len(rows)), key=lambda i: (like[i], -i))]
    near = cosines(rows, rows[chosen[0]])
    while len(chosen) < count and min(near) < PPM - 1:
        chosen.append(min(range(len(rows)), key=lambda i: (near[i], i)))
        near = [max(pair) for pair in zip(near, cosines(rows, rows[chosen[-1]]), strict=True)]
    return chosen


def _direction(group: Rows) -> Rows:
    """The sum of unit vectors, scaled to LENGTH."""
    sizes = np.array([isqrt(int(size)) or 1 for size in (group * group).sum(axis=1)])
    total = (group * LENGTH // sizes[:, None]).sum(axis=0)
    return np.asarray(total * LENGTH // (isqrt(int(total @ total)) or 1), dtype=np.int64)
