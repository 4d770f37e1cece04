"""Verbs about jobs: without a chain one orders, looks, follows and stops."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from tallystick.app.models.jobs.job import State, StepMade
from tallystick.app.node import Node
from tallystick.app.verbs import jobs
from tallystick.app.verbs.parts import Outside
from tallystick.app.workbook import Workbook
from tallystick.config import load
from tallystick.domain.ids import AssetId
from tallystick.errors import Conflict, InvalidInput, NotFound

RECIPE = {"datasets": ("mills",), "recipe": "lora"}


class NoOutside:
    """Has no chain, no content and no key; keeps what was reported."""

    def __init__(self) -> None:
        self.reported: list[tuple[str, int, int]] = []

    def report(self, what: str, done: int, total: int) -> None:
        self.reported.append((what, done, total))


@pytest.fixture
def outside() -> NoOutside:
    return NoOutside()


@pytest.fixture
def node(tmp_path: Path, outside: NoOutside) -> Node:
    Workbook(tmp_path).note_dataset("mills", AssetId(bytes(32)))
    return Node(load({"home": str(tmp_path)}, {}, ()), cast(Outside, outside))


def test_job_when_queued_is_listed_shown_and_aborted_without_a_chain(node: Node, tmp_path: Path) -> None:
    made = node.queue_training(**RECIPE, name="estuary")  # type: ignore[arg-type]

    assert [(line.job, line.model, line.state) for line in node.jobs()] == [(1, "estuary", "queued")]
    assert made == node.job(name="estuary")
    assert made.folder == str(tmp_path / "jobs" / "000001")
    assert made.command == (
        f"tallystick model train --recipe {made.folder}/recipe.toml --dataset 0x{'00' * 32}"
        f" --rules {made.folder}/care.toml --name estuary"
    )
    assert node.abort_job(name="1").state == "stopped"
    assert node.requeue_job(name="1").state == "queued"
    with pytest.raises(Conflict, match="needs no resuming"):
        node.resume_job(name="1")


def test_queue_when_empty_needs_no_chain(node: Node) -> None:
    assert node.run_jobs() == node.jobs() == ()
    with pytest.raises(NotFound, match="no job"):
        node.resume_job(name="estuary")


def test_job_when_ordered_with_rules_keeps_them(node: Node, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('ignored = ["email"]\ntoxic_terms = ["\N{PILE OF POO}"]\n', encoding="utf-8")

    made = node.queue_training(**RECIPE, name="estuary", rules=rules)  # type: ignore[arg-type]

    kept = (Path(made.folder) / "care.toml").read_text(encoding="utf-8")
    assert 'ignored = ["email"]' in kept and "\N{PILE OF POO}" in kept
    rules.write_text("similarity = 7", encoding="utf-8")
    with pytest.raises(InvalidInput, match="similarity"):
        node.queue_training(**RECIPE, name="estuary", rules=rules)  # type: ignore[arg-type]
    assert len(node.jobs()) == 1


def test_job_when_followed_reports_steps_until_it_ends(
    node: Node, outside: NoOutside, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.queue_training(**RECIPE, name="estuary")  # type: ignore[arg-type]
    run = node._jobs.find("1")
    steps = iter([StepMade(1, 2, 3.0, 10.0, 5, 1.0), StepMade(2, 2, 1.5, 12.0, 5, 0.0)])

    def next_second(_: float) -> None:
        made = next(steps, None)
        if made is None:
            run.write(replace(run.job(), state=State.DONE))
        else:
            run.note_step(made)

    monkeypatch.setattr(cast(Any, jobs).time, "sleep", next_second)

    assert node.follow_job(name="estuary").state == "done"
    assert outside.reported == [
        ("loss 3.000, 10 tokens/s, 1 s left", 1, 2),
        ("loss 1.500, 12 tokens/s, 0 s left", 2, 2),
    ]
