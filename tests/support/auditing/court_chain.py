"""Every contract on a development chain, made and wired by the deploy script's plan, with people who have money there."""

from collections.abc import Mapping, Sequence
from typing import Any

from deployment.plan import carry_out, steps_of
from deployment.settings import Parameters
from support.chain_stage import DEPLOYER, OPEN
from tallystick.domain.ids import Address
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.deployment import Deployment
from tallystick.gateways.chain.devchain import deploy
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger


class _Made:
    """A deployed contract as the plan speaks to it."""

    def __init__(self, contract: Contract, sender: Sender) -> None:
        self.address, self._contract, self._sender = contract.address, contract, sender

    def __getattr__(self, method: str) -> Any:
        def send(*arguments: Any) -> None:
            self._sender.send(self._contract, method, *_plain(arguments[:-1]))

        return send


class _Factories:
    def __init__(self, rpc: Rpc, sender: Sender) -> None:
        self._rpc, self._sender = rpc, sender

    def __getattr__(self, name: str) -> Any:
        rpc, sender = self._rpc, self._sender

        class Factory:
            @staticmethod
            def deploy(*arguments: Any) -> _Made:
                return _Made(deploy(rpc, DEPLOYER, name, *_plain(arguments[:-1])), sender)

        return Factory


def _plain(values: Sequence[Any]) -> list[Any]:
    return [
        v.address if isinstance(v, _Made) else _plain(v) if isinstance(v, list | tuple) else v for v in values
    ]


class CourtChain:
    """The deployer still governs, and gives everybody money."""

    def __init__(self, rpc: Rpc, ledger: SqliteLedger, **parameters: Any) -> None:
        self._rpc, self._ledger = rpc, ledger
        sender = Sender(rpc, DEPLOYER, ledger.outbox)
        steps = steps_of(Parameters(**parameters), DEPLOYER.address)
        made: Mapping[str, Any] = carry_out(steps, _Factories(rpc, sender), DEPLOYER.address, {})
        at = {name: Address(contract.address) for name, contract in made.items()}
        self.deployment = Deployment(rpc.chain_id, at, {}, 0)
        self._deployer = ChainSystem(rpc, self.deployment, sender)

    def member(self, key: Key, *, money: int = 10_000 * OPEN) -> ChainSystem:
        """With coin for gas, OPEN, and bonds allowed."""
        self._rpc.request("anvil_setBalance", key.address, hex(10**20))
        self._deployer.token.transfer(key.address, money)
        acting = self._deployer.acting_as(key, self._ledger.outbox)
        for spender in (acting.roster, acting.audit_fund, acting.stake, acting.escrow):
            acting.token.approve(spender.address, money)
        return acting
