import pytest

from support.ledger_records import BOB, NORA, hash_of
from tallystick.errors import Conflict
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports import OutboxEntry

CHAIN = "31337:abcd"


def entry(nonce: int, *, intent: str | None = None, variant: str = "", sender: str = NORA) -> OutboxEntry:
    return OutboxEntry(CHAIN, sender, nonce, hash_of("tx", nonce, variant, sender), b"raw", "deposit", intent)


def test_outbox_when_filled_lists_what_is_open_by_nonce(ledger: SqliteLedger) -> None:
    for each in (entry(1), entry(0), entry(0, sender=BOB)):
        ledger.outbox.store(each)

    ledger.outbox.mark(entry(1).tx_hash, "mined", 7)

    assert ledger.outbox.unresolved(CHAIN, NORA) == (entry(0),)
    assert ledger.outbox.unresolved("31337:other", NORA) == ()


def test_nonce_when_signed_for_is_never_signed_for_again(ledger: SqliteLedger) -> None:
    ledger.outbox.store(entry(0))

    with pytest.raises(Conflict):
        ledger.outbox.store(entry(0, variant="other"))


def test_nonce_when_its_transaction_is_lost_is_free(ledger: SqliteLedger) -> None:
    ledger.outbox.store(entry(0))
    ledger.outbox.mark(entry(0).tx_hash, "lost")

    ledger.outbox.store(entry(0, variant="other"))


def test_intent_when_done_is_not_done_again_but_after_a_revert_it_is(ledger: SqliteLedger) -> None:
    ledger.outbox.store(entry(0, intent="post batch 1"))
    assert ledger.outbox.by_intent(CHAIN, NORA, "post batch 1") == entry(0, intent="post batch 1")
    with pytest.raises(Conflict):
        ledger.outbox.store(entry(1, intent="post batch 1"))

    ledger.outbox.mark(entry(0).tx_hash, "reverted", 3)

    assert ledger.outbox.by_intent(CHAIN, NORA, "post batch 1") is None
    ledger.outbox.store(entry(1, intent="post batch 1"))
