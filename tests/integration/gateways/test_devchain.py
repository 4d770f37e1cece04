"""anvil as a child process."""

from pathlib import Path
from time import monotonic

import pytest

from tallystick.errors import Conflict, InvalidInput, NotFound, Unavailable
from tallystick.gateways.chain.devchain import DevChain, find_anvil
from tallystick.gateways.chain.rpc import Rpc

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[3]


def test_chain_when_running_has_a_name_of_its_own(devchain: DevChain, tmp_path: Path) -> None:
    with DevChain(find_anvil(ROOT), tmp_path) as other:
        assert other.rpc.chain_id == devchain.rpc.chain_id == 31337
        assert other.port != devchain.port and other.rpc.chain.startswith("31337:")


def test_clock_when_advanced_moves_on(rpc: Rpc, devchain: DevChain) -> None:
    before, height = rpc.timestamp(), rpc.block_number()

    devchain.advance(7 * 86400)
    devchain.mine(10)

    assert rpc.timestamp() >= before + 7 * 86400
    assert rpc.block_number() == height + 11
    with pytest.raises(InvalidInput):
        devchain.advance(-1)


def test_chain_when_the_port_is_taken_is_refused(devchain: DevChain, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="another port"):
        DevChain(find_anvil(ROOT), tmp_path, port=devchain.port).start()


def test_chain_when_anvil_is_missing_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="npm ci"):
        DevChain(tmp_path / "anvil", tmp_path).start()


def test_chain_when_it_keeps_its_state_has_it_after_a_restart(tmp_path: Path) -> None:
    with DevChain(find_anvil(ROOT), tmp_path, keep_state=True) as first:
        first.mine(7)
        name = first.rpc.chain
    with DevChain(find_anvil(ROOT), tmp_path, keep_state=True) as second:
        assert second.rpc.block_number() == 7
        assert second.rpc.chain == name


def test_rpc_when_the_chain_is_down_is_unavailable(tmp_path: Path) -> None:
    with DevChain(find_anvil(ROOT), tmp_path) as chain:
        rpc = chain.rpc
    start = monotonic()

    with pytest.raises(Unavailable, match="does not answer"):
        rpc.block_number()
    with pytest.raises(Unavailable, match="does not answer"):
        Rpc(rpc.url)

    assert monotonic() - start < 5


def test_rpc_when_on_another_chain_than_expected_is_refused(rpc: Rpc) -> None:
    rpc.expect_chain(31337)

    with pytest.raises(Conflict, match="chain 31337, the deployment on 1"):
        rpc.expect_chain(1)


@pytest.mark.parametrize("url", ["", "127.0.0.1:8545", "ftp://chain", "http://"])
def test_rpc_when_the_address_is_unusable_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="RPC address"):
        Rpc(url)


def test_rpc_when_it_fails_never_shows_its_token() -> None:
    with pytest.raises(Unavailable) as caught:
        Rpc("http://user:secret@127.0.0.1:9/v3/token")

    assert "secret" not in str(caught.value) and "token" not in str(caught.value)
