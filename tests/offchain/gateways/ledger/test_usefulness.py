"""Standings of passages: the latest of each, by model."""

from dataclasses import replace

from support.factories import asset_of
from tallystick.domain.answers.usefulness import Standing
from tallystick.gateways.ledger.books import SqlLedger

MODEL, OTHER = asset_of("model"), asset_of("another model")
COPY = Standing(
    (asset_of("copy"), 3), 31, 7, 4, (((asset_of("first"), 0), 2_500_000), ((asset_of("first"), 9), 1))
)
NEW = Standing((asset_of("copy"), 2), -4)


def test_standings_when_noted_come_back_by_passage(ledger: SqlLedger) -> None:
    ledger.usefulness.note(MODEL, [COPY, NEW])
    ledger.usefulness.note(MODEL, [])

    assert ledger.usefulness.of(MODEL) == (NEW, COPY) and ledger.usefulness.of(OTHER) == ()


def test_standings_when_noted_again_are_the_latest_of_that_model_alone(ledger: SqlLedger) -> None:
    ledger.usefulness.note(MODEL, [COPY, NEW])
    ledger.usefulness.note(OTHER, [COPY])
    later = replace(COPY, credit=8, raised=8, tried=5, earlier=())

    ledger.usefulness.note(MODEL, [later])

    assert ledger.usefulness.of(MODEL) == (NEW, later) and ledger.usefulness.of(OTHER) == (COPY,)
