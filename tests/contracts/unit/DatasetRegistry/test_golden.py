"""Ids and commitments on chain are the golden ones."""

import json
from pathlib import Path

from brownie import Contract, chain, web3

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "leaves.json").read_text())


def test_asset_id_when_golden_registry_is_the_golden_id(system):
    chain_id, registry, owner, kind, content = VECTORS["asset_id"]["arguments"]
    code = web3.eth.get_code(system.datasets.address).to_0x_hex()
    web3.provider.make_request("anvil_setCode", [registry, code])
    there = Contract.from_abi("RegistryOfTheVectors", registry, system.datasets.abi)

    assert chain.id == chain_id
    assert str(there.assetIdOf(owner, kind, content)) == VECTORS["asset_id"]["result"]


def test_commitment_when_golden_is_the_golden_hash(system):
    owner, kind, root, salt = VECTORS["commitment"]["arguments"]

    assert kind == 1
    assert str(system.datasets.commitmentOf(owner, root, salt)) == VECTORS["commitment"]["result"]
