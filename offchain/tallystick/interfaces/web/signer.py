"""The signer's HTTP: web3signer's eth1 paths, with the struct of typed data beside the bytes, so that it can be read."""

import hmac
from typing import Any, Protocol

from anyio.to_thread import run_sync
from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse

from tallystick.commitments.statements import Statement
from tallystick.errors import InvalidInput, NotAuthorised
from tallystick.interfaces.web.guarding import Guard
from tallystick.interfaces.web.hosting import Tls
from tallystick.interfaces.web.reading import json_object
from tallystick.interfaces.web.shapes.errors import speak_openai
from tallystick.interfaces.web.streaming import workers

MOST_BYTES = 128 * 1024  # what pools of transactions take
_AT_ONCE = 16


class UnknownCaller(NotAuthorised):
    http_status, code = 401, "unknown_caller"


class Signing(Protocol):
    """What signs."""

    def public_keys(self) -> tuple[str, ...]: ...
    def sign(self, identifier: str, statement: Statement) -> bytes: ...


def check_exposure(host: str, token: str, tls: Tls | None) -> None:
    """`InvalidInput` for a signer that anyone in reach could ask, or be overheard with."""
    if host in ("127.0.0.1", "::1", "localhost"):
        return
    if tls is None:
        raise InvalidInput(f"On {host} requests could be read and changed.", "Give --certificate and --key.")
    if not token and tls.clients is None:
        raise InvalidInput(f"On {host} anyone could ask.", "Give --token-file or --client-ca.")


def build(desk: Signing, token: str = "") -> FastAPI:
    """`GET /upcheck`, `GET /api/v1/eth1/publicKeys`, `POST /api/v1/eth1/sign/{identifier}`."""
    app = FastAPI(title="Tallystick signer", docs_url=None, redoc_url=None, openapi_url=None)
    speak_openai(app)
    threads, known = workers(_AT_ONCE), [Depends(_checked(token))]

    @app.get("/upcheck", response_class=PlainTextResponse)
    def upcheck() -> str:
        return "OK"

    @app.get("/api/v1/eth1/publicKeys", dependencies=known)
    def public_keys() -> list[str]:
        return list(desk.public_keys())

    @app.post("/api/v1/eth1/sign/{identifier}", dependencies=known, response_class=PlainTextResponse)
    async def sign(identifier: str, request: Request) -> str:
        statement = _statement(await json_object(request))
        signature = await run_sync(desk.sign, identifier, statement, limiter=threads)
        return "0x" + signature.hex()

    app.add_middleware(Guard)
    return app


def _statement(body: dict[str, Any]) -> Statement:
    said, struct = (_bytes(body.get(name, ""), name) for name in ("data", "struct"))
    if not said:
        raise InvalidInput("`data` is missing.", "Send the bytes to hash and sign as 0x text.")
    return Statement(said, struct)


def _bytes(told: object, name: str) -> bytes:
    if not isinstance(told, str) or len(told) > 2 * MOST_BYTES + 2:
        raise InvalidInput(f"`{name}` is no 0x text of at most {MOST_BYTES} bytes.")
    try:
        return bytes.fromhex(told.removeprefix("0x"))
    except ValueError as error:
        raise InvalidInput(f"`{name}` is no 0x text.") from error


def _checked(token: str) -> Any:
    def check(request: Request) -> None:
        shown = request.headers.get("authorization", "")
        if token and not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
            raise UnknownCaller("This signer does not know you.", "Send its token as the bearer token.")

    return check
