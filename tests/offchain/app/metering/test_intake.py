from pathlib import Path

import pytest

from support.ledger_records import NORA, make_receipt, make_voucher
from tallystick.app.metering.intake import Intake
from tallystick.domain.usage import SignedVoucher
from tallystick.errors import Conflict, IntegrityViolation, NotAuthorised
from tallystick.gateways.ledger.books import SqliteLedger


def only_even_lanes(signed: SignedVoucher) -> None:
    if signed.voucher.lane % 2:
        raise NotAuthorised("An odd lane.")


@pytest.fixture
def ledger(tmp_path: Path) -> SqliteLedger:
    opened = SqliteLedger(tmp_path / "ledger.sqlite3")
    for lane in range(4):
        opened.receipts.store(make_receipt(0, 100, lane=lane))
    return opened


def test_take_when_some_are_refused_tells_each_and_keeps_the_rest(ledger: SqliteLedger) -> None:
    post = [make_voucher(100, lane=0), make_voucher(100, lane=1), make_voucher(7, lane=2)]

    told = Intake(only_even_lanes, ledger.vouchers).take(post)

    assert [type(refusal) for refusal in told] == [type(None), NotAuthorised, Conflict]
    assert [s.receipt.lane for s in ledger.receipts.unbatched(NORA)] == [0]
    ledger.close()


def test_take_one_when_refused_raises(ledger: SqliteLedger) -> None:
    intake = Intake(only_even_lanes, ledger.vouchers)

    with pytest.raises(NotAuthorised):
        intake.take_one(make_voucher(100, lane=3))
    intake.take_one(make_voucher(100, lane=2))

    assert [s.receipt.lane for s in ledger.receipts.unbatched(NORA)] == [2]
    ledger.close()


def test_take_when_the_ledger_fails_raises_and_acknowledges_nothing(ledger: SqliteLedger) -> None:
    ledger._database._failure = IntegrityViolation("The disk is gone.")

    with pytest.raises(IntegrityViolation):
        Intake(only_even_lanes, ledger.vouchers).take([make_voucher(100, lane=0)])

    assert [*ledger.receipts.unbatched(NORA)] == []
    ledger.close()
