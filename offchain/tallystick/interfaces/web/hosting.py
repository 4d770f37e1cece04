"""Runs our web applications with uvicorn: in the foreground for a command, in a thread for the demo."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from tallystick.errors import Conflict, Unavailable
from tallystick.interfaces.web.guarding import PatientConnection

LOOPBACK = "127.0.0.1"
KEEP_ALIVE_S = 15


@dataclass(frozen=True, slots=True)
class Tls:
    """Our certificate and its key; with `clients` only who has a certificate of that authority is served."""

    certificate: Path
    key: Path
    clients: Path | None = None

    def options(self) -> dict[str, Any]:
        own = {"ssl_certfile": str(self.certificate), "ssl_keyfile": str(self.key)}
        if self.clients is None:
            return own
        return own | {"ssl_ca_certs": str(self.clients), "ssl_cert_reqs": ssl.CERT_REQUIRED}


def run(
    build: Callable[[], FastAPI],
    host: str,
    port: int,
    announce: Callable[[str], None],
    tls: Tls | None = None,
) -> None:
    """Serve until interrupted; `announce` is told the URL. A `port` of 0 is any free one.

    The port is bound before `build`, which may take a minute: a taken one is a `Conflict` at once.
    """
    with _bound(host, port) as listener:
        app = build()
        listener.listen()
        announce(f"{'https' if tls else 'http'}://{host}:{listener.getsockname()[1]}")
        uvicorn.Server(_config(app, tls)).run(sockets=[listener])


@contextmanager
def hosted(app: FastAPI, host: str = LOOPBACK, port: int = 0, tls: Tls | None = None) -> Iterator[str]:
    """Serve in a thread while the context lasts; the URL."""
    with _bound(host, port) as listener:
        server = uvicorn.Server(_config(app, tls))
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        _wait(server)
        try:
            yield f"{'https' if tls else 'http'}://{host}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def _config(app: FastAPI, tls: Tls | None = None) -> uvicorn.Config:
    """With patience that ends. Nobody is told who called: no access log, and no header may say another address."""
    return uvicorn.Config(
        app,
        http=PatientConnection,
        log_level="warning",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE_S,
        **(tls.options() if tls else {}),
    )


def _bound(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Conflict(
            f"Port {port} on {host} cannot be used: {error.strerror}.", "Choose another port."
        ) from error
    return listener


def _wait(server: uvicorn.Server) -> None:
    for _ in range(400):
        if server.started:
            return
        time.sleep(0.025)
    raise Unavailable("The HTTP server did not start.", "Look at the log above.")
