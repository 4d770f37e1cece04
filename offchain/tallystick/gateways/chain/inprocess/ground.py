"""The shipped system on a fresh EVM, as `app.redteam` plays on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from tallystick.gateways.chain.inprocess.evm import Evm
from tallystick.gateways.chain.inprocess.system import DEPLOYER, shipped


class InProcessGround:
    """`contracts` by name with the deploy script's defaults; the treasury holds the supply and is still the admin."""

    treasury = DEPLOYER

    def __init__(self) -> None:
        self.evm = Evm()
        self.contracts: SimpleNamespace = shipped(self.evm)

    def now(self) -> int:
        return self.evm.now()

    def wait(self, seconds: int) -> None:
        self.evm.wait(seconds)

    def gas_used(self) -> int:
        return self.evm.gas_used()

    @contextmanager
    def undone(self) -> Iterator[None]:
        with self.evm.undone():
            yield
