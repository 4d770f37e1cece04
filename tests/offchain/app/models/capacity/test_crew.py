"""Who trains: what cannot be is refused before there is a job, and a job keeps what it was ordered with."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from support.training_desk import dataset, make_base, questions, set_desk
from tallystick.app.models.capacity.parallel import check_crew, check_present, shares
from tallystick.app.models.capacity.planning import require_room
from tallystick.app.models.jobs.job import Crew
from tallystick.app.models.jobs.job_book import detail_of
from tallystick.app.models.jobs.training import TrainingDesk
from tallystick.errors import InvalidInput
from tallystick.pipeline.training.planning import machine
from tallystick.pipeline.training.recipe import TrainingRecipe

pytestmark = pytest.mark.slow

WHOLE = TrainingRecipe(halves=False, minibatch=4)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def desk(tmp_path: Path, base: Path) -> TrainingDesk:
    return set_desk(tmp_path / "home", base, [dataset(1, questions(6))])[0]


@pytest.mark.parametrize(
    ("crew", "recipe", "why"),
    [
        (Crew(1, sharded=True), WHOLE, "nobody to share"),
        (Crew(2), TrainingRecipe(), "one process"),
        (Crew(1, ray="local"), TrainingRecipe(), "one process"),
        (Crew(5), WHOLE, "minibatch of 4"),
        (Crew(2, sharded=True), replace(WHOLE, optimiser="adamw-8bit"), "no sharded state"),
    ],
)
def test_check_crew_when_workers_cannot_share_the_recipe_says_why(
    crew: Crew, recipe: TrainingRecipe, why: str
) -> None:
    with pytest.raises(InvalidInput, match=why) as refused:
        check_crew(crew, recipe)
    assert refused.value.hint


def test_check_present_when_workers_outnumber_processors_names_how_many_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 3)

    check_present(Crew(3))
    check_present(Crew(64, ray="10.0.0.7:6379"))
    for crew in (Crew(4), Crew(4, ray="local")):
        with pytest.raises(InvalidInput, match="has 3 processors") as refused:
            check_present(crew)
        assert "--workers 3" in refused.value.hint


def test_check_present_when_the_cluster_has_no_address_refuses() -> None:
    with pytest.raises(InvalidInput, match="needs an address"):
        check_present(Crew(2, ray=""))


def test_order_when_ray_is_not_installed_makes_no_job(
    desk: TrainingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)

    with pytest.raises(InvalidInput, match="not installed"):
        desk.order(["mills"], "qlora-nf4", "estuary", crew=Crew(2, ray="local"))
    assert desk.jobs.runs() == ()


def test_order_when_several_workers_are_named_keeps_them_and_tells_the_command(desk: TrainingDesk) -> None:
    crew = Crew(2, sharded=True, ray="local")

    run = desk.order(["mills"], "qlora-nf4", "estuary", crew=crew)

    assert run.job().order.crew == crew
    assert "--workers 2 --sharded --ray local --name estuary" in detail_of(run).command
    assert desk.jobs.find("estuary").job().order.crew == crew


def test_require_room_when_workers_need_more_than_one_says_how_many_fit(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = questions(6)
    monkeypatch.setattr(machine, "free_bytes", lambda device: 3 * 2**30)

    require_room(base, bodies, WHOLE)
    with pytest.raises(InvalidInput, match="64 workers need") as refused:
        require_room(base, bodies, WHOLE, crew=Crew(64))
    assert "--sharded" in refused.value.hint
    require_room(base, bodies, WHOLE, crew=Crew(64, ray="10.0.0.7:6379"))


def test_shares_when_there_are_more_workers_than_threads_gives_each_one() -> None:
    assert [shares(threads, workers) for threads, workers in ((8, 2), (3, 2), (1, 4))] == [4, 1, 1]
