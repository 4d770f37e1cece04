"""The outbox against anvil at its worst: replacements, gaps, cancelling, reorganisations, two programs on one key."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tallystick.errors import Conflict, IntegrityViolation, NotFound, Unavailable
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.devchain import deploy, mine_blocks
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending import inclusion
from tallystick.gateways.chain.sending.fees import Fees
from tallystick.gateways.chain.sending.inclusion import Inclusion
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.chain.sending.signing import signed_attempt
from tallystick.gateways.keys.dev_keys import key_of
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports import OutboxAttempt, OutboxEntry

pytestmark = pytest.mark.integration
NORA = key_of("nora", chain_id=31337)
BOB = key_of("bob", chain_id=31337).address
HASTY = SendPolicy(timeout_s=0.2, replace_after_s=0)
WATCHFUL = SendPolicy(finality=3, timeout_s=5)


@pytest.fixture
def token(rpc: Rpc) -> Contract:
    """Below what a reorganisation in these tests takes back."""
    made = deploy(rpc, NORA, "OpenToken", NORA.address, 1_000_000)
    mine_blocks(rpc, 4)
    return made


def mined(rpc: Rpc) -> int:
    return int(rpc.request("eth_getTransactionCount", NORA.address, "latest"), 16)


def last(ledger: SqliteLedger) -> OutboxEntry:
    return ledger.outbox.recent(1)[0]


@pytest.fixture
def stuck(rpc: Rpc, token: Contract, ledger: SqliteLedger) -> Iterator[OutboxEntry]:
    """A transaction in a pool that nobody mines from."""
    rpc.request("evm_setAutomine", False)
    with pytest.raises(Unavailable, match="stays in the outbox"):
        Sender(rpc, NORA, ledger.outbox, SendPolicy(timeout_s=0.1)).send(
            token, "transfer", BOB, 3, intent="pay"
        )
    yield last(ledger)
    rpc.request("evm_setAutomine", True)


def test_transaction_when_it_waits_too_long_is_replaced_by_the_rules_of_geth(
    rpc: Rpc, token: Contract, ledger: SqliteLedger, stuck: OutboxEntry
) -> None:
    sender = Sender(rpc, NORA, ledger.outbox, HASTY)
    for _ in range(2):
        with pytest.raises(Unavailable, match="stays in the outbox"):
            sender.resume()

    rpc.request("evm_setAutomine", True)
    sender.resume()

    kept = last(ledger)
    assert len(kept.attempts) > 1 and kept.state == "mined" and mined(rpc) == kept.nonce + 1
    for old, new in zip(kept.attempts, kept.attempts[1:], strict=False):
        assert new.max_fee * 10 >= old.max_fee * 11 and new.tip * 10 >= old.tip * 11
    assert token.call("balanceOf", BOB) == 3


def test_transaction_when_the_clock_is_set_back_is_replaced_all_the_same(
    rpc: Rpc, stuck: OutboxEntry, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inclusion, "time", SimpleNamespace(time=lambda: stuck.last.signed_at - 3_600))
    monkeypatch.setattr(inclusion, "_RESEND_S", 0.2)
    sender = Sender(rpc, NORA, ledger.outbox, SendPolicy(timeout_s=2.5, replace_after_s=1))

    with pytest.raises(Unavailable, match="stays in the outbox"):
        sender.resume()

    assert len(last(ledger).attempts) > 1


def test_transaction_when_an_earlier_attempt_is_mined_counts_as_done(
    rpc: Rpc, token: Contract, ledger: SqliteLedger, stuck: OutboxEntry
) -> None:
    dearer = Sender(rpc, NORA, ledger.outbox, HASTY)
    dearer._outbox.add_attempt(stuck.last.tx_hash, attempt_of(rpc, stuck))  # stored, and then the power went
    rpc.request("evm_mine")

    done = dearer.send(token, "transfer", BOB, 3, intent="pay")

    assert done.tx_hash == stuck.attempts[0].tx_hash and token.call("balanceOf", BOB) == 3


def test_transaction_when_cancelled_leaves_its_nonce_to_a_noop(
    rpc: Rpc, token: Contract, ledger: SqliteLedger, stuck: OutboxEntry
) -> None:
    sender = Sender(rpc, NORA, ledger.outbox, WATCHFUL)
    drop_pool(rpc)

    assert sender.cancel(stuck.nonce) is None

    assert last(ledger).state == "cancelled" and token.call("balanceOf", BOB) == 0
    with pytest.raises(Conflict, match="cancelled"):  # until it is final the old bytes may come back
        sender.send(token, "transfer", BOB, 3, intent="pay")
    mine_blocks(rpc, 3)
    sender.resume()
    sender.send(token, "transfer", BOB, 3, intent="pay")
    assert token.call("balanceOf", BOB) == 3
    with pytest.raises(NotFound, match="No open transaction"):
        sender.cancel(99)


def test_gap_when_another_nonce_is_missing_is_filled_with_a_noop(
    rpc: Rpc, token: Contract, ledger: SqliteLedger, stuck: OutboxEntry
) -> None:
    drop_pool(rpc)
    rpc.request("anvil_setNonce", NORA.address, hex(stuck.nonce - 1))

    Sender(rpc, NORA, ledger.outbox, SendPolicy(timeout_s=5)).resume()

    assert mined(rpc) == stuck.nonce + 1 and token.call("balanceOf", BOB) == 3
    assert {e.summary for e in ledger.outbox.recent()} == {"no-op", "OpenToken.transfer"}


def test_transaction_when_a_later_reorganisation_drops_it_is_replayed_with_the_same_bytes(
    rpc: Rpc, token: Contract, ledger: SqliteLedger
) -> None:
    sender = Sender(rpc, NORA, ledger.outbox, WATCHFUL)
    first = sender.send(token, "transfer", BOB, 5)
    second = sender.send(token, "transfer", BOB, 6)
    rpc.request("anvil_reorg", 2, [])
    assert token.call("balanceOf", BOB) == 0

    replayed = sender.resume()

    assert [t.tx_hash for t in replayed] == [first.tx_hash, second.tx_hash]
    assert token.call("balanceOf", BOB) == 11
    mine_blocks(rpc, 3)
    sender.resume()
    assert all(e.is_final for e in ledger.outbox.recent())


def test_chain_when_it_takes_back_what_was_final_stops_all_signing(
    rpc: Rpc, token: Contract, ledger: SqliteLedger
) -> None:
    sender = Sender(rpc, NORA, ledger.outbox, WATCHFUL)
    sender.send(token, "transfer", BOB, 5)
    mine_blocks(rpc, 3)
    sender.resume()
    rpc.request("anvil_reorg", 4, [])

    with pytest.raises(IntegrityViolation, match="deeper than 3 blocks"):
        sender.send(token, "transfer", BOB, 1)

    assert sender.accept_reorganisation() == 1
    assert [done.summary for done in sender.resume()] == [f"{token.name}.transfer"]
    assert token.call("balanceOf", BOB) == 5 and sender.accept_reorganisation() == 0


def test_key_when_two_ledgers_send_with_it_never_signs_one_nonce_twice_over(
    rpc: Rpc, token: Contract, ledger: SqliteLedger, tmp_path: Path
) -> None:
    with SqliteLedger(tmp_path / "other.sqlite3") as books:
        senders = Sender(rpc, NORA, ledger.outbox), Sender(rpc, NORA, books.outbox)
        for _ in range(3):
            for sender in senders:
                sender.send(token, "transfer", BOB, 1)

    assert token.call("balanceOf", BOB) == 6


def test_payment_when_two_homes_sign_it_for_one_nonce_is_not_taken_for_the_same(
    rpc: Rpc, token: Contract, ledger: SqliteLedger, stuck: OutboxEntry, tmp_path: Path
) -> None:
    """The same sum to the same payee: as on two machines, which see neither the other's lock nor its pool."""
    rpc.request("anvil_dropAllTransactions")
    policy = SendPolicy(timeout_s=0.1, lock_folder=tmp_path / "locks")
    with SqliteLedger(tmp_path / "other.sqlite3") as books:
        with pytest.raises(Unavailable, match="stays in the outbox"):
            Sender(rpc, NORA, books.outbox, policy).send(token, "transfer", BOB, 3, intent="pay")
        theirs = last(books)
        rpc.request("evm_setAutomine", True)
        Sender(rpc, NORA, books.outbox, WATCHFUL).resume()

    assert theirs.nonce == stuck.nonce and theirs.last.raw != stuck.last.raw
    with pytest.raises(Conflict, match="used elsewhere"):
        Sender(rpc, NORA, ledger.outbox, WATCHFUL).send(token, "transfer", BOB, 3, intent="pay")


