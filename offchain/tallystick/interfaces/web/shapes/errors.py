"""Errors in OpenAI's own shape: message, type, param and code, with the status and headers its clients act on."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from tallystick.errors import (
    Conflict,
    DeadlinePassed,
    InsufficientFunds,
    IntegrityMismatch,
    InvalidInput,
    NodeError,
    NotAuthorised,
    NotFound,
    Overloaded,
    Refused,
    Unavailable,
)

_LOG = logging.getLogger(__name__)
_INVALID, _SERVER = "invalid_request_error", "server_error"
# The first class that fits says type and code.
_KINDS: tuple[tuple[type[NodeError], str, str], ...] = (
    (IntegrityMismatch, _INVALID, "integrity_mismatch"),
    (InvalidInput, _INVALID, "invalid_value"),
    (NotFound, _INVALID, "not_found"),
    (Conflict, _INVALID, "conflict"),
    (NotAuthorised, _INVALID, "not_authorised"),
    (InsufficientFunds, "insufficient_quota", "insufficient_funds"),
    (Overloaded, "requests", "rate_limit_exceeded"),
    (DeadlinePassed, _SERVER, "deadline_passed"),
    (Unavailable, _SERVER, "unavailable"),
)


def error_body(error: NodeError) -> dict[str, Any]:
    """The error object that OpenAI clients print; another node's refusal goes through as it came."""
    if isinstance(error, Refused) and error.body:
        return {"error": dict(error.body)}
    kind, code = next(((k, c) for cls, k, c in _KINDS if isinstance(error, cls)), (_SERVER, "internal_error"))
    return {
        "error": {
            "message": str(error),
            "type": kind,
            "param": error.param,
            "code": error.code or code,
        }
    }


def error_response(error: NodeError) -> JSONResponse:
    wait = getattr(error, "retry_after_s", None)
    headers = {"retry-after": str(wait)} if wait is not None else None
    return JSONResponse(error_body(error), status_code=error.http_status, headers=headers)


def speak_openai(app: FastAPI) -> None:
    """Every failure of `app` is told in this shape, also those of the framework and of our own faults."""

    @app.exception_handler(NodeError)
    def refuse(_: Request, error: NodeError) -> JSONResponse:
        return error_response(error)

    @app.exception_handler(HTTPException)
    def no_route(request: Request, error: HTTPException) -> JSONResponse:
        told = f"{request.method} {request.url.path}: {error.detail}."
        body = {"message": told, "type": _INVALID, "param": None, "code": "unknown_url"}
        return JSONResponse({"error": body}, status_code=error.status_code, headers=error.headers)

    @app.exception_handler(Exception)
    def fail(request: Request, error: Exception) -> JSONResponse:
        _LOG.error("request_failed path=%s", request.url.path, exc_info=error)
        body = {
            "message": "The node failed; nothing was billed for this request.",
            "type": _SERVER,
            "param": None,
            "code": "internal_error",
        }
        return JSONResponse({"error": body}, status_code=500)
