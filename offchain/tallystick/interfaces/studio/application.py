"""The studio as one ASGI application, to be served by itself or mounted beside the API."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from tallystick.app.node import Node
from tallystick.errors import InvalidInput, NodeError, NotFound
from tallystick.interfaces.studio.access.guard import Gate
from tallystick.interfaces.studio.access.sessions import Sessions
from tallystick.interfaces.studio.navigation import PLACES
from tallystick.interfaces.studio.rendering import Renderer
from tallystick.interfaces.studio.works import Works
from tallystick.interfaces.web.guarding import Guard

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PATH = "/studio"
_HERE = Path(__file__).parent
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Studio:
    """What every page's routes are made with."""

    node: Node
    sessions: Sessions
    render: Renderer
    works: Works
    uploads: Path


def build(studio: Studio, hosts: tuple[str, ...] = LOOPBACK) -> FastAPI:
    """Every page of `navigation`, each from its module; a page is parse, call, present."""
    untold: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
    app = FastAPI(
        title="Tallystick studio", docs_url=None, redoc_url=None, openapi_url=None, telemetry=untold
    )
    _explain(app, studio.render)
    for noun in ("account", "work", *(place.noun for place in PLACES)):
        module = import_module(f"tallystick.interfaces.studio.pages.{noun}")
        app.include_router(module.routes(studio))
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    app.add_middleware(Gate, sessions=studio.sessions, hosts=hosts, explain=studio.render.error)
    return app


def served(studio: Studio, hosts: tuple[str, ...] = LOOPBACK) -> FastAPI:
    """The studio under `/studio`, with everything else leading to it."""
    untold: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, telemetry=untold)
    app.mount(PATH, build(studio, hosts))

    @app.get("/")
    def home() -> Response:
        return RedirectResponse(f"{PATH}/")

    app.add_middleware(Guard)
    return app


def _explain(app: FastAPI, render: Renderer) -> None:
    """Whatever goes wrong becomes a page in our words."""

    def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, NodeError)
        return render.error(request, error)

    def refused(request: Request, error: Exception) -> Response:
        return render.error(request, InvalidInput(_said(error), "Go back and correct it."))

    def missing(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        if status == 404:
            return render.error(request, NotFound("There is no such page.", "The menu has them all."))
        return render.error(request, InvalidInput(f"The studio does not do that ({status}).", "Go back."))

    def broken(request: Request, error: Exception) -> Response:
        _log.error("a page failed", exc_info=error)
        return render.error(request, NodeError("The studio failed to make this page.", "Its log says why."))

    handlers: dict[type[Exception], Callable[[Request, Exception], Response]] = {
        NodeError: known,
        RequestValidationError: refused,
        HTTPException: missing,
        Exception: broken,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _said(error: Any) -> str:
    """The first thing that a form got wrong."""
    first = next(iter(error.errors()), {"loc": ("", "form"), "msg": "invalid"})
    return f"{first['loc'][-1]}: {first['msg']}."
