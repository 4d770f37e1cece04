"""The outbox sender against anvil: nonces, reverts, kills in between, reorganisations."""

import pytest

from tallystick.domain.ids import Hash
from tallystick.errors import InsufficientFunds, InvalidInput, Unavailable
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.devchain import deploy
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.keys.dev_keys import key_of
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports import OutboxEntry

pytestmark = pytest.mark.integration
NORA = key_of("nora", chain_id=31337)
BOB = key_of("bob", chain_id=31337).address


@pytest.fixture
def token(rpc: Rpc) -> Contract:
    return deploy(rpc, NORA, "OpenToken", NORA.address, 1_000_000)


@pytest.fixture
def sender(rpc: Rpc, ledger: SqliteLedger) -> Sender:
    return Sender(rpc, NORA, ledger.outbox, SendPolicy(timeout_s=5))


class Crash(Exception):
    """The process ends here."""


def test_transaction_when_sent_is_mined_stored_and_told(
    sender: Sender, token: Contract, ledger: SqliteLedger
) -> None:
    done = sender.send(token, "transfer", BOB, 250)

    assert token.call("balanceOf", BOB) == 250
    assert done.summary == "OpenToken.transfer" and done.gas_used > 21_000
    transfer = done.event("Transfer")
    assert transfer.values == {"from": NORA.address, "to": BOB, "value": 250}
    assert transfer.block == done.block and transfer.tx_hash == done.tx_hash
    assert ledger.outbox.unsettled(sender._rpc.chain, NORA.address, nonce=1_000) == ()


def test_transactions_when_sent_in_a_row_have_rising_nonces(sender: Sender, token: Contract) -> None:
    for _ in range(5):
        sender.send(token, "transfer", BOB, 1)

    assert token.call("balanceOf", BOB) == 5
    events = token.events("Transfer", 0, sender._rpc.block_number(), to=BOB)
    assert [e.values["value"] for e in events] == [1] * 5


def test_transaction_when_it_would_revert_is_never_signed(
    sender: Sender, token: Contract, ledger: SqliteLedger
) -> None:
    before = sender._rpc.request("eth_getTransactionCount", NORA.address, "pending")

    with pytest.raises(
        InsufficientFunds, match=r"ERC20InsufficientBalance\(sender=.*balance=1000000, needed=1000001"
    ):
        sender.send(token, "transfer", BOB, 1_000_001)

    assert sender._rpc.request("eth_getTransactionCount", NORA.address, "pending") == before
    assert ledger.outbox.unsettled(sender._rpc.chain, NORA.address, nonce=1_000) == ()


def test_transaction_when_its_values_do_not_fit_is_refused(sender: Sender, token: Contract) -> None:
    with pytest.raises((InvalidInput, Unavailable)):
        sender.send(token, "transfer", BOB, -1)


def test_intent_when_asked_for_twice_is_done_once(sender: Sender, token: Contract) -> None:
    first = sender.send(token, "transfer", BOB, 7, intent="pay bob for June")
    second = sender.send(token, "transfer", BOB, 7, intent="pay bob for June")

    assert first == second
    assert token.call("balanceOf", BOB) == 7


def test_transaction_when_killed_between_store_and_send_is_sent_at_the_next_start(
    rpc: Rpc, token: Contract, ledger: SqliteLedger
) -> None:
    dying = Sender(rpc, NORA, CrashAfterStore(ledger))
    with pytest.raises(Crash):
        dying.send(token, "transfer", BOB, 9, intent="once")
    assert token.call("balanceOf", BOB) == 0

    resumed = Sender(rpc, NORA, ledger.outbox).resume()

    assert len(resumed) == 1 and token.call("balanceOf", BOB) == 9
    Sender(rpc, NORA, ledger.outbox).send(token, "transfer", BOB, 9, intent="once")
    assert token.call("balanceOf", BOB) == 9


