"""Data sets of an index that may not earn any more: neither shown, nor asked about what is."""

from hypothesis import given, settings
from hypothesis import strategies as st

from support.factories import asset_of
from support.retrieval.planes import Planes, told
from tallystick.pipeline.inference.retrieval.library import Library
from tallystick.pipeline.inference.retrieval.rivals import DRAWN

QUESTION = "0 1.0"
MESSAGES = [{"role": "user", "content": QUESTION}]


def test_search_when_a_set_is_barred_gives_others_as_if_it_stood_alone_after_them() -> None:
    passages = told(0.70, 0.90, 0.84)
    library = Library(passages, Planes())
    assert passages[2] in library.search(QUESTION)

    library.barred = lambda: {asset_of("set 2")}

    assert passages[2] not in library.search(QUESTION) and passages[1] in library.search(QUESTION)


def test_search_when_a_barred_set_comes_first_leaves_out_whom_it_would_be_asked_about() -> None:
    library = Library(told(0.86, 0.85), Planes())
    library.barred = lambda: {asset_of("set 0")}

    assert library.search(QUESTION) == ()


def test_search_when_the_bar_is_lifted_finds_everything_again() -> None:
    passages, barred = told(0.86, 0.85), {asset_of("set 0")}
    library = Library(passages, Planes())
    library.barred = lambda: barred
    library.search(QUESTION)

    barred.clear()

    assert set(library.search(QUESTION)) == set(passages)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.55, 0.99).map(lambda c: round(c, 3)), min_size=2, max_size=9), st.data())
def test_barred_set_when_anything_is_searched_is_never_asked_in_any_answer(
    cosines: list[float], data: st.DataObject
) -> None:
    passages = told(*cosines)
    library = Library(passages, Planes())
    barred = asset_of(f"set {data.draw(st.integers(0, len(cosines) - 1))}")
    library.barred = lambda: {barred}

    shown = library.search(QUESTION)

    for token in range(2 * DRAWN):
        asking = library.asking(MESSAGES, shown, [token])
        assert all(p.dataset_id != barred for s in shown for p in (s, *asking(s)))
