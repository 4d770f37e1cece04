"""One chain behind two addresses, of which one is dead."""

import pytest

from tallystick.gateways.chain.devchain import deploy
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.child import free_port
from tallystick.gateways.keys.dev_keys import key_of
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.integration


def test_endpoint_when_the_first_is_dead_is_replaced_by_the_next(rpc: Rpc, ledger: SqliteLedger) -> None:
    nora = key_of("nora", chain_id=31337)
    two = Rpc(f"http://127.0.0.1:{free_port()}/secret", fallbacks=[rpc.url])
    token = deploy(two, nora, "OpenToken", nora.address, 100)

    Sender(two, nora, ledger.outbox).send(token, "transfer", "0x" + "b0" * 20, 5)

    assert token.call("balanceOf", "0x" + "b0" * 20) == 5
    assert two.failover is not None
    (dead, well) = two.failover.health()
    assert (dead.state, well.state) == ("down", "up") and "secret" not in dead.url
