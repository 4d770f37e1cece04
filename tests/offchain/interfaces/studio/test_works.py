"""Long work of the studio: what is ordered twice is done once, and what only reads as often as it is asked for."""

import threading
from collections.abc import Iterator

import pytest

from tallystick.interfaces.studio.works import Work, Works


@pytest.fixture
def works() -> Iterator[Works]:
    opened = Works()
    yield opened
    opened.close()


def test_work_when_ordered_twice_before_it_is_over_is_done_once(works: Works) -> None:
    may_end, done = threading.Event(), list[int]()

    def pay() -> None:
        may_end.wait(60)
        done.append(1)

    first, again = (works.start("Depositing 2 OPEN", pay, page="/usage", owner="0xa") for _ in range(2))
    other = works.start("Depositing 2 OPEN", pay, page="/usage", owner="0xb")
    may_end.set()
    _wait(first)
    _wait(other)

    assert first is again and other is not first
    assert len(done) == 2


def test_work_when_ordered_again_after_its_end_is_another(works: Works) -> None:
    first = works.start("Closing a batch", int, page="/usage", owner="0xa")
    _wait(first)

    assert works.start("Closing a batch", int, page="/usage", owner="0xa") is not first


def test_reading_when_asked_for_twice_is_done_twice(works: Works) -> None:
    asked = [works.start("An answer", int, page="/chat", owner="0xa", is_writing=False) for _ in range(2)]

    assert asked[0] is not asked[1]


def test_answer_when_long_work_fills_all_readers_comes_at_once(works: Works) -> None:
    may_end = threading.Event()
    long = [
        works.start(f"Audit {n}", lambda: may_end.wait(60), page="/audit", owner="0xa", is_writing=False)
        for n in range(3)
    ]

    answer = works.start_answer("An answer", lambda: 7, page="/chat", owner="0xb")
    _wait(answer)

    assert answer.result == 7 and not any(work.is_over for work in long)
    may_end.set()


def _wait(work: Work) -> None:
    while not work.is_over:
        threading.Event().wait(0.01)