def test_last_look_when_another_program_has_something_in_the_pool_is_not_taken_and_nothing_is_signed(
    rpc: Rpc, token: Contract, stuck: OutboxEntry, tmp_path: Path
) -> None:
    with SqliteLedger(tmp_path / "other.sqlite3") as books:
        other = Sender(rpc, NORA, books.outbox, HASTY)
        with pytest.raises(Unavailable, match="under way"):
            other.send(token, "transfer", BOB, 3, intent="pay", unless=lambda: None)
        assert books.outbox.recent() == ()


def test_nonce_when_used_elsewhere_is_lost_only_once_that_is_final(
    rpc: Rpc, token: Contract, ledger: SqliteLedger, stuck: OutboxEntry
) -> None:
    drop_pool(rpc)
    deploy(rpc, NORA, "OpenToken", NORA.address, 1)
    sender = Sender(rpc, NORA, ledger.outbox, WATCHFUL)

    with pytest.raises(Conflict, match="used elsewhere"):
        sender.send(token, "transfer", BOB, 3, intent="pay")
    assert sender.has_signed("pay")
    mine_blocks(rpc, 3)
    sender.resume()

    assert not sender.has_signed("pay")


def test_intent_when_the_endpoint_forgot_its_receipt_is_not_done_again(
    rpc: Rpc, token: Contract, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = Sender(rpc, NORA, ledger.outbox)
    sender.send(token, "transfer", BOB, 5, intent="pay")
    monkeypatch.setattr(Inclusion, "receipt", lambda *_: None)  # as of a node that prunes

    with pytest.raises(Unavailable, match=r"no receipt of OpenToken\.transfer"):
        sender.send(token, "transfer", BOB, 5, intent="pay")

    assert sender.has_signed("pay") and token.call("balanceOf", BOB) == 5
    with pytest.raises(Unavailable, match="no receipt"):
        Sender(rpc, NORA, ledger.outbox)._inclusion.refresh(last(ledger))


def test_chain_when_a_development_chain_goes_back_behind_a_cancelled_one_goes_on(
    rpc: Rpc, token: Contract, ledger: SqliteLedger, stuck: OutboxEntry
) -> None:
    sender = Sender(rpc, NORA, ledger.outbox, SendPolicy(timeout_s=5))
    drop_pool(rpc)
    sender.cancel(stuck.nonce)
    sender.send(token, "transfer", BOB, 3, intent="pay")
    rpc.request("anvil_reorg", 2, [])

    sender.send(token, "transfer", BOB, 4)

    assert token.call("balanceOf", BOB) == 7


def drop_pool(rpc: Rpc) -> None:
    rpc.request("anvil_dropAllTransactions")
    rpc.request("evm_setAutomine", True)


def attempt_of(rpc: Rpc, entry: OutboxEntry) -> OutboxAttempt:
    return signed_attempt(NORA, rpc.chain_id, entry, Fees(entry.last.max_fee * 2, entry.last.tip * 2))
