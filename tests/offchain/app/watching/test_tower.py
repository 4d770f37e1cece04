"""What a watchtower does with a chain that seems to lose a batch for a while, and with a case that breaks it."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tallystick.app.watching.case import State
from tallystick.app.watching.checking import Checked
from tallystick.app.watching.journal import Journal
from tallystick.app.watching.numbers import counted
from tallystick.app.watching.policy import WatchPolicy
from tallystick.app.watching.scoring import Scored
from tallystick.app.watching.tower import WatchReport, Watchtower
from tallystick.domain.challenge import Subject
from tallystick.domain.ids import ZERO_HASH
from tallystick.errors import Unavailable
from tallystick.gateways.metrics.registry import Registry
from tallystick.ports import SubmittedBatch

POSTED, ENDS = 100, 10_000


@dataclass
class Shelf:
    """A chain with batches at a block, which shows them from there on."""

    head: int = POSTED
    blocks: dict[int, int] = field(default_factory=lambda: {1: POSTED})
    checked: list[int] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)

    def chain(self) -> Any:
        batch = SimpleNamespace(status="open", header=SimpleNamespace(poster="0x01"))
        batches = SimpleNamespace(
            submitted=self.submitted, batch=lambda number: batch, ends_at=lambda batch: ENDS
        )
        return SimpleNamespace(
            head=lambda: self.head,
            now=lambda: 1,
            sender=None,
            batches=batches,
            rewards=SimpleNamespace(proposed=lambda first, head: ()),
        )

    def submitted(self, first: int, head: int) -> tuple[SubmittedBatch, ...]:
        there = ((n, block) for n, block in self.blocks.items() if first <= block <= head)
        return tuple(
            SubmittedBatch(n, bytes([n]) * 32, SimpleNamespace(), block, ZERO_HASH) for n, block in there
        )  # type: ignore[arg-type]

    def batch(self, submitted: SubmittedBatch) -> Checked:
        self.checked.append(submitted.batch_id)
        if submitted.batch_id in self.broken:
            raise ZeroDivisionError("a defect of ours")
        return Checked((), lambda: 0, lambda: iter(()), lambda *_: None)  # type: ignore[arg-type,return-value]

    def tower(self, folder: Path) -> Watchtower:
        return Watchtower(self.chain(), self, Journal(folder / "cases.jsonl"), WatchPolicy("never"))  # type: ignore[arg-type]


@pytest.mark.parametrize("away", [POSTED - 3, POSTED + 200])
def test_batch_when_it_is_away_for_a_while_is_under_watch_again(away: int, tmp_path: Path) -> None:
    shelf = Shelf(broken={1})
    tower = shelf.tower(tmp_path)
    tower.look()
    shelf.head, shelf.blocks = away, {}
    tower.look()
    shelf.head, shelf.blocks, shelf.broken = 300, {1: POSTED}, set()

    report = tower.look()

    assert shelf.checked == [1, 1] and (report.clean, report.unread) == (1, 0)


def test_batch_when_it_came_in_another_block_is_known_by_that(tmp_path: Path) -> None:
    shelf = Shelf()
    tower = shelf.tower(tmp_path)
    tower.look()
    shelf.head, shelf.blocks = POSTED + 1, {1: POSTED + 1}

    tower.look()

    (case,) = tower.cases()
    assert (case.block, case.state) == (POSTED + 1, State.CLEAN) and shelf.checked == [1]


def test_batch_when_it_breaks_the_check_keeps_nobody_from_the_others(tmp_path: Path) -> None:
    shelf = Shelf(blocks={1: POSTED, 2: POSTED}, broken={1})
    tower = shelf.tower(tmp_path)

    report = tower.look()

    found = {case.key: case for case in tower.cases()}
    assert shelf.checked == [1, 2] and report.clean == 1
    assert found[Subject.BATCH, 1].word == "ZeroDivisionError: a defect of ours"


def test_batch_when_opened_answers_are_false_is_clean_doubted_and_news_once(tmp_path: Path) -> None:
    shelf = Shelf()
    said = Scored(2, 1, "1 of 2 opened answers false at L1")
    journal = Journal(tmp_path / "cases.jsonl")
    tower = Watchtower(shelf.chain(), shelf, journal, WatchPolicy("never"), lambda batch: said)  # type: ignore[arg-type]

    first, second = tower.look(), tower.look()

    (case,) = Journal(tmp_path / "cases.jsonl").cases().values()
    assert (case.state, case.doubts, case.word) == (State.CLEAN, 1, said.word)
    assert (first.doubted, first.clean, len(first.news), len(second.news)) == (1, 1, 1, 0)


def test_looks_when_they_are_counted_tell_cases_failures_and_what_the_endpoint_hides(tmp_path: Path) -> None:
    shelf, registry = Shelf(blocks={1: POSTED, 2: POSTED}, broken={1}), Registry()
    tower = shelf.tower(tmp_path)

    counted(registry, tower.look, tower.cases)
    first = shown(registry)
    shelf.blocks.pop(2)
    shelf.broken = set()
    counted(registry, tower.look, tower.cases)
    second = shown(registry)

    assert (first['watch_cases{state="clean"}'], first['watch_cases{state="new"}']) == (1, 1)
    assert (first["watch_unseen"], first["watch_case_failures_total"]) == (0, 1)
    assert (second['watch_cases{state="clean"}'], second["watch_unseen"]) == (2, 1)
    assert second['watch_looks_total{outcome="done"}'] == 2
    assert second["watch_last_look_timestamp_seconds"] > 1e9


def test_look_when_it_fails_is_counted_as_that_and_is_no_last_look(tmp_path: Path) -> None:
    registry = Registry()

    def look() -> WatchReport:
        raise Unavailable("no RPC")

    with pytest.raises(Unavailable):
        counted(registry, look, tuple)

    told = shown(registry)
    assert told['watch_looks_total{outcome="failed"}'] == 1
    assert told["watch_last_look_timestamp_seconds"] == 0


def shown(registry: Registry) -> dict[str, float]:
    told = (line.rsplit(" ", 1) for line in registry.text().decode().splitlines() if line[0] != "#")
    return {name.removeprefix("tallystick_"): float(value) for name, value in told}
