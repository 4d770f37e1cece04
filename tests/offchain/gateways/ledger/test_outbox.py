"""The outbox in the ledger: one entry a nonce with every attempt, one live transaction an intent."""

from dataclasses import replace

import pytest

from support.ledger_records import BOB, NORA, hash_of
from tallystick.domain.ids import Hash
from tallystick.errors import Conflict, NotFound
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.ports import OutboxAttempt, OutboxCall, OutboxEntry

CHAIN = "31337:abcd"
CALL = OutboxCall(BOB, b"\x01\x02", 1 << 70, 50_000)


def attempt(*parts: object, fee: int = 7) -> OutboxAttempt:
    return OutboxAttempt(hash_of("tx", *parts), b"raw", fee, 1, 1_700_000_000)


def entry(nonce: int, *, intent: str | None = None, variant: str = "", sender: str = NORA) -> OutboxEntry:
    return OutboxEntry(CHAIN, sender, nonce, "deposit", CALL, (attempt(nonce, variant, sender),), intent)


def first(stored: OutboxEntry) -> Hash:
    return stored.attempts[0].tx_hash


def test_outbox_when_filled_lists_what_is_not_settled_by_nonce(ledger: SqlLedger) -> None:
    for each in (entry(1), entry(0), entry(0, sender=BOB)):
        ledger.outbox.store(each)

    ledger.outbox.mark(first(entry(1)), "mined", block=7, block_hash=Hash(b"b" * 32), is_final=True)

    settled = replace(entry(1), state="mined", block=7, block_hash=Hash(b"b" * 32), is_final=True)
    assert ledger.outbox.unsettled(CHAIN, NORA, nonce=9) == (entry(0),)
    assert ledger.outbox.unsettled(CHAIN, NORA, nonce=1) == (entry(0), settled)
    assert ledger.outbox.unsettled("31337:other", NORA, nonce=0) == ()
    assert ledger.outbox.recent(2) == (entry(0, sender=BOB), entry(0))


def test_nonce_when_signed_for_is_never_signed_for_again(ledger: SqlLedger) -> None:
    ledger.outbox.store(entry(0))

    with pytest.raises(Conflict):
        ledger.outbox.store(entry(0, variant="other"))
    assert ledger.outbox.next_nonce(CHAIN, NORA) == 1
    assert ledger.outbox.next_nonce(CHAIN, BOB) == 0


def test_nonce_when_its_transaction_is_lost_is_free(ledger: SqlLedger) -> None:
    ledger.outbox.store(entry(0))
    ledger.outbox.mark(first(entry(0)), "lost")

    ledger.outbox.store(entry(0, variant="other"))


def test_entry_when_replaced_keeps_every_attempt(ledger: SqlLedger) -> None:
    dearer = attempt("dearer", fee=8)
    ledger.outbox.store(entry(3))
    ledger.outbox.add_attempt(first(entry(3)), dearer)

    ledger.outbox.mark(dearer.tx_hash, "mined", block=4, block_hash=Hash(b"b" * 32))

    (kept,) = ledger.outbox.unsettled(CHAIN, NORA, nonce=9)
    assert kept.attempts == (*entry(3).attempts, dearer) and kept.last == dearer
    assert (kept.state, kept.block, kept.is_final) == ("mined", 4, False)


def test_attempt_when_its_entry_is_unknown_is_refused(ledger: SqlLedger) -> None:
    with pytest.raises(NotFound):
        ledger.outbox.add_attempt(Hash(b"?" * 32), attempt("dearer"))
    with pytest.raises(NotFound):
        ledger.outbox.mark(Hash(b"?" * 32), "mined")


def test_intent_when_done_is_not_done_again_but_after_a_final_revert_it_is(ledger: SqlLedger) -> None:
    ledger.outbox.store(entry(0, intent="post batch 1"))
    assert ledger.outbox.by_intent(CHAIN, NORA, "post batch 1") == entry(0, intent="post batch 1")
    for state in ("signed", "mined", "reverted", "cancelled"):
        ledger.outbox.mark(first(entry(0)), state, block=3)
        with pytest.raises(Conflict):
            ledger.outbox.store(entry(1, intent="post batch 1"))

    ledger.outbox.mark(first(entry(0)), "reverted", block=3, is_final=True)

    assert ledger.outbox.by_intent(CHAIN, NORA, "post batch 1") is None
    ledger.outbox.store(entry(1, intent="post batch 1"))
