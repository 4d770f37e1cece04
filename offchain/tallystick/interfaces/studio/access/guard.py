"""ASGI middleware around all of the studio: hosts, origins, sizes, cookies, and the headers of every answer."""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tallystick.errors import InvalidInput, NodeError, NotAuthorised
from tallystick.interfaces.studio.access.sessions import Session, Sessions

COOKIE, FIELD, HEADER = "tallystick_studio", "csrf", "x-csrf"
MAX_FORM, MAX_UPLOAD = 1 << 18, 64 << 20
UPLOADS = ("/data/upload", "/evaluate/seal")
SAFE = ("GET", "HEAD")
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
Explain = Callable[[Request, NodeError], Response]


class TooLarge(InvalidInput):
    http_status, code = 413, "request_too_large"


class Gate:
    """Puts the session into `request.state`. What may change something needs our origin and the session's token.

    `hosts` are the names under which this server may be asked: another is a stranger's name that was bound to us.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions, hosts: Sequence[str], explain: Explain) -> None:
        self._app, self._sessions, self._hosts, self._explain = app, sessions, frozenset(hosts), explain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), str(scope["path"])
        session = self._sessions.get(_cookie(headers.get("cookie", "")))
        scope.setdefault("state", {})["session"] = session
        sending = _Dressed(send, session, scope)
        try:
            _check_host(headers, self._hosts)
            if scope["method"] in SAFE:
                await self._app(scope, receive, sending)
                return
            limit = MAX_UPLOAD if path.endswith(UPLOADS) else MAX_FORM
            _check_size(headers, limit)
            body = _Bounded(receive, limit)
            await self._checked(scope, headers, session, body, sending)
        except NodeError as error:
            await self._explain(Request(scope, receive), error)(scope, receive, sending)

    async def _checked(
        self, scope: Scope, headers: Headers, session: Session, receive: Receive, send: Send
    ) -> None:
        _check_origin(headers)
        shown = headers.get(HEADER)
        if shown is None and headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            raw = await _whole(receive)
            shown = parse_qs(raw.decode("utf-8", "replace")).get(FIELD, [""])[-1]
            receive = _again(raw)
        _check_token(session, shown or "")
        await self._app(scope, receive, send)


class _Dressed:
    """Adds the headers of every answer, and the cookie of a session that is new."""

    def __init__(self, send: Send, session: Session, scope: Scope) -> None:
        self._send, self._session, self._scope = send, session, scope

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if "/static/" not in self._scope["path"]:
                headers.setdefault("cache-control", "no-store")
            session = self._scope["state"]["session"]
            if session.is_new:
                headers.append("set-cookie", _set_cookie(session, self._scope))
        await self._send(message)


class _Bounded:
    """A body that goes on beyond its limit ends the request."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._limit, self._seen = receive, limit, 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            raise TooLarge(f"That is more than {self._limit} bytes.", "Send less at a time.")
        return message


def _cookie(text: str) -> str | None:
    try:
        found = SimpleCookie(text).get(COOKIE)
    except Exception:  # http.cookies raises CookieError for what a stranger may send
        return None
    return found.value if found else None


def _set_cookie(session: Session, scope: Scope) -> str:
    place = scope.get("root_path") or "/"
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{COOKIE}={session.id}; Path={place}; HttpOnly; SameSite=Strict{secure}"


def _check_host(headers: Headers, hosts: frozenset[str]) -> None:
    try:
        name = urlsplit("//" + headers.get("host", "")).hostname or ""
    except ValueError:
        name = ""
    if name not in hosts:
        raise NotAuthorised(
            f"This studio is not {name!r}.",
            "Open it at the address that it printed, or add the name to the setting `studio.names`.",
        )


def _check_size(headers: Headers, limit: int) -> None:
    announced = headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > limit:
        raise TooLarge(
            f"That is more than {limit >> 10} KiB.", "Send less at a time; `tallystick` takes files."
        )


def _check_origin(headers: Headers) -> None:
    origin = headers.get("origin")
    if origin is not None and origin.split("://", 1)[-1] != headers.get("host"):
        raise NotAuthorised("Another site sent this request.", "Use the studio's own pages.")


def _check_token(session: Session, shown: str) -> None:
    if not hmac.compare_digest(session.csrf.encode(), shown.encode()):
        session.require(type(session.role).MEMBER)
        raise NotAuthorised("This page is older than your session.", "Load it again and repeat.")


async def _whole(receive: Receive) -> bytes:
    found, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidInput("The browser left before its request was complete.")
        found += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(found)


def _again(raw: bytes) -> Callable[[], Awaitable[Message]]:
    """A body that was read, to be read once more."""
    given = [{"type": "http.request", "body": raw, "more_body": False}]

    async def receive() -> Message:
        return given.pop() if given else {"type": "http.disconnect"}

    return receive
