"""Where the contracts are: the file that the deploy script wrote, checked against the chain."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.domain.ids import Address, address
from tallystick.errors import InvalidInput, NotFound
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.rpc import Rpc


@dataclass(frozen=True, slots=True)
class Deployment:
    """Addresses by contract name, the parameters they were made with, and the block to read events from."""

    chain_id: int
    contracts: Mapping[str, Address]
    parameters: Mapping[str, Any]
    block: int

    def address_of(self, name: str) -> Address:
        found = self.contracts.get(name)
        if found is None:
            raise NotFound(
                f"The deployment has no {name}.", "Deploy again with this version's scripts/deploy.py."
            )
        return found

    def bind(self, rpc: Rpc, name: str) -> Contract:
        return Contract(rpc, name, self.address_of(name))


def read_deployment(path: Path) -> Deployment:
    """NotFound without the file, InvalidInput when it says something else."""
    try:
        content = json.loads(path.read_text())
        return Deployment(
            chain_id=int(content["chain_id"]),
            contracts={name: address(at) for name, at in content["contracts"].items()},
            parameters=dict(content.get("parameters", {})),
            block=int(content.get("block", 0)),
        )
    except FileNotFoundError as error:
        raise NotFound(
            f"No deployment file {path}.", "Run scripts/deploy.py, or name the file of this chain."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(
            f"{path} is not a deployment file: {error!r}.", "Write it with scripts/deploy.py."
        ) from error


def check_deployment(rpc: Rpc, deployment: Deployment) -> None:
    """The chain is the right one and every address has code; else Conflict or NotFound."""
    rpc.expect_chain(deployment.chain_id)
    for name, at in deployment.contracts.items():
        if not rpc.has_code(at):
            raise NotFound(
                f"{name} has no code at {at} on chain {rpc.chain_id}.",
                "A development chain that was restarted is empty: deploy again.",
            )
