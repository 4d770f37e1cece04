"""Duties in a loop: when they are due, what failing means, and an orderly end."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tallystick.app.daemon.board import STALE_AFTER_S, Board, NodeStatus
from tallystick.app.daemon.duty import MOST_PAUSE_S, Duty, DutyState, began, failed, succeeded
from tallystick.app.daemon.loop import DIED, Daemon
from tallystick.errors import IntegrityViolation
from tallystick.ports.observing.metrics import Unmeasured


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path / "status.json")


def run_until(board: Board, enough: Callable[[], bool], *duties: Duty, **others: Any) -> NodeStatus:
    """The loop in this thread until `enough`; the status while it ran."""
    stop, daemon = threading.Event(), Daemon(duties, board, grace_s=5, **others)
    seen: list[NodeStatus] = []

    def watch() -> None:
        while not enough():
            time.sleep(0.01)
        daemon._beat("running", 0)
        seen.append(board.read(time.time()))
        stop.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert daemon.run(stop)
    watcher.join()
    return seen[0]


def test_duties_when_due_are_done_in_turn_and_shown(board: Board) -> None:
    done: list[str] = []
    often = Duty("often", lambda: done.append("often") or "1 event", interval_s=0.01, deadline_s=9)
    rarely = Duty("rarely", lambda: done.append("rarely") or "nothing", interval_s=900, deadline_s=9)

    status = run_until(board, lambda: len(done) > 4, often, rarely)

    assert done.count("rarely") == 1 and status.is_ready
    assert [d.word for d in status.duties] == ["1 event", "nothing"]
    assert board.read(time.time()).state == "stopped"


def test_long_duty_when_it_does_not_end_holds_up_only_other_long_ones(board: Board) -> None:
    settled, began_long, may_end, other = [0], threading.Event(), threading.Event(), [0]
    waited: list[int] = []

    def pin() -> str:
        began_long.set()
        assert may_end.wait(60)
        return "pinned"

    def settling() -> str:
        assert began_long.wait(60)
        settled[0] += 1
        return "settled"

    def watch() -> str:
        other[0] += 1
        return "watched"

    def enough() -> bool:
        if settled[0] > 3 and not may_end.is_set():
            waited.append(other[0])
            may_end.set()
        return other[0] > 0

    status = run_until(
        board,
        enough,
        Duty("content", pin, interval_s=900, deadline_s=90, is_long=True),
        Duty("settle", settling, interval_s=0.01, deadline_s=90),
        Duty("watch", watch, interval_s=900, deadline_s=90, is_long=True),
    )

    content, settle, _ = status.duties
    assert waited == [0] and content.runs == 1 and settle.runs > 2


def test_duty_when_it_fails_leaves_the_others_alone(board: Board) -> None:
    done: list[str] = []

    def fail() -> str:
        raise ZeroDivisionError("of ours")

    status = run_until(
        board,
        lambda: len(done) > 2,
        Duty("bad", fail, interval_s=900, deadline_s=9),
        Duty("good", lambda: done.append("good") or "done", interval_s=0.01, deadline_s=9),
    )

    bad, good = status.duties
    assert (bad.state, bad.word, good.failures) == ("failing", "ZeroDivisionError: of ours", 0)
    assert status.is_ready  # it is tried again, and nothing has been given up


def test_duty_when_our_books_disagree_is_given_up_at_once(board: Board) -> None:
    done: list[str] = []

    def fail() -> str:
        done.append("tried")
        raise IntegrityViolation("The chain took it back.")

    status = run_until(board, lambda: bool(done), Duty("bad", fail, interval_s=0.01, deadline_s=9))

    assert done == ["tried"]
    assert not board.read(time.time()).is_ready
    assert status.duties[0].duty == "bad"


class BrokenNumbers(Unmeasured):
    """Whatever is told, it fails."""

    def count(self, name: str, by: float = 1, **labels: str) -> None:
        raise ValueError("of the numbers")

    def set(self, name: str, value: float, **labels: str) -> None:
        raise ValueError("of the numbers")


def test_duties_when_numbers_cannot_be_told_go_on(board: Board, caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    duty = Duty("often", lambda: done.append("often") or "done", interval_s=0.01, deadline_s=9)

    run_until(board, lambda: len(done) > 2, duty, metrics=BrokenNumbers())

    assert "number_not_told name=duty_runs" in caplog.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_worker_when_it_dies_is_replaced_and_its_duty_has_failed(
    board: Board, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def die() -> str:
        raise SystemExit  # ends a thread without a word

    status = run_until(
        board,
        lambda: len(done) > 2,
        Duty("deadly", die, interval_s=900, deadline_s=9),
        Duty("good", lambda: done.append("good") or "done", interval_s=0.01, deadline_s=9),
    )

    deadly, good = status.duties
    assert (deadly.state, deadly.failures, deadly.word) == ("failing", 1, DIED)
    assert good.runs > 1 and good.failures == 0
    assert "worker_died duty=deadly" in caplog.text


def test_duties_when_the_clock_is_set_back_are_done_all_the_same(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    now = [1e9]
    duty = Duty("often", lambda: done.append("often") or "done", interval_s=0.01, deadline_s=9)

    def enough() -> bool:
        now[0] = 1e9 - 3600 * len(done)
        return len(done) > 2

    run_until(board, enough, duty, clock=lambda: now[0])

    assert len(done) > 2


def test_failures_when_in_a_row_double_the_pause_until_it_is_given_up() -> None:
    duty, state, pauses = Duty("d", str, interval_s=10, deadline_s=9, gives_up_after=9), DutyState("d"), []
    for _ in range(8):
        state = failed(began(state, 100), duty, 100, "down", is_hopeless=False)
        pauses.append(state.due_at - 100)

    assert pauses == [10, 20, 40, 80, 160, 320, 640, MOST_PAUSE_S]
    assert succeeded(state, duty, 100, "up").failures == 0
    last = failed(state, duty, 100, "down", is_hopeless=False)
    assert (last.state, last.is_alarming) == ("given up", True)


def test_duty_when_what_fails_it_passes_by_itself_is_never_given_up() -> None:
    duty, state = Duty("d", str, interval_s=10, deadline_s=9, gives_up_after=2), DutyState("d")
    for _ in range(9):
        state = failed(began(state, 100), duty, 100, "fees", is_hopeless=False, passes=True)

    assert (state.state, state.failures) == ("failing", 9)


@pytest.mark.slow
def test_node_when_stopped_lets_the_running_step_end(board: Board) -> None:
    started, ended = threading.Event(), threading.Event()

    def work() -> str:
        started.set()
        time.sleep(0.3)
        ended.set()
        return "done"

    run_until(board, started.is_set, Duty("slow", work, interval_s=900, deadline_s=9))

    assert ended.is_set()


def test_node_when_a_step_outlasts_its_deadline_and_the_grace_says_so(board: Board) -> None:
    started, go_on, stop = threading.Event(), threading.Event(), threading.Event()
    duty = Duty("stuck", lambda: str(started.set() or go_on.wait(5)), interval_s=900, deadline_s=-1)
    daemon = Daemon([duty], board, grace_s=0.1)
    threading.Thread(target=lambda: (started.wait(5), daemon._beat("running", 0), stop.set())).start()

    assert not daemon.run(stop)

    assert daemon.states()[0].state == "late" and not board.read(time.time()).is_ready
    go_on.set()


def test_board_when_the_heart_stops_says_silent(board: Board) -> None:
    assert board.read(0).state == "stopped"
    board.write("running", 5, 100, [DutyState("index", runs=1)])

    assert board.read(101).is_ready
    assert board.read(101 + STALE_AFTER_S).state == "silent" and not board.read(999).is_ready


def test_board_when_the_disk_refuses_lets_the_node_work_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Board(tmp_path / "nowhere" / "status.json").write("running", 0.0, 1.0, ())

    assert "The state cannot be shown" in caplog.text
