"""A member's wallet lets this studio spend so much, for so long; the page never has a key."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.domain.ids import Address
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import calls_of, units_of


def routes(studio: Studio) -> APIRouter:
    router, node, render = APIRouter(prefix="/paying"), studio.node, studio.render

    def shown(request: Request) -> Response:
        consumer = _me(request)
        allowance = node.lending.allowance(consumer)
        offer = None if allowance else node.lending.offer(consumer)
        return render.page(request, "chat/paying/page.html", allowance=allowance, offer=offer)

    @router.get("")
    def paying(request: Request) -> Response:
        """Apart, as an operator that does not answer must not keep the page."""
        return shown(request)

    @router.get("/spent")
    def spent(request: Request) -> Response:
        allowance = node.lending.allowance(_me(request))
        return render.page(request, "chat/paying/spent.html", allowance=allowance)

    @router.post("/calls")
    def calls(request: Request, cap: Annotated[str, Form()], hours: Annotated[int, Form()] = 24) -> Response:
        """What the browser's wallet sends, once the cap is known; a key is made for it."""
        consumer = _me(request)
        grant = node.lending.prepare(consumer, cap=units_of(cap), hours=hours)
        told = calls_of(node.chain_id(), consumer, list(grant.calls))
        return render.page(request, "chat/paying/calls.html", grant=grant, calls=told)

    @router.post("/sent")
    def sent(request: Request, transactions: Annotated[str, Form()]) -> Response:
        """After a wallet sent them. What counts is what the chain says now."""
        return shown(request)

    @router.post("/end")
    def end(request: Request) -> Response:
        node.lending.forget(_me(request))
        return shown(request)

    return router


def _me(request: Request) -> Address:
    session: Session = request.state.session
    session.require(Role.MEMBER)
    assert session.address is not None
    return session.address
