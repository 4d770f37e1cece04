"""vera, drawn to audit nora's batch, opens what she was given and says what re-execution gave."""

from dataclasses import replace
from typing import Any

import pytest

from support.auditing.opened import Books, OpenedWorld
from support.memory_store import MemoryStore
from tallystick.app.auditing.answers import Case
from tallystick.app.verifying.examining import BookOpenings, Examiner, weigh
from tallystick.domain.answers.levels import (
    BY_AUDIT_GAME,
    BY_ELIGIBILITY,
    PROVES,
    AnswerAudit,
    Fault,
    Level,
    LevelCheck,
    not_reached,
)
from tallystick.domain.ids import Hash
from tallystick.errors import Unavailable
from tallystick.pipeline.auditing.court import Said

FALSE = Fault("shares", "5", "6", BY_AUDIT_GAME)
SMALL = Fault("shares", "5", "6", BY_ELIGIBILITY)


class Pinning(MemoryStore):
    """Notes what it was told to keep."""

    pinned: set[Hash]

    def pin(self, digest: Hash) -> None:
        self.pinned = {*getattr(self, "pinned", set()), digest}


def check(level: Level, *faults: Fault) -> LevelCheck:
    return LevelCheck(level, PROVES[level], True, 1, 0.0, "", faults, "", 0.0)


class Deeper:
    """Re-executes nothing: what it gives is the test's to say."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults

    def __call__(self, case: Case, level: Level) -> LevelCheck:
        return check(level, *self.faults)


def settled(*faults: Fault) -> tuple[OpenedWorld, int, Any]:
    world = OpenedWorld.of()
    world.world.content = Pinning(world.world.content.held)
    batch_id = world.world.settle()
    examiner = Examiner(world.world.chain, world.world.content, Deeper(*faults))  # type: ignore[arg-type]
    return world, batch_id, examiner


def openings_of(world: OpenedWorld, batch_id: int) -> dict[int, bytes]:
    books = BookOpenings(world.world.chain, world.world.content, Books(*world.answers))  # type: ignore[arg-type]
    return dict(books(batch_id, (0, 1)))


def test_receipts_when_opened_and_true_are_the_same() -> None:
    world, batch_id, examiner = settled()

    found = examiner(batch_id, (1, 0, 1), openings_of(world, batch_id))

    assert [(f.index, f.said) for f in found] == [(1, Said.SAME), (0, Said.SAME), (1, Said.SAME)]


@pytest.mark.parametrize(("fault", "said"), [(FALSE, Said.DIFFERENT), (SMALL, Said.SMALL)])
def test_receipts_when_reexecution_differs_say_how_far(fault: Fault, said: Said) -> None:
    world, batch_id, examiner = settled(fault)

    found = examiner(batch_id, (0,), openings_of(world, batch_id))

    assert [(f.said, f.faults) for f in found] == [(said, ("shares",))]


def test_receipts_when_not_opened_or_anothers_opening_are_said_so() -> None:
    world, batch_id, examiner = settled()
    openings = openings_of(world, batch_id)

    for given in ({}, {0: b"{}"}, {0: openings[1]}):
        assert [f.said for f in examiner(batch_id, (0,), given)] == [Said.UNOPENED]


def test_opening_when_its_text_is_changed_is_a_fault() -> None:
    world, batch_id, examiner = settled()
    openings = openings_of(world, batch_id)
    changed = openings[0].replace(b"On the spit.", b"On the roof.")
    assert changed != openings[0]

    assert examiner(batch_id, (0,), {0: changed})[0].said is Said.DIFFERENT


def test_receipt_when_a_level_was_not_reached_is_not_judged() -> None:
    levels = (check(Level.L0), check(Level.L1), not_reached(Level.L2, "no model"))
    audit = AnswerAudit(Hash(bytes(32)), 1, Level.L3, Level.L1, True, levels, "")

    with pytest.raises(Unavailable, match="no model"):
        weigh(audit)
    accused = replace(audit, levels=(check(Level.L0, FALSE), *levels[1:]))
    assert weigh(accused)[0] is Said.DIFFERENT


def test_batch_when_all_its_bytes_are_here_is_held_and_kept() -> None:
    world, batch_id, examiner = settled()
    digest = world.world.chain.batches.batch(batch_id).header.data_digest

    assert examiner.holds(batch_id)
    assert world.world.content.pinned == {digest}  # type: ignore[attr-defined]


def test_batch_when_its_file_is_gone_or_another_is_not_held() -> None:
    world, batch_id, examiner = settled()
    digest = world.world.chain.batches.batch(batch_id).header.data_digest
    other = OpenedWorld.of(1)
    other_id = other.world.settle()
    other_digest = other.world.chain.batches.batch(other_id).header.data_digest
    held = world.world.content.held

    held[digest] = other.world.content.held[other_digest]
    assert not examiner.holds(batch_id)
    del held[digest]
    assert not examiner.holds(batch_id)


def test_books_when_they_lack_a_receipt_leave_it_out() -> None:
    world, batch_id, _ = settled()
    books = BookOpenings(world.world.chain, world.world.content, Books(world.answers[1]))  # type: ignore[arg-type]

    assert set(books(batch_id, (0, 1))) == {1}
