"""The EIP-712 digests on chain are the golden ones."""

import json
from pathlib import Path

import pytest
from brownie import Contract, chain, web3
from eth_account import Account

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "typed_data.json").read_text())
FIELDS = {
    "receipt": (
        *("termsId", "consumer", "operator", "lane", "previous", "cumulative", "tokensIn", "tokensOut"),
        *("queryCommit", "outputCommit", "linesHash", "agentId", "servedAt", "previousHead"),
    ),
    "voucher": ("consumer", "operator", "lane", "limit", "acknowledged", "head"),
}


@pytest.fixture
def escrow_there(system):
    """The escrow's code at the vectors' address: OpenZeppelin then computes the domain anew."""
    at = VECTORS["domain"]["verifyingContract"]
    web3.provider.make_request("anvil_setCode", [at, web3.eth.get_code(system.escrow.address).to_0x_hex()])
    return Contract.from_abi("EscrowOfTheVectors", at, system.escrow.abi)


@pytest.mark.parametrize("kind", ["receipt", "voucher"])
def test_digest_when_golden_message_is_the_golden_digest(escrow_there, kind):
    assert chain.id == VECTORS["domain"]["chainId"]
    message = VECTORS[kind]["message"]

    digest = getattr(escrow_there, f"{kind}Digest")([message[field] for field in FIELDS[kind]])

    assert digest.hex().removeprefix("0x") == VECTORS[kind]["digest"][2:]


@pytest.mark.parametrize("kind", ["receipt", "voucher"])
def test_signature_when_golden_is_by_its_signer(kind):
    golden = VECTORS[kind]

    signer = Account._recover_hash(bytes.fromhex(golden["digest"][2:]), signature=golden["signature"])

    assert signer.lower() == golden["signer"].lower()
