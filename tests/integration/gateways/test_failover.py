"""One chain behind two addresses, of which one is dead."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.errors import Conflict
from tallystick.gateways.chain.devchain import DevChain, deploy, find_anvil
from tallystick.gateways.chain.endpoints.genesis import Pins
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.child import free_port
from tallystick.gateways.keys.dev_keys import key_of
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def hanging() -> Iterator[str]:
    """An endpoint that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_endpoint_when_the_first_hangs_gives_way_to_the_next_long_before_its_own_limit(
    rpc: Rpc, hanging: str
) -> None:
    two = Rpc(hanging, fallbacks=[rpc.url], timeout_s=3600)

    assert two.block_number() == rpc.block_number()
    assert two.failover is not None and [e.state for e in two.failover.health()] == ["down", "up"]


def test_endpoint_when_the_first_is_dead_is_replaced_by_the_next(rpc: Rpc, ledger: SqliteLedger) -> None:
    nora = key_of("nora", chain_id=31337)
    two = Rpc(f"http://127.0.0.1:{free_port()}/secret", fallbacks=[rpc.url])
    token = deploy(two, nora, "OpenToken", nora.address, 100)

    Sender(two, nora, ledger.outbox).send(token, "transfer", "0x" + "b0" * 20, 5)

    assert token.call("balanceOf", "0x" + "b0" * 20) == 5
    assert two.failover is not None
    (dead, well) = two.failover.health()
    assert (dead.state, well.state) == ("down", "up") and "secret" not in dead.url


def test_endpoint_when_its_home_knows_another_first_block_is_refused_with_both(
    rpc: Rpc, tmp_path: Path
) -> None:
    known, other = tmp_path / "chains.json", "0x" + "07" * 32
    known.write_text(json.dumps({"31337": other}))

    with pytest.raises(Conflict, match="another first block") as refused:
        Rpc(rpc.url, pins=Pins(known))

    assert other in str(refused.value) and rpc.identity.genesis in str(refused.value)


def test_fallback_when_it_is_another_development_chain_is_left_out(rpc: Rpc, tmp_path: Path) -> None:
    with DevChain(find_anvil(ROOT), tmp_path) as other:
        two = Rpc(rpc.url, fallbacks=[other.url])
        assert two.failover is not None
        two.failover.look()

        assert [e.state for e in two.failover.health()] == ["up", "foreign"]
