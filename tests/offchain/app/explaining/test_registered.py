"""A file beside the registry: what alice, ines and petra registered is found in it before anybody bonds for it."""

from dataclasses import replace
from typing import Any

import pytest

from support.auditing.opened import OpenedWorld
from support.factories import account_of
from support.settled_world import World
from tallystick.app.explaining import registered
from tallystick.app.explaining.registered import Compared, RepeatedRecord, compare
from tallystick.app.overview.catalogue import DatasetLine
from tallystick.errors import Unavailable
from tallystick.pipeline.datasets.unchecked import Unchecked

MINE = {"question": "Who keeps the ferry?", "answer": "Oda keeps it."}


@pytest.fixture
def world() -> World:
    return OpenedWorld.of().world


def lines(world: World, *names: str) -> list[DatasetLine]:
    """As the catalogue has them, the newest first; alice committed first."""
    found = [
        DatasetLine(
            d.asset_id, d.owner, d.owner, d.owner, d.root, len(d.records), d.root, 2, order, 0, 1, d.root
        )
        for order, d in enumerate((world.data[name] for name in names), 1)
    ]
    return found[::-1]


def compared(world: World, *bodies: dict[str, str], at: Any = None, **more: Any) -> Compared:
    known: Any = world
    file = Unchecked((), bodies, tuple(range(2, 2 + len(bodies))), ("question", "answer"))
    told = at or lines(world, "alice", "ines", "petra")
    return compare(known.chain, known.content, told, file, account_of("ines"), **more)


def body(world: World, name: str, record: int) -> dict[str, str]:
    return world.data[name].records[record].body


def test_records_when_registered_are_found_with_whose_they_are(world: World) -> None:
    terns, berth = body(world, "alice", 0), body(world, "ines", 3)
    shouted = replace(world.data["alice"].records[0]).body | {"question": "WHERE do the terns  nest?"}

    found = compared(world, MINE, berth, terns, shouted)

    assert (found.records, found.same, found.near, found.is_whole) == (4, 2, 1, False)
    alice, ines = (world.data[name].asset_id for name in ("alice", "ines"))
    counted = [(s.asset_id, s.same, s.near) for s in found.sets]
    assert counted == [(ines, 1, 0), (alice, 1, 1)]
    assert [(r.line, r.asset_id, r.record, r.is_same) for r in found.shown] == [
        (3, ines, 3, True),
        (4, alice, 0, True),
        (5, alice, 0, False),
    ]
    assert isinstance(found.shown[0], RepeatedRecord) and found.is_complete
    assert (found.looked_at, found.known) == (3, 44)


def test_file_when_all_is_registered_is_nothing_new_and_one_s_own_is_told_apart(world: World) -> None:
    mine = lines(world, "alice", "ines")
    own = [replace(line, owner=account_of("ines")) if line.records == 41 else line for line in mine]

    found = compared(world, body(world, "ines", 0), body(world, "ines", 1), at=own)

    assert found.is_whole and [(s.is_own, s.same) for s in found.sets] == [(True, 2)]
    assert not compared(world, MINE, at=own).is_whole and not compared(world, at=own).is_whole


def test_sets_when_they_cannot_be_read_or_are_too_many_are_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = registered.known_set

    def silent(chain: Any, content: Any, asset: Any) -> Any:
        if asset == world.data["petra"].asset_id:
            raise Unavailable("Nobody has it.")
        known = read(chain, content, asset)
        return replace(known, records=None) if asset == world.data["alice"].asset_id else known

    monkeypatch.setattr(registered, "known_set", silent)
    found = compared(world, body(world, "alice", 0), body(world, "ines", 0))
    assert (found.same, found.looked_at, found.private, found.unread) == (1, 1, 1, 1)
    assert not found.is_complete

    ticks = iter([0.0, 1.0, 61.0, 62.0])
    late = compared(world, MINE, clock=lambda: next(ticks))
    assert (late.private, late.looked_at, late.left_out) == (1, 0, 2)
    monkeypatch.setattr(registered, "MOST_RECORDS", 3)
    assert compared(world, MINE).left_out == 1
