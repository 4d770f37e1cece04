"""An EVM in this process that keeps its state between calls and takes it back: thousands of calls a second."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tallystick.errors import Reverted, Unavailable

START, GAS, CHAIN_ID = 1_800_000_000, 60_000_000, 31_337
HINT = "Install the extra: pip install 'tallystick[redteam]'."
__all__ = ["CHAIN_ID", "GAS", "START", "Evm", "Reverted"]


class Evm:
    """`send` and `deploy` raise `Reverted`; `works` leaves no trace; the clock stands until it is moved."""

    def __init__(self) -> None:
        self._revm = _pyrevm()
        self._evm = self._revm.EVM(env=self._revm.Env(cfg=self._revm.CfgEnv(chain_id=CHAIN_ID)))
        self._now = START
        self.wait(0)

    def deploy(self, sender: str, code: bytes) -> str:
        try:
            return str(self._evm.deploy(sender, code)).lower()
        except RuntimeError as error:
            raise Reverted(str(error)) from error

    def send(self, sender: str, to: str, data: bytes, value: int = 0) -> bytes:
        """`value` is given to the sender first."""
        try:
            if value:
                self._evm.set_balance(sender, value)
            return bytes(self._evm.message_call(sender, to, calldata=data, value=value, gas=GAS))
        except RuntimeError as error:
            raise Reverted(str(error)) from error

    def logs(self) -> tuple[Any, ...]:
        """Those of the last call."""
        result = self._evm.result
        return tuple(result.logs) if result else ()

    def works(self, sender: str, to: str, data: bytes) -> bool:
        try:
            with self.undone():
                self.send(sender, to, data)
        except Reverted:
            return False
        return True

    def gas_used(self) -> int:
        """By the last call or deployment."""
        return int(self._evm.result.gas_used)

    def balance(self, account: str) -> int:
        """Wei."""
        return int(self._evm.get_balance(account))

    def now(self) -> int:
        return self._now

    def wait(self, seconds: int) -> None:
        self._now += seconds
        self._evm.set_block_env(self._revm.BlockEnv(number=1_000 + (self._now - START), timestamp=self._now))

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What happens inside leaves no trace."""
        point, now = self._evm.snapshot(), self._now
        try:
            yield
        finally:
            self._evm.revert(point)
            self.wait(now - self._now)


def _pyrevm() -> Any:
    try:
        import pyrevm
    except ImportError as error:
        raise Unavailable("An EVM in this process needs pyrevm.", HINT) from error
    return pyrevm
