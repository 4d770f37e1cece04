"""A worker that is killed by SIGKILL: told as interrupted, resumed by another process, the same adapter in the end."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import training_desk
from support.training_desk import dataset, make_base, questions, set_desk
from tallystick.app.models.jobs.job import Crew, State
from tallystick.app.models.jobs.run_folder import RunFolder, is_alive
from tallystick.app.models.jobs.training import TrainingDesk
from tallystick.errors import Conflict

pytestmark = pytest.mark.slow

RECORDS = 40
HALVES = (
    "rank = 2\nalpha = 4\nlayers = 2\nepochs = 30\nminibatch = 4\nrewordings = 1\nquantisation = 'int8'\n"
)
PACKED = 'method = "lora"\nhalves = false\nrank = 2\nalpha = 4\nepochs = 30\nminibatch = 4\npacking = true\n'
SHARDED = 'method = "qlora"\nhalves = false\nrank = 2\nalpha = 4\nepochs = 3\nminibatch = 4\npacking = true\n'
PATIENCE_S = 900.0


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(params=[HALVES, PACKED], ids=["halves", "packed"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, base: Path) -> TrainingDesk:
    return desk_with(request.param, tmp_path, base)


def desk_with(recipe: str, tmp_path: Path, base: Path) -> TrainingDesk:
    (tmp_path / "small.toml").write_text(recipe, encoding="utf-8")
    made = set_desk(tmp_path / "home", base, [dataset(1, questions(RECORDS))])[0]
    told = {"records": RECORDS, "base": str(base)}
    (tmp_path / "home" / "desk.json").write_text(json.dumps(told), encoding="utf-8")
    return made


def order(desk: TrainingDesk, name: str, crew: Crew = Crew()) -> RunFolder:  # noqa: B008
    return desk.order(["mills"], str(desk.book.home.parent / "small.toml"), name, crew=crew)


def begin(desk: TrainingDesk, job: str, verb: str = "run") -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, training_desk.__file__, str(desk.book.home), verb, job]
    child = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def wait_for_step(run: RunFolder, child: subprocess.Popen[bytes], step: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while (made := run.last_step()) is None or made.step < step:
        assert child.poll() is None, "the worker ended by itself"
        assert time.monotonic() < end, "the worker came nowhere"
        time.sleep(0.005)


def quiet(done: int, total: int, note: str) -> None:
    pass


def test_job_when_its_worker_is_killed_is_resumed_to_the_same_digest(desk: TrainingDesk) -> None:
    whole = order(desk, "whole")
    desk.work_on(whole, quiet)
    killed, step = order(desk, "killed"), random.randrange(52, 180)
    print(f"killed from step {step} on")

    for child in begin(desk, "2"):
        wait_for_step(killed, child, step)
        running = killed.job()
        with pytest.raises(Conflict, match=f"Process {child.pid}"):
            desk.resume("killed", quiet)
        child.send_signal(signal.SIGKILL)
        child.wait()

    assert running.state is State.RUNNING and running.worker is not None
    assert not is_alive(running.worker)
    assert killed.job().state is State.INTERRUPTED
    assert list((killed.path / "checkpoints").glob("step-*"))
    assert [line.state for line in desk.work_through(quiet)] == ["done"]
    assert killed.job().result["digest"] == whole.job().result["digest"]


@pytest.mark.timeout(3000)
def test_job_when_its_two_workers_are_aborted_and_killed_is_resumed_to_the_same_digest(
    tmp_path: Path, base: Path
) -> None:
    desk, crew = desk_with(SHARDED, tmp_path, base), Crew(2, sharded=True)
    whole = order(desk, "whole", crew)
    desk.work_on(whole, quiet)
    broken, step = order(desk, "broken", crew), random.randrange(8, 16)
    print(f"killed from step {step} on")

    for child in begin(desk, "2"):
        wait_for_step(broken, child, 4)
        desk.jobs.abort("broken")
        child.wait(PATIENCE_S)
    aborted, aborted_at = broken.job(), broken.last_step()
    for child in begin(desk, "2", "resume"):
        wait_for_step(broken, child, step)
        child.send_signal(signal.SIGKILL)
        child.wait()

    assert (aborted.state, aborted.reason) == (State.STOPPED, "aborted")
    assert aborted_at is not None and aborted_at.step < 21
    assert broken.job().state is State.INTERRUPTED
    assert [line.state for line in desk.work_through(quiet)] == ["done"]
    told = [json.loads(line)["step"] for line in (broken.path / "progress.jsonl").read_text().splitlines()]
    assert told[: aborted_at.step + 1] == [*range(1, aborted_at.step + 2)]
    assert told.count(1) == 1
    assert broken.job().result["digest"] == whole.job().result["digest"]
    facts = json.loads((broken.path / "facts.json").read_text())
    assert (facts["workers"], facts["sharded"]) == ("2", "True")
