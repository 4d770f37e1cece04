import numpy as np
import pytest

from support.retrieval.passages import Letters, passages, questions
from tallystick.pipeline.inference.retrieval.library import FLOOR, Library
from tallystick.pipeline.inference.retrieval.places import PLACES
from tallystick.pipeline.inference.retrieval.vectors import EmbeddedIndex, within


def test_search_when_a_passage_is_asked_for_gives_it_first() -> None:
    library = Library(passages(), Letters())

    for asked in passages()[::5]:
        assert library.search(f"{asked.title}. {asked.text}")[0] == asked


def test_search_when_many_are_near_gives_no_more_than_there_are_places_and_one() -> None:
    found = [len(Library(passages(), Letters()).search(question)) for question in questions()]

    assert max(found) == PLACES + 1 and min(found) >= 1


def test_search_when_nothing_is_near_gives_nothing() -> None:
    assert Library(passages(), Letters()).search("zzzzzz qqqqqq") == ()
    assert Library([], Letters()).search("The bell?") == ()


@pytest.mark.parametrize(
    ("cosine", "kept"),
    [([0.9, 0.85, 0.7], [0, 1]), ([0.62, 0.59, 0.61], [0, 2]), ([0.5, 0.59], []), ([], [])],
)
def test_within_when_rows_are_near_keeps_those_in_the_window(cosine: list[float], kept: list[int]) -> None:
    found = within(np.array(cosine, dtype=np.float32), FLOOR, 0.1)

    assert [place for place, _ in found] == kept


def test_index_when_asked_answers_with_cosines() -> None:
    rows = Letters().embed([p.text for p in passages()])

    found = EmbeddedIndex(rows).near(rows[3], FLOOR, 1.0)

    assert dict(found)[3] == pytest.approx(1.0, abs=1e-6)
