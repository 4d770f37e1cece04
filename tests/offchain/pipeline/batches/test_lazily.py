import pytest

from tallystick.pipeline.batches.lazily import Lazily


def test_rows_when_asked_for_are_made_once_in_a_row() -> None:
    made: list[int] = []

    def make(n: int) -> int:
        made.append(n)
        return n * n

    rows = Lazily(4, make)

    assert (rows[2], rows[2], rows[-1], rows[1:3]) == (4, 4, 9, (1, 4)) and made == [2, 3, 1, 2]
    assert tuple(rows) == (0, 1, 4, 9) and len(rows) == 4
    with pytest.raises(IndexError):
        rows[4]
    with pytest.raises(IndexError):
        rows[-5]
