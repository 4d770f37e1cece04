"""A cap of fees a day against anvil: what is refused, what still goes, and what counts."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tallystick.errors import FeesSpent
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.devchain import deploy
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending import spending
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.chain.sending.spending import is_spared
from tallystick.gateways.keys.dev_keys import key_of
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.integration
NORA = key_of("nora", chain_id=31337)
BOB = key_of("bob", chain_id=31337).address
ABIS = Path(spending.__file__).parents[1] / "abi"


@pytest.fixture
def token(rpc: Rpc) -> Contract:
    return deploy(rpc, NORA, "OpenToken", NORA.address, 1_000_000)


def sender_with(rpc: Rpc, ledger: SqliteLedger, cap: int, spares: str = "nothing") -> Sender:
    return Sender(rpc, NORA, ledger.outbox, SendPolicy(timeout_s=5, day_cap_wei=cap, day_cap_spares=spares))


def paid(rpc: Rpc, ledger: SqliteLedger) -> int:
    receipts = [rpc.web3.eth.get_transaction_receipt(e.last.tx_hash) for e in ledger.outbox.recent()]
    return sum(r["gasUsed"] * r["effectiveGasPrice"] for r in receipts)


def test_transactions_when_the_days_fees_are_spent_are_refused_before_they_are_signed(
    rpc: Rpc, token: Contract, ledger: SqliteLedger
) -> None:
    first = sender_with(rpc, ledger, 10**18)
    first.send(token, "transfer", BOB, 1)
    spent = paid(rpc, ledger)
    assert first._day_fees.spent(rpc.chain, NORA.address) == spent > 0

    with pytest.raises(FeesSpent, match=f"spent or bound {spent} of the {spent + 1}"):
        sender_with(rpc, ledger, spent + 1).send(token, "transfer", BOB, 2)

    assert token.call("balanceOf", BOB) == 1 and len(ledger.outbox.recent()) == 1


def test_transactions_when_the_day_is_over_are_sent_again(
    rpc: Rpc, token: Contract, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        sender_with(rpc, ledger, 0).send(token, "transfer", BOB, 1)
    entry = ledger.outbox.recent()[0]
    assert entry.call is not None
    most = entry.call.gas * entry.last.max_fee
    capped = sender_with(rpc, ledger, most + paid(rpc, ledger) // 2)
    with pytest.raises(FeesSpent):
        capped.send(token, "transfer", BOB, 2)

    tomorrow = SimpleNamespace(time=lambda: entry.last.signed_at + 86_400)
    monkeypatch.setattr(spending, "time", tomorrow)
    capped.send(token, "transfer", BOB, 2)

    assert token.call("balanceOf", BOB) == 5


def test_open_transaction_when_it_waits_binds_the_most_that_it_may_cost_and_is_still_seen_through(
    rpc: Rpc, token: Contract, ledger: SqliteLedger
) -> None:
    rpc.request("evm_setAutomine", False)
    with pytest.raises(Exception, match="stays in the outbox"):
        Sender(rpc, NORA, ledger.outbox, SendPolicy(timeout_s=0.1)).send(token, "transfer", BOB, 1)
    (entry,) = ledger.outbox.recent()
    assert entry.call is not None

    capped = sender_with(rpc, ledger, 1)

    assert capped._day_fees.spent(rpc.chain, NORA.address) == entry.call.gas * entry.last.max_fee
    rpc.request("evm_setAutomine", True)
    assert len(capped.resume()) == 1 and token.call("balanceOf", BOB) == 1


@pytest.mark.parametrize(
    ("what", "spares", "is_sent"),
    [
        ("DataChallenges.answerReceipt", "nothing", False),
        ("DataChallenges.answerReceipt", "defence", True),
        ("DataChallenges.answerReceipt", "conviction", False),
        ("BatchReferee.overlap", "conviction", True),
        ("BatchReferee.overlap", "defence", False),
        ("AuditCourt.deliver", "both", True),
        ("OperatorStake.commitReport", "conviction", True),
        ("DataChallenges.convictSilent", "both", True),
        ("AttributionRegistry.submitBatch", "both", False),
        ("UsageEscrow.redeemMany", "both", False),
    ],
)
def test_deed_when_the_settings_spare_its_kind_alone_goes_past_the_cap(
    what: str, spares: str, is_sent: bool
) -> None:
    assert is_spared(what, spares) is is_sent


def test_deeds_that_can_be_spared_are_functions_of_the_contracts() -> None:
    functions = {
        f"{file.stem}.{one['name']}"
        for file in ABIS.glob("*.json")
        for one in json.loads(file.read_text())["abi"]
        if one["type"] == "function"
    }

    assert functions >= spending._DEFENCE | spending._CONVICTION
    for name in spending._CONVICTING:
        assert any(each.endswith(f".{name}") for each in functions)
