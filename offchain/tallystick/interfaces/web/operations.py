"""What an operator's own programs ask: /health, /ready and /metrics, on the API and on a port of their own."""

from dataclasses import asdict
from typing import Any, Protocol

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.telemetry import TelemetryConfig

from tallystick.app.observing.readiness import Readiness
from tallystick.ports.observing.metrics import Metrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


class Observed(Protocol):
    """What these routes ask of the application."""

    def meters(self) -> Metrics: ...
    def metrics(self) -> bytes: ...
    def readiness(self) -> Readiness: ...


def router(node: Observed, *, is_public: bool) -> APIRouter:
    """With `is_public`, numbers and reasons are for this machine alone: the port may be open to the world."""
    made = APIRouter()

    @made.get("/health")
    def health() -> dict[str, str]:
        """It lives: nothing is asked of anything."""
        return {"status": "ok"}

    @made.get("/ready")
    def ready(request: Request, model: str = "") -> JSONResponse:
        found = node.readiness()
        is_ready = found.of_model(model) if model else found.is_ready
        told: dict[str, Any] = {"ready": is_ready}
        if not is_public or _is_from_here(request):
            told |= {"parts": _listed(found.parts), "models": _listed(found.models)}
        return JSONResponse(told, status_code=200 if is_ready else 503)

    @made.get("/metrics")
    def metrics(request: Request) -> Response:
        if is_public and not _is_from_here(request):
            return JSONResponse({"detail": "Not Found"}, status_code=404)
        return Response(node.metrics(), media_type=CONTENT_TYPE)

    return made


def build(node: Observed) -> FastAPI:
    """These routes alone."""
    untold: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
    app = FastAPI(title="Tallystick operations", docs_url=None, redoc_url=None, telemetry=untold)
    app.include_router(router(node, is_public=False))
    return app


def _is_from_here(request: Request) -> bool:
    """From this machine, and not through a proxy on it."""
    is_here = request.client is not None and request.client.host in _LOOPBACK
    return is_here and not any(name in request.headers for name in _FORWARDED)


def _listed(states: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [asdict(state) for state in states]
