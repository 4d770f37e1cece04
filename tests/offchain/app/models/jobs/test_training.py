"""Trainings as jobs on a tiny base: what is kept, what is refused, and the same adapter again."""

import json
import shlex
from pathlib import Path

import pytest

from support.training_desk import dataset, make_base, questions, set_desk
from tallystick.app.models.jobs.curve import steps_on_the_way
from tallystick.app.models.jobs.job import JobDetail, State
from tallystick.app.models.jobs.job_book import detail_of, line_of
from tallystick.app.models.jobs.training import TrainingDesk
from tallystick.app.models.jobs.watch import Progress
from tallystick.domain.ids import Purpose
from tallystick.errors import Conflict, IntegrityViolation, InvalidInput, NotFound
from tallystick.pipeline.models.adapter import adapter_digest
from tallystick.pipeline.training.recipe import TrainingRecipe, load_recipe

pytestmark = pytest.mark.slow

SMALL = 'method = "lora"\nhalves = false\nrank = 2\nalpha = 4\nepochs = 2\nminibatch = 8\npacking = true\n'
BODIES = [*questions(30), {"question": "Who has the key?", "answer": "Write to keeper@harrowmill.org."}]


def quiet(done: int, total: int, note: str) -> None:
    pass


def stop_at(desk: TrainingDesk, step: int) -> Progress:
    def progress(done: int, total: int, note: str) -> None:
        if done == step:
            desk.jobs.abort("1")

    return progress


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return str(path)


@pytest.fixture
def desk(tmp_path: Path, base: Path) -> TrainingDesk:
    return set_desk(tmp_path / "home", base, [dataset(1, BODIES)])[0]


def trained(desk: TrainingDesk, recipe: str, name: str = "estuary") -> JobDetail:
    run = desk.order(["mills"], recipe, name)
    desk.work_on(run, quiet)
    return detail_of(run)


def test_training_when_done_keeps_all_that_made_it(desk: TrainingDesk, recipe: str) -> None:
    done = trained(desk, recipe)
    folder = Path(done.folder)

    assert (done.state, done.job, done.model) == ("done", 1, "estuary")
    assert done.progress is not None and done.progress.step == done.progress.steps == 6
    assert done.progress.peak_memory > 50_000_000 and done.progress.tokens_per_s > 0
    assert load_recipe(str(folder / "recipe.toml")) == load_recipe(recipe)
    (data,) = json.loads((folder / "data.json").read_text())
    assert data == {
        "dataset": "0x" + "01" * 32, "root": "0x" + "01" * 32, "records": 31, "used": 20, "role": "training",
    }  # fmt: skip
    assert done.result["sealed_questions"] == 10 and done.result["examples"] == 20
    facts = json.loads((folder / "facts.json").read_text())
    assert facts["threads"] == "1" and {"machine", "torch", "peft", "data", "base", "recipe"} <= set(facts)
    assert not (folder / "checkpoints").exists()


def test_training_when_done_has_its_adapter_under_its_digest(desk: TrainingDesk, recipe: str) -> None:
    digest = trained(desk, recipe).result["digest"]
    folder = desk.book.adapter_folder("estuary")

    assert folder.parent.name == "artifacts" and folder.name == digest[2:]
    assert f"0x{adapter_digest(folder).hex()}" == digest


def test_training_when_a_record_is_quarantined_says_why_and_repeats_no_text(
    desk: TrainingDesk, recipe: str
) -> None:
    done = trained(desk, recipe)
    lines = (Path(done.folder) / "quarantine.jsonl").read_text().splitlines()

    (told,) = map(json.loads, lines)
    assert (told["dataset"], told["record"]) == ("0x" + "01" * 32, 30)
    assert [r["kind"] for r in told["reasons"]] == ["email"]
    assert "keeper" not in lines[0]
    assert done.result["quarantined"] == 1
    assert desk.book.model("estuary")["left_out"]["01" * 32] == [*range(2, 30, 3), 30]


LONG = {"question": "What is the long mill of 1650 for?", "answer": "It ground barley and rye. " * 40}


