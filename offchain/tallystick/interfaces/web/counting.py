"""ASGI middleware that counts requests by what they ask for and how they end."""

import logging
import secrets
from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tallystick.interfaces.web.responding import CLIENT_LEFT
from tallystick.logbook import about
from tallystick.ports.observing.metrics import Metrics

_LOG = logging.getLogger(__name__)
_KINDS = {
    "/v1/chat/completions": "chat",
    "/v1/completions": "completion",
    "/v1/embeddings": "embedding",
    "/tallystick/v1/quote": "quote",
    "/tallystick/v1/feedback": "feedback",
    "/tallystick/v1/consent": "consent",
    "/tallystick/v1/vouchers": "vouchers",
    "/tallystick/v1/kept": "kept",
}
_OUTCOMES = {402: "unpaid", 429: "overloaded", 503: "unavailable", CLIENT_LEFT: "left"}


class Counting:
    """A response that breaks off after its status counts as what its status said; `answers` knows better."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, started = 500, monotonic()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        kind = _KINDS.get(scope["path"], "other")
        try:
            with about(request=secrets.token_hex(6)):
                await self._app(scope, receive, noted)
                _LOG.debug("request_done kind=%s status=%d", kind, status)
        finally:
            self._metrics.count("requests", kind=kind, outcome=outcome_of(status))
            self._metrics.observe("request_seconds", monotonic() - started, kind=kind)


def outcome_of(status: int) -> str:
    if status in _OUTCOMES:
        return _OUTCOMES[status]
    return "ok" if status < 400 else "refused" if status < 500 else "failed"