def test_transaction_when_killed_between_send_and_receipt_is_not_sent_twice(
    rpc: Rpc, token: Contract, ledger: SqliteLedger
) -> None:
    dying = Sender(rpc, NORA, CrashBeforeMark(ledger))
    with pytest.raises(Crash):
        dying.send(token, "transfer", BOB, 9)
    assert token.call("balanceOf", BOB) == 9

    Sender(rpc, NORA, ledger.outbox).send(token, "transfer", BOB, 1)

    assert token.call("balanceOf", BOB) == 10


def test_transaction_when_a_reorganisation_throws_it_out_is_sent_again(
    rpc: Rpc, token: Contract, ledger: SqliteLedger
) -> None:
    chain = ReorganisingOnce(rpc)
    sender = Sender(chain, NORA, ledger.outbox, SendPolicy(confirmations=2, finality=2, timeout_s=20))  # type: ignore[arg-type]

    done = sender.send(token, "transfer", BOB, 5)

    assert chain.is_done and token.call("balanceOf", BOB) == 5
    assert rpc.block_number() >= done.block + 2


def test_nonce_when_used_elsewhere_leaves_the_outbox_clean(
    rpc: Rpc, token: Contract, ledger: SqliteLedger
) -> None:
    with pytest.raises(Crash):
        Sender(rpc, NORA, CrashAfterStore(ledger)).send(token, "transfer", BOB, 9, intent="once")
    deploy(rpc, NORA, "OpenToken", NORA.address, 1)  # another program takes the nonce

    assert Sender(rpc, NORA, ledger.outbox).resume() == ()
    Sender(rpc, NORA, ledger.outbox).send(token, "transfer", BOB, 9, intent="once")

    assert token.call("balanceOf", BOB) == 9


def test_transaction_when_the_account_has_no_gas_money_says_so(
    rpc: Rpc, token: Contract, ledger: SqliteLedger
) -> None:
    poor = Key.generate()

    with pytest.raises(InsufficientFunds, match="ETH for gas"):
        Sender(rpc, poor, ledger.outbox).send(token, "approve", BOB, 1)


def test_transaction_when_gas_is_above_the_cap_waits(rpc: Rpc, token: Contract, ledger: SqliteLedger) -> None:
    with pytest.raises(Unavailable, match="the cap is 1"):
        Sender(rpc, NORA, ledger.outbox, SendPolicy(fee_cap_wei=1)).send(token, "transfer", BOB, 1)


def test_transaction_when_nobody_mines_stays_in_the_outbox(
    rpc: Rpc, token: Contract, ledger: SqliteLedger
) -> None:
    rpc.request("evm_setAutomine", False)
    try:
        with pytest.raises(Unavailable, match="stays in the outbox"):
            Sender(rpc, NORA, ledger.outbox, SendPolicy(timeout_s=0.3)).send(token, "transfer", BOB, 3)
    finally:
        rpc.request("evm_setAutomine", True)
        rpc.request("evm_mine")

    assert len(Sender(rpc, NORA, ledger.outbox).resume()) == 1
    assert token.call("balanceOf", BOB) == 3


class CrashAfterStore:
    """The ledger's outbox on a machine that fails right after the store."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self._outbox = ledger.outbox

    def __getattr__(self, name: str) -> object:
        return getattr(self._outbox, name)

    def store(self, entry: OutboxEntry) -> None:
        self._outbox.store(entry)
        raise Crash


class CrashBeforeMark(CrashAfterStore):
    """The same on a machine that fails when the transaction is mined already."""

    def store(self, entry: OutboxEntry) -> None:
        self._outbox.store(entry)

    def mark(self, tx_hash: Hash, state: str, **said: object) -> None:
        raise Crash


class ReorganisingOnce:
    """The real chain; at the first look the newest block is thrown out, at later ones another is mined."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc, self.is_done = rpc, False

    def __getattr__(self, name: str) -> object:
        return getattr(self._rpc, name)

    def block_number(self) -> int:
        if not self.is_done:
            self.is_done = True
            self._rpc.request("anvil_reorg", 1, [])
        else:
            self._rpc.request("evm_mine")
        return self._rpc.block_number()
