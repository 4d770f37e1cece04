"""Feedback, wallets and payment lanes have the golden digests and numbers on the chain."""

import json
from pathlib import Path

import pytest
from brownie import Contract, chain, web3

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "typed_data.json").read_text())


def there(contract):
    """The contract's code at the vectors' address: OpenZeppelin then computes the domain anew."""
    at = VECTORS["domain"]["verifyingContract"]
    web3.provider.make_request("anvil_setCode", [at, web3.eth.get_code(contract.address).to_0x_hex()])
    return Contract.from_abi("At the vectors' address", at, contract.abi)


def test_feedback_digest_when_golden_is_the_golden_one(system):
    assert chain.id == VECTORS["domain"]["chainId"]
    golden = VECTORS["feedback"]

    digest = there(system.reputation).feedbackDigest(golden["message"])

    assert digest.hex().removeprefix("0x") == golden["digest"][2:]


def test_wallet_digest_when_golden_is_the_golden_one(system):
    golden = VECTORS["wallet"]

    digest = there(system.agents).walletDigest(*golden["message"])

    assert digest.hex().removeprefix("0x") == golden["digest"][2:]


@pytest.mark.parametrize("bits", [0, 1])
def test_payment_lane_when_golden_is_the_golden_one(system, bits):
    nonce = int(VECTORS["payment"]["nonce"], 16) ^ bits

    lane = system.escrow.laneOf(nonce.to_bytes(32, "big"))

    assert (lane == int(VECTORS["payment"]["lane"])) == (bits == 0)
    assert lane >> 52 == 1
