"""Tells the service manager how a service is, by the protocol of sd_notify(3). Without one it tells nobody."""

import os
import socket
from collections.abc import Mapping


class Supervisor:
    """`NOTIFY_SOCKET` is a path, or an abstract name that starts with "@"."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")

    def tell(self, **state: str) -> None:
        """Such as READY="1", WATCHDOG="1" or STATUS="..."; a manager that does not listen is no error."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        text = "\n".join(f"{name}={value}" for name, value in state.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as at:
                at.setblocking(False)
                at.sendto(text.encode(), address)
        except OSError:
            return