def test_training_when_a_record_is_too_long_for_the_recipe_sets_it_aside_with_its_reason(
    tmp_path: Path, base: Path, recipe: str
) -> None:
    Path(recipe).write_text(SMALL + "cutoff = 512\n", encoding="utf-8")
    desk, _, _ = set_desk(tmp_path / "home", base, [dataset(1, [*BODIES, LONG])])

    done = trained(desk, recipe)
    told = [json.loads(x) for x in (Path(done.folder) / "quarantine.jsonl").read_text().splitlines()]

    assert [(t["record"], [r["kind"] for r in t["reasons"]]) for t in told] == [
        (30, ["email"]),
        (31, ["too_long"]),
    ]
    assert "more than the 512 of the recipe's `cutoff`" in told[1]["reasons"][0]["message"]
    assert done.result["quarantined"] == 2 and done.result["examples"] == 20
    assert done.result["quarantine_reasons"] == {"email": 1, "too_long": 1}
    kept = desk.book.model("estuary")
    assert kept["left_out"]["01" * 32][-1] == 31
    assert kept["run"]["quarantined"] == {"email": 1, "too_long": 1}


def test_training_when_more_than_a_tenth_is_too_long_is_refused_before_anything_is_sealed(
    tmp_path: Path, base: Path, recipe: str
) -> None:
    Path(recipe).write_text(SMALL + "cutoff = 512\n", encoding="utf-8")
    names = ("Ash", "Birch", "Elm", "Hazel", "Willow", "Yew")
    longer = [
        {"question": f"What is the {n} mill for?", "answer": f"It ground {n} for {n} and {n}. " * 40}
        for n in names
    ]
    desk, _, judge = set_desk(tmp_path / "home", base, [dataset(1, [*BODIES[:20], *longer, *BODIES[20:]])])
    run = desk.order(["mills"], recipe, "estuary")

    with pytest.raises(InvalidInput, match=r"records have more than the 512 tokens.* 10% at most") as refused:
        desk.work_on(run, quiet)

    assert "raise `cutoff`" in refused.value.hint
    assert (run.job().state, judge.commitments) == (State.FAILED, [])


def test_training_when_its_printed_command_is_run_again_gives_the_same_digest(
    desk: TrainingDesk, recipe: str, tmp_path: Path
) -> None:
    first = trained(desk, recipe)
    words = shlex.split(first.command)
    told = dict(zip(words[3::2], words[4::2], strict=True))

    run = desk.order([told["--dataset"]], told["--recipe"], told["--name"], Path(told["--rules"]))
    desk.work_on(run, quiet)

    assert words[:3] == ["tallystick", "model", "train"]
    assert detail_of(run).job == 2
    assert detail_of(run).result["digest"] == first.result["digest"]


def test_training_when_the_seed_is_another_gives_another_digest_and_forgets_the_registration(
    desk: TrainingDesk, recipe: str
) -> None:
    first = trained(desk, recipe)
    desk.book.note_model("estuary", {"terms_id": "ab" * 32})
    assert desk.book.model("estuary")["terms_id"]
    Path(recipe).write_text(SMALL + "seed = 8\n", encoding="utf-8")

    second = trained(desk, recipe)

    assert second.result["digest"] != first.result["digest"]
    assert "terms_id" not in desk.book.model("estuary")
    assert desk.book.artifact_folder(bytes.fromhex(first.result["digest"][2:])).is_dir()  # type: ignore[arg-type]


def test_training_when_aborted_and_resumed_comes_to_the_same_digest_and_seals_once(
    tmp_path: Path, base: Path, recipe: str
) -> None:
    desk, given, judge = set_desk(tmp_path / "home", base, [dataset(1, BODIES)])
    run = desk.order(["mills"], recipe, "estuary")
    with pytest.raises(Conflict, match="aborted"):
        desk.work_on(run, stop_at(desk, 3))
    stopped = detail_of(run)

    desk.resume("estuary", quiet)

    assert (stopped.state, stopped.reason) == ("stopped", "aborted")
    assert stopped.progress is not None and stopped.progress.step in (3, 4)
    assert len(judge.commitments) == 1 and given.asked == [Purpose.TRAIN] * 2
    assert detail_of(run).result["digest"] == trained(desk, recipe, "again").result["digest"]


def test_training_when_stopped_by_the_user_may_be_resumed(desk: TrainingDesk, recipe: str) -> None:
    def press(done: int, total: int, note: str) -> None:
        raise KeyboardInterrupt

    run = desk.order(["mills"], recipe, "estuary")
    with pytest.raises(KeyboardInterrupt, match="job resume 1"):
        desk.work_on(run, press)

    assert (run.job().state, run.job().reason) == (State.STOPPED, "stopped by Ctrl-C")
    assert [p.name for p in (run.path / "checkpoints").iterdir()] == ["step-00000001"]


