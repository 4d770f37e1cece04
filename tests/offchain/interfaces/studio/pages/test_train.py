"""The pages of training over a real node without a chain: ordering, looking and stopping need none."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest

from support.studio.visiting import Visitor, visiting
from tallystick.app.models.capacity.planning import MemoryPlan
from tallystick.app.models.jobs.job import State, StepMade
from tallystick.app.models.jobs.job_book import JobBook
from tallystick.app.models.jobs.run_folder import this_process
from tallystick.app.node import Node
from tallystick.app.verbs.parts import Outside
from tallystick.app.workbook import Workbook
from tallystick.config import load
from tallystick.domain.ids import AssetId
from tallystick.errors import Unavailable

pytestmark = pytest.mark.slow

PLAN = MemoryPlan("x", "cpu", 900, 4_000, True, {"weights": 500}, {"lora": 900})


class NoChain:
    """An outside world that does not answer."""

    def report(self, what: str, done: int, total: int) -> None:
        pass

    def chain(self) -> Any:
        raise Unavailable("The chain does not answer.", "Start it.")


class Planless(Node):
    """Its memory plan is given: a real one needs the data and the base model."""

    def plan_model(self, *, datasets: tuple[str, ...], recipe: str, device: str) -> MemoryPlan:
        assert Path(recipe).is_file()
        return PLAN if datasets == ("mills",) else replace(PLAN, fits=False, needed_mib=9_000)


@pytest.fixture
def node(tmp_path: Path) -> Node:
    Workbook(tmp_path).note_dataset("mills", AssetId(bytes(32)))
    return Planless(load({"home": str(tmp_path)}, {}, ()), cast(Outside, NoChain()))


@pytest.fixture
def visitor(node: Node, tmp_path: Path) -> Iterator[Visitor]:
    with visiting(node, tmp_path) as opened:
        yield opened


def filled(node: Node, **changed: str) -> dict[str, str]:
    settings = {f"set-{f.name}": f.value for f in node.recipe(name="lora").fields}
    return settings | {f"set-{name}": value for name, value in changed.items()}


def order(visitor: Visitor, node: Node, **fields: Any) -> Any:
    told = {"name": "estuary", "act": "queue", "datasets": ["mills"]} | filled(node, rank="4") | fields
    return visitor.send_form("/train", **told)


def test_training_when_ordered_waits_with_what_was_typed(visitor: Visitor, node: Node) -> None:
    answer = order(visitor, node)

    assert answer.headers["location"] == "/train/jobs/1"
    assert "rank = 4" in (Path(node.job(name="1").folder) / "recipe.toml").read_text(encoding="utf-8")
    page = visitor.get("/train/jobs/1").text
    assert "It waits for its turn." in page
    assert "tallystick model train --recipe" in page
    assert "Work through the queue" in visitor.get("/train").text


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"name": "7"}, "cannot be called 7"),
        ({"datasets": []}, "No data set was chosen"),
        ({"set-rank": "-1"}, "outside its limits"),
        ({"datasets": ["hills"]}, "hills"),
    ],
)
def test_training_when_the_order_is_wrong_is_not_queued(
    visitor: Visitor, node: Node, fields: dict[str, Any], why: str
) -> None:
    answer = order(visitor, node, **fields)

    assert answer.status_code in (400, 404)
    assert why in answer.text
    assert node.jobs() == ()


def test_training_when_the_chain_is_dead_stays_queued_and_says_why(visitor: Visitor, node: Node) -> None:
    order(visitor, node, act="start")
    visitor.studio.works.close()

    assert node.job(name="1").state == "queued"
    assert "The chain does not answer." in visitor.get("/train/jobs/1/live").text
    assert "The chain does not answer." in visitor.get("/train").text


def test_job_when_aborted_can_be_resumed(visitor: Visitor, node: Node) -> None:
    order(visitor, node)

    visitor.send_form("/train/jobs/1/abort")
    assert 'action="/train/jobs/1/resume"' in visitor.get("/train/jobs/1").text
    visitor.send_form("/train/jobs/1/resume")
    assert node.job(name="1").state == "queued"


def run_first(node: Node, home: Path, steps: int) -> Any:
    """A job as a training in this process leaves it while it runs."""
    run = JobBook(home / "jobs").find("1")
    run.write(replace(run.job(), state=State.RUNNING, stage="training", worker=this_process()))
    for step in range(1, steps + 1):
        run.note_step(StepMade(step, 1_000, 4.0 / step, 250.0, 2**30, 60.0))
    return run


def test_job_when_running_shows_loss_and_speed_and_looks_again(
    visitor: Visitor, node: Node, tmp_path: Path
) -> None:
    order(visitor, node)
    run = run_first(node, tmp_path, 600)
    run.note_step(StepMade(600, 1_000, 0.25, 250.0, 2**30, 60.0))  # again, after a checkpoint

    text = visitor.get("/train/jobs/1/live").text

    assert 'hx-trigger="every 2s"' in text
    assert "0.250 nats" in text
    assert "250 tokens/s" in text
    assert text.count("<polyline") == 2
    curve = node.job_curve(name="1")
    assert len(curve) <= 240
    assert (curve[-1].step, curve[-1].loss) == (600, 0.25)


def test_studio_when_closed_stops_what_it_trains_with_a_checkpoint(
    visitor: Visitor, node: Node, tmp_path: Path
) -> None:
    order(visitor, node)
    run, begun, deadline = run_first(node, tmp_path, 1), Event(), time.monotonic() + 60

    def train() -> None:
        begun.set()
        while not run.is_asked_to_stop() and time.monotonic() < deadline:
            time.sleep(0.01)

    work = visitor.studio.works.start_hours("It", train, page="/train", owner="", halt=node.halt_jobs)
    assert begun.wait(60)
    visitor.studio.works.close()

    assert (work.state, run.is_asked_to_stop()) == ("done", True)


def test_recipe_when_a_choice_changes_shows_its_settings(visitor: Visitor, node: Node) -> None:
    text = visitor.get("/train/fields", params=filled(node, method="prompt-tuning")).text

    assert 'name="set-init"' in text
    assert 'name="set-rank"' not in text


def test_recipe_when_saved_is_loaded_again(visitor: Visitor, node: Node) -> None:
    answer = visitor.send_form("/train/recipes", **filled(node, rank="3"), **{"save-as": "mine"})

    assert answer.headers["location"] == "/train/new?recipe=mine"
    page = visitor.get("/train/new?recipe=mine").text
    assert 'name="set-rank" value="3"' in page
    assert '<option value="mine" selected>' in page


@pytest.mark.parametrize(("sets", "said"), [(["mills"], "It fits: 900 MiB"), ([], "It does not fit: 9,000")])
def test_plan_when_asked_for_says_whether_it_fits_and_the_command(
    visitor: Visitor, node: Node, sets: list[str], said: str
) -> None:
    params: dict[str, Any] = filled(node) | {"datasets": sets, "name": "estuary"}

    text = visitor.get("/train/plan", params=params).text

    assert said in text
    assert "tallystick model train --recipe" in text
    assert "--name estuary" in text


def test_training_when_one_is_a_visitor_cannot_be_ordered(node: Node, tmp_path: Path) -> None:
    with visiting(node, tmp_path, is_operator=False) as visitor:
        assert visitor.get("/train/new").status_code == 401
        assert visitor.send_form("/train/run").status_code == 401
        assert "Sign in as the operator" in visitor.get("/train").text
