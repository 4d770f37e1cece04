"""A run directory: whole states, one worker, and what a dead one leaves."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tallystick.app.models.jobs.job import Job, Order, State, StepMade, Worker
from tallystick.app.models.jobs.job_book import JobBook, line_of
from tallystick.app.models.jobs.run_folder import PROGRESS, RunFolder, is_alive, this_process
from tallystick.errors import Conflict, IntegrityViolation, NotFound

ORDER = Order("estuary", ("0x" + "01" * 32,), "default")
STEP = StepMade(3, 9, 1.5, 20.0, 1000, 4.5)
CLAIM = """
import sys
from pathlib import Path
from tallystick.app.models.jobs.run_folder import RunFolder
from tallystick.errors import Conflict
try:
    with RunFolder(Path(sys.argv[1])).claimed():
        print("taken", end="")
except Conflict as error:
    print(error.message, end="")
"""


@pytest.fixture
def book(tmp_path: Path) -> JobBook:
    return JobBook(tmp_path / "jobs")


def ordered(book: JobBook, name: str = "estuary") -> RunFolder:
    return book.order(replace(ORDER, name=name), lambda folder: {"recipe.toml": f"# train {folder}\n"})


def set_state(run: RunFolder, state: State, worker: Worker | None = None) -> None:
    run.write(replace(run.job(), state=state, worker=worker))


def test_job_when_written_is_read_back(book: JobBook) -> None:
    run = ordered(book)
    job = replace(run.job(), state=State.DONE, reason="", result={"digest": "0xab"}, stage="x")

    run.write(job)

    assert run.job() == job
    assert (run.path / "recipe.toml").read_text() == f"# train {run.path}\n"


def test_job_when_its_process_is_gone_or_another_is_interrupted(book: JobBook) -> None:
    run, me = ordered(book), this_process()

    states = []
    for worker in (me, replace(me, started=me.started - 60), Worker(2**22 + 1, 0.0), None):
        set_state(run, State.RUNNING, worker)
        states.append(run.job().state)

    assert states == [State.RUNNING, State.INTERRUPTED, State.INTERRUPTED, State.INTERRUPTED]


def test_is_alive_when_a_child_has_died_unburied_says_no() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)

    assert not is_alive(Worker(child, this_process().started)) and is_alive(this_process())
    os.waitpid(child, 0)


def test_claim_when_another_process_holds_it_is_refused(book: JobBook) -> None:
    run = ordered(book)
    set_state(run, State.RUNNING, this_process())

    with run.claimed():
        refused = subprocess.run(
            [sys.executable, "-c", CLAIM, str(run.path)], capture_output=True, text=True, check=True
        ).stdout

    assert refused == f"Process {os.getpid()} works on this job."
    with run.claimed():
        pass


def test_last_step_when_the_line_was_cut_off_is_the_one_before(book: JobBook) -> None:
    run = ordered(book)
    assert run.last_step() is None
    run.note_step(STEP)
    with (run.path / PROGRESS).open("a") as out:
        out.write('{"step": 4, "ste')

    assert run.last_step() == STEP
    run.mend_progress()
    run.note_step(replace(STEP, step=4))
    assert run.last_step() == replace(STEP, step=4)


def test_job_when_its_file_is_damaged_says_so(book: JobBook) -> None:
    run = ordered(book)
    (run.path / "job.json").write_text("{", encoding="utf-8")

    with pytest.raises(IntegrityViolation, match="damaged"):
        run.job()


def test_book_when_jobs_share_a_name_finds_the_newest_and_each_by_number(book: JobBook) -> None:
    for name in ("estuary", "mills", "estuary"):
        ordered(book, name)

    assert [book.find(n).job().number for n in ("estuary", "mills", "1")] == [3, 2, 1]
    assert [line_of(run).job for run in book.runs()] == [1, 2, 3]
    with pytest.raises(NotFound):
        book.find("4")


def test_abort_when_a_job_waits_stops_it_and_when_it_runs_asks(book: JobBook) -> None:
    waiting, running, dead = ordered(book), ordered(book), ordered(book)
    set_state(running, State.RUNNING, this_process())
    set_state(dead, State.RUNNING, None)

    book.abort("1")
    book.abort("3")
    with running.claimed():
        book.abort("2")

    assert [r.job().state for r in (waiting, running, dead)] == [State.STOPPED, State.RUNNING, State.STOPPED]
    assert running.is_asked_to_stop() and not waiting.is_asked_to_stop()
    with pytest.raises(Conflict, match="stopped already"):
        book.abort("1")


def test_requeue_when_stopped_waits_again_in_its_old_place(book: JobBook) -> None:
    ordered(book)
    ordered(book)
    book.abort("1")
    assert book.next_waiting() == RunFolder(book.folder / "000002")

    book.requeue("1")

    assert book.next_waiting() == RunFolder(book.folder / "000001")
    with pytest.raises(Conflict, match="queued"):
        book.requeue("1")


def test_queue_when_held_by_another_is_refused(book: JobBook) -> None:
    with book.queue_held(), pytest.raises(Conflict, match="queue"), book.queue_held():
        pass


def test_job_when_in_a_file_has_no_half_written_neighbour(book: JobBook) -> None:
    run = ordered(book)

    assert sorted(p.name for p in run.path.iterdir()) == ["job.json", "recipe.toml"]
    assert json.loads((run.path / "job.json").read_text())["state"] == "queued"
    assert Job(1, ORDER, State.STOPPED, 0).may_resume
