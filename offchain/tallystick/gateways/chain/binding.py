"""A contract with the key that acts on it: what every wrapper is made of."""

from collections.abc import Callable
from typing import Any

from tallystick.domain.ids import Address
from tallystick.errors import NotAuthorised
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.ports import ChainEvent, Transaction


class Binding:
    """Reads with anybody's eyes, writes with one key."""

    def __init__(self, contract: Contract, sender: Sender | None) -> None:
        self._contract, self._sender = contract, sender

    @property
    def address(self) -> Address:
        return self._contract.address

    def _call(self, function: str, *arguments: Any) -> Any:
        return self._contract.call(function, *arguments)

    def calldata(self, function: str, *arguments: Any) -> bytes:
        """What a transaction carries, for a wallet that sends it itself."""
        return self._contract.calldata(function, *arguments)

    def _send(
        self,
        function: str,
        *arguments: Any,
        value: int = 0,
        intent: str | None = None,
        unless: Callable[[], object] | None = None,
    ) -> Transaction:
        if self._sender is None:
            raise NotAuthorised(
                f"No key to call {self._contract.name}.{function} with.", "Name a key with --key."
            )
        return self._sender.send(
            self._contract, function, *arguments, value=value, intent=intent, unless=unless
        )

    def _events(self, event: str, first: int, last: int, **filters: Any) -> tuple[ChainEvent, ...]:
        return self._contract.events(event, first, last, **filters)
