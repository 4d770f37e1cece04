"""What payments bought is settled like any other answer; what a crash left is given back."""

from pathlib import Path

import pytest
from web3 import Web3

from support.chain_stage import BOB, DAY, NORA
from support.payments.paid_shop import PaidShop, question
from tallystick.app.auditing.batches import audit_batch
from tallystick.app.payments.till import STALE_S, Till
from tallystick.app.settlement.recovery import catch_up
from tallystick.app.settlement.steps import settle_due
from tallystick.domain.digests import payment_lane
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.integration


def test_settle_when_payments_are_owed_redeems_them_and_their_batch_becomes_final(
    shop: PaidShop, devchain: DevChain, tmp_path: Path
) -> None:
    payments = [shop.payment(shop.desk.max_fee(question())) for _ in range(2)]
    shop.desk.close()  # nothing is redeemed in the background
    before = shop.money()
    for payment in payments:
        assert [*shop.desk.answer(question(), payment)]
    assert {shop.status(p) for p in payments} == {"open"}

    steps = settle_due(shop.settlement)

    assert [s.action for s in steps] == ["redeem", "submit", "wait"]
    fees = sum(r.receipt.cumulative for r in shop.ledger.receipts.recent())
    assert shop.money() == before - fees
    report = audit_batch(shop.nora, shop.store, 1)
    assert report.findings == ()
    with SqliteLedger(tmp_path / "restored.sqlite3") as restored:  # books that know nothing of it
        domain = shop.settlement.domain
        assert catch_up(shop.nora, shop.store, restored, domain, NORA.address) == (1,)
        assert all(r.is_acknowledged and r.batch for r in restored.receipts.recent())
    devchain.advance(2 * DAY)
    assert "finalise" in [s.action for s in settle_due(shop.settlement)]
    assert shop.nora.batches.batch(1).status == "final"


def test_settle_when_a_crash_took_the_answer_gives_the_payment_back(
    shop: PaidShop, devchain: DevChain
) -> None:
    before, payment = shop.money(), shop.payment(shop.desk.max_fee(question()))
    shop.desk.settle(payment, payment.transfer.value)
    assert settle_due(shop.settlement)[0].action != "give back" and shop.money() < before

    devchain.advance(STALE_S + 1)
    steps = settle_due(shop.settlement)

    assert steps[0].action == "give back" and shop.money() == before
    stored = shop.ledger.payments.find(
        payment.transfer.payer, NORA.address, payment_lane(payment.transfer.nonce)
    )
    assert stored is not None and stored.state == "returned"


def test_payment_when_another_key_relays_it_costs_the_operators_key_nothing(
    shop: PaidShop, ledger: SqliteLedger
) -> None:
    relay = shop.nora.acting_as(BOB, ledger.outbox)
    till = Till(shop.nora, shop.ledger, NORA.address, lambda: relay)
    count = shop.nora.rpc.web3.eth.get_transaction_count
    before = [count(Web3.to_checksum_address(key.address)) for key in (NORA, BOB)]

    stored = till.settle(shop.payment(shop.desk.max_fee(question())))

    after = [count(Web3.to_checksum_address(key.address)) for key in (NORA, BOB)]
    assert stored.state == "settled" and after == [before[0], before[1] + 1]
    till.give_back(stored)  # only the operator may
    assert count(Web3.to_checksum_address(NORA.address)) == before[0] + 1
