"""Signing in and out."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from tallystick.domain.ids import address
from tallystick.errors import InvalidInput
from tallystick.interfaces.studio.access.sessions import Session
from tallystick.interfaces.studio.application import Studio


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/account")

    @router.get("")
    def account(request: Request) -> Response:
        return studio.render.page(request, "account.html")

    @router.post("/challenge")
    def challenge(request: Request, account: Annotated[str, Form()], chain: Annotated[int, Form()]) -> Any:
        try:
            who = address(account)
        except ValueError as error:
            raise InvalidInput(f"{account!r} is no address.", "Choose an account in the wallet.") from error
        host, at = request.headers["host"], request.scope.get("root_path", "")
        uri = f"{request.url.scheme}://{host}{at}/"
        made = studio.sessions.challenge(request.state.session, host, uri, who, chain)
        return JSONResponse({"message": made.message})

    @router.post("/sign-in")
    def sign_in(request: Request, signature: Annotated[str, Form()]) -> Any:
        signed = studio.sessions.sign_in(request.state.session, signature)
        request.state.session = signed
        return JSONResponse({"address": signed.address, "role": signed.role.name.lower()})

    @router.get("/link/{token}")
    def link(request: Request, token: str) -> Response:
        """Opened from where the studio printed it; the token is used up, and leaves the address bar."""
        request.state.session = studio.sessions.follow_link(request.state.session, token)
        return RedirectResponse(f"{request.scope.get('root_path', '')}/", status_code=303)

    @router.post("/sign-out")
    def sign_out(request: Request) -> Response:
        session: Session = request.state.session
        studio.sessions.sign_out(session)
        request.state.session = studio.sessions.get(None)
        return RedirectResponse(f"{request.scope.get('root_path', '')}/", status_code=303)

    return router