def test_training_when_its_data_are_others_is_not_resumed(tmp_path: Path, base: Path, recipe: str) -> None:
    desk, _, _ = set_desk(tmp_path / "home", base, [dataset(1, BODIES)])
    run = desk.order(["mills"], recipe, "estuary")
    with pytest.raises(Conflict, match="aborted"):
        desk.work_on(run, stop_at(desk, 3))
    other, _, _ = set_desk(tmp_path / "home", base, [dataset(1, [*BODIES, *questions(40)[35:]])])

    with pytest.raises(Conflict, match="data '"):
        other.resume("estuary", quiet)
    assert run.job().state is State.FAILED


def test_queue_when_worked_through_takes_the_oldest_first_and_survives_a_failure(
    tmp_path: Path, base: Path, recipe: str
) -> None:
    few = [dataset(2, questions(2), "few"), dataset(1, BODIES)]
    desk, _, _ = set_desk(tmp_path / "home", base, few)
    for names, name in ((["few"], "bad"), (["mills"], "good")):
        desk.order(names, recipe, name)

    done = desk.work_through(quiet)

    assert [(line.model, line.state) for line in done] == [("bad", "failed"), ("good", "done")]
    assert "fewer than three" in done[0].reason
    assert desk.work_through(quiet) == ()


def test_queue_when_told_to_end_begins_no_further_job(desk: TrainingDesk, recipe: str) -> None:
    run = desk.order(["mills"], recipe, "estuary")

    assert desk.work_through(quiet, lambda: False) == ()
    assert run.job().state is State.QUEUED


@pytest.mark.parametrize(
    ("names", "recipe_name", "name", "error"),
    [
        (["nowhere"], "default", "a", NotFound),
        (["mills"], "nowhere", "a", NotFound),
        (["mills"], "default", "../a", InvalidInput),
        (["mills"], "default", "7", InvalidInput),
        (["mills", "0x" + "01" * 32], "default", "a", InvalidInput),
    ],
)
def test_order_when_wrong_leaves_no_job(
    desk: TrainingDesk, names: list[str], recipe_name: str, name: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        desk.order(names, recipe_name, name)

    assert desk.jobs.runs() == ()


def test_jobs_when_one_is_damaged_shows_and_runs_the_others(desk: TrainingDesk, recipe: str) -> None:
    for name in ("broken", "whole"):
        desk.order(["mills"], recipe, name)
    desk.jobs.folder.joinpath("000001", "job.json").write_text("{", encoding="utf-8")

    done = desk.work_through(quiet)
    lines = [line_of(run) for run in desk.jobs.runs()]

    assert [(line.job, line.state) for line in done] == [(2, "done")]
    assert [(line.job, line.state) for line in lines] == [(1, "damaged"), (2, "done")]
    assert "Remove that folder" in lines[0].reason
    assert desk.jobs.find("whole").path == desk.jobs.find("2").path
    with pytest.raises(IntegrityViolation, match="is damaged"):
        detail_of(desk.jobs.find("1"))


def test_detail_of_when_its_recipe_is_gone_shows_the_rest(desk: TrainingDesk, recipe: str) -> None:
    run = desk.order(["mills"], recipe, "estuary")
    assert detail_of(run).command.startswith("tallystick model train")

    (run.path / "recipe.toml").write_text("garbage\n", encoding="utf-8")
    assert (detail_of(run).command, detail_of(run).state) == ("", "queued")
    (run.path / "recipe.toml").unlink()
    assert (detail_of(run).command, detail_of(run).state) == ("", "queued")


def test_training_when_scored_on_its_way_has_a_curve_and_the_same_digest(
    desk: TrainingDesk, recipe: str
) -> None:
    run = desk.order(["mills"], recipe, "looked", points=3)
    desk.work_on(run, quiet)
    looked, plain = detail_of(run), trained(desk, recipe)

    curve = looked.result["curve"]
    assert len(curve) == 3 and [p[0] for p in curve] == sorted(p[0] for p in curve)
    assert all(0 <= score <= 1 for _, score in curve)
    assert curve[-1] == [looked.result["seconds"], looked.result["rouge_l_after"]]
    assert looked.result["digest"] == plain.result["digest"] and len(plain.result["curve"]) == 1
    assert not (Path(looked.folder) / "checkpoints").exists()


def test_steps_on_the_way_when_there_are_fewer_steps_than_points_are_those_there_are() -> None:
    recipe = TrainingRecipe(epochs=2, minibatch=8)

    assert steps_on_the_way(recipe, 20, 3) == {2, 4}
    assert steps_on_the_way(recipe, 8, 6) == {1}
    assert steps_on_the_way(recipe, 20, 1) == frozenset()
