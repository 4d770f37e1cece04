"""A voucher that the escrow refuses on a real chain costs its lane only; it holds up no money and no batch of others."""

import pytest

from support.chain_seller import FEE, register_terms, sell_under, settlement_of
from support.chain_stage import ALICE, BOB, NORA, Stage
from support.memory_store import MemoryStore
from tallystick.app.auditing.batches import audit_batch
from tallystick.app.settlement.settle import Settlement
from tallystick.app.settlement.steps import settle_due
from tallystick.errors import NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.integration


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def settlement(stage: Stage, ledger: SqliteLedger, store: MemoryStore, devchain: DevChain) -> Settlement:
    """Lanes 1 and 3 are bob's own; lanes 2 and 4 a session key's, which ended before anybody redeemed them."""
    terms = register_terms(stage)
    bob = stage.nora.acting_as(BOB, ledger.outbox)
    bob.escrow.authorize_signer(ALICE.address)
    for lane, signer in ((1, BOB), (2, ALICE), (3, BOB), (4, ALICE)):
        sell_under(stage, ledger, terms, 2, lane=lane, signer=signer)
    bob.escrow.revoke_signer(ALICE.address)
    devchain.advance(bob.escrow.thaw_period() + 1)
    return settlement_of(stage, ledger, store)


def test_redeem_when_a_key_has_ended_takes_every_other_lane(settlement: Settlement, stage: Stage) -> None:
    amount, done = settlement.redeem()

    assert amount == 4 * FEE and done is not None
    redeemed = [stage.nora.escrow.redeemed(BOB.address, NORA.address, lane) for lane in (1, 2, 3, 4)]
    assert redeemed == [2 * FEE, 0, 2 * FEE, 0]
    found = settlement.owed()
    assert (found.orders, found.amount) == ((), 0)
    assert [signed.voucher.lane for signed, _ in found.refused] == [2, 4]
    assert settlement.redeem() == (0, None)


def test_settle_when_vouchers_are_refused_posts_the_rest_and_those_once_they_are_paid(
    settlement: Settlement, stage: Stage, store: MemoryStore, ledger: SqliteLedger
) -> None:
    steps = settle_due(settlement)

    assert [s.action for s in steps] == ["redeem", "submit", "wait"]
    assert stage.nora.batches.batch(1).header.receipt_count == 4
    assert audit_batch(stage.nora, store, 1).findings == ()
    assert settlement.waiting(settlement.owed()) == 0
    with pytest.raises(NotFound, match="redeemed"):
        settlement.close_batch()

    bob = stage.nora.acting_as(BOB, ledger.outbox)
    bob.escrow.authorize_signer(ALICE.address)
    again = settle_due(settlement)

    assert [s.action for s in again] == ["redeem", "submit", "wait"]
    assert stage.nora.batches.batch(2).header.receipt_count == 4
    assert audit_batch(stage.nora, store, 2).findings == ()
