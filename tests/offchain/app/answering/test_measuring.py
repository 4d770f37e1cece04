"""Answers are counted once each, however they end, and pass through unchanged."""

from collections.abc import Generator
from typing import Any

import pytest

from tallystick.app.answering.measuring import AnswerMeter
from tallystick.app.results import AnswerEvent, Piece
from tallystick.errors import DeadlinePassed
from tallystick.gateways.metrics.registry import Registry

PIECES = (Piece("id", "estuary", "tide "), Piece("id", "estuary", "tables"))


def events(
    error: Exception | None = None, closed: list[str] | None = None
) -> Generator[AnswerEvent, None, None]:
    try:
        yield from PIECES
        if error is not None:
            raise error
    finally:
        if closed is not None:
            closed.append("closed")


def shown(registry: Registry) -> dict[str, float]:
    told = (line.rsplit(" ", 1) for line in registry.text().decode().splitlines() if line[0] != "#")
    return {name: float(value) for name, value in told}


def test_answer_when_its_consumer_leaves_is_counted_and_closed() -> None:
    registry, closed = Registry(), list[str]()
    timed: Any = AnswerMeter(registry).timed(events(closed=closed))

    assert next(timed) is PIECES[0]
    under_way = shown(registry)["tallystick_answers_under_way"]
    timed.close()

    assert closed == ["closed"] and under_way == 1
    assert shown(registry)['tallystick_answers_total{end="left"}'] == 1
    assert shown(registry)["tallystick_answers_under_way"] == 0


def test_answer_when_it_fails_raises_as_before_and_is_counted() -> None:
    registry = Registry()

    with pytest.raises(DeadlinePassed):
        list(AnswerMeter(registry).timed(events(DeadlinePassed("It took too long."))))

    told = shown(registry)
    assert told['tallystick_answers_total{end="failed"}'] == 1
    assert told["tallystick_first_token_seconds_count"] == 1
    assert told["tallystick_generation_seconds_count"] == 0


def test_vouchers_when_some_are_refused_are_counted_apart() -> None:
    registry = Registry()

    AnswerMeter(registry).vouchers((None, DeadlinePassed("late"), None))

    told = shown(registry)
    assert told['tallystick_vouchers_total{outcome="kept"}'] == 2
    assert told['tallystick_vouchers_total{outcome="refused"}'] == 1
