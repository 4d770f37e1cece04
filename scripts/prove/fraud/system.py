"""The deployed contracts on an `Evm` with any parameters, wired by the deploy script's plan."""

from types import SimpleNamespace
from typing import Any

from deployment.plan import carry_out, steps_of
from deployment.settings import Parameters
from tallystick.gateways.chain.inprocess.evm import Evm
from tallystick.gateways.chain.inprocess.system import DEPLOYER, Factory


class _Factories:
    def __init__(self, evm: Evm) -> None:
        self._evm = evm

    def __getattr__(self, name: str) -> Factory:
        return Factory(self._evm, name)


def deploy(evm: Evm, **parameters: Any) -> SimpleNamespace:
    """Every contract by its name, made and wired as the deploy script's plan says."""
    steps = steps_of(Parameters(**parameters), DEPLOYER)
    return SimpleNamespace(**carry_out(steps, _Factories(evm), DEPLOYER, {}))
