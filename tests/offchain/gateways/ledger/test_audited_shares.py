from dataclasses import replace

import pytest

from support.factories import asset_of
from support.ledger_records import BOB, NORA, hash_of
from tallystick.domain.answers.usefulness import Standing
from tallystick.domain.ids import AssetId, Pot
from tallystick.errors import Conflict
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.gateways.ledger.database import Database
from tallystick.ports import AuditedShares

MODEL, OTHER = asset_of("model"), asset_of("another model")
COPY = Standing(
    (asset_of("copy"), 3), 31, 7, 4, (((asset_of("first"), 0), 2_500_000), ((asset_of("first"), 9), 1))
)
NEW = Standing((asset_of("copy"), 2), -4)
ALICE, OMAR = AssetId(b"\x01" * 32), AssetId(b"\x02" * 32)


def audited(name: str, ppm: int, pot: Pot = Pot.TRAINING) -> AuditedShares:
    return AuditedShares(NORA, hash_of(name), pot, {ALICE: ppm, OMAR: -ppm})


def test_audited_shares_when_noted_come_back_in_their_order(ledger: SqlLedger) -> None:
    first, second = audited("z", 5_000), audited("a", -70, Pot.RETRIEVAL)

    ledger.audited_shares.note([first])
    ledger.audited_shares.note([second])

    assert ledger.audited_shares.of(NORA) == (first, second)
    assert ledger.audited_shares.of(BOB) == ()


def test_audited_shares_when_a_receipt_is_audited_again_keep_the_first(ledger: SqlLedger) -> None:
    ledger.audited_shares.note([audited("a", 5_000)])
    ledger.audited_shares.note([audited("a", 0), audited("a", 3, Pot.LINEAGE)])

    assert [dict(a.differences)[ALICE] for a in ledger.audited_shares.of(NORA)] == [5_000, 3]


@pytest.mark.parametrize(
    "sql", ["UPDATE audited_shares SET differences = '{}'", "DELETE FROM audited_shares"]
)
def test_audited_shares_when_somebody_would_change_them_refuse(ledger: SqlLedger, sql: str) -> None:
    ledger.audited_shares.note([audited("a", 5_000)])
    database: Database = ledger.audited_shares._database

    with pytest.raises(Conflict, match="append-only"):
        database.write(lambda connection: connection.execute(sql).rowcount)

    assert len(ledger.audited_shares.of(NORA)) == 1


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
