"""The application: one method a verb. Interfaces call it and render what it returns."""

from typing import Any, Protocol

from tallystick.config import Config


class Outside(Protocol):
    """The outside world, made on first use by bootstrap."""

    def close(self) -> None: ...


class Node:
    """Everything a person can do with this node."""

    def __init__(self, config: Config, outside: Any) -> None:
        self._config, self._outside = config, outside

    def close(self) -> None:
        self._outside.close()
