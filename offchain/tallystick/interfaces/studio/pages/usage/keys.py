"""Session keys: how much a program may spend of an address's money, and until when."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.app.paying.spending import SpendingKey
from tallystick.domain.ids import Address
from tallystick.errors import InvalidInput, NodeError
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import address_of, begun, calls_of, units_of

ACTS = ("authorise", "revoke")


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/keys")
    _looking(router, studio)
    _acting(router, studio)
    return router


def _looking(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    def shown(request: Request, signer: Address) -> Response:
        """One that was never authorised is no error of the page."""
        consumer, key, trouble = _me(request), None, None
        try:
            key = node.session_key(consumer=consumer, signer=signer)
        except NodeError as error:
            trouble = error
        return render.page(request, "usage/keys/key.html", key=key, trouble=trouble)

    @router.get("")
    def caps(request: Request) -> Response:
        me, trouble = _me(request), None
        listed: Sequence[SpendingKey] = ()
        try:
            listed = node.session_keys(consumer=me)
        except NodeError as error:
            trouble = error
        here = node.own_address() or ""
        told: dict[str, Any] = {"key": None, "trouble": None, "here": here, "keys": listed, "unread": trouble}
        return render.page(request, "usage/keys/page.html", whose="", tab="keys", **told)

    @router.get("/look")
    def look(request: Request, signer: str) -> Response:
        return shown(request, address_of(signer))

    @router.get("/calls")
    def calls(
        request: Request, signer: str, act: str, operator: str = "", cap: str = "", hours: int = 0
    ) -> Response:
        """What the browser's wallet sends, once it is known."""
        consumer, who = _me(request), address_of(signer)
        made = node.session_key_call(
            act=_act(act),
            consumer=consumer,
            signer=who,
            operator=_where(operator, cap),
            cap=_cap(cap),
            hours=hours if cap.strip() else 0,
        )
        told = calls_of(node.chain_id(), consumer, [made])
        return render.page(request, "usage/keys/calls.html", calls=told, signer=who)

    @router.post("/{signer}/sent")
    def sent(request: Request, signer: str, transactions: Annotated[str, Form()]) -> Response:
        """After a wallet sent it. What counts is what the chain says now."""
        return shown(request, address_of(signer))


def _acting(router: APIRouter, studio: Studio) -> None:
    node = studio.node

    @router.post("")
    def act_by_key(
        request: Request,
        signer: Annotated[str, Form()],
        act: Annotated[str, Form()],
        operator: Annotated[str, Form()] = "",
        cap: Annotated[str, Form()] = "",
        hours: Annotated[int, Form()] = 0,
    ) -> Response:
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        who, at, most = address_of(signer), _where(operator, cap), _cap(cap)
        lasting = hours if cap.strip() else 0

        def job() -> object:
            if act == "revoke":
                return node.pay_revoke(signer=who)
            return node.pay_authorise(signer=who, operator=at, cap=most, hours=lasting)

        title = f"{_act(act).capitalize()} the key {who[:8]}…"
        return begun(request, studio.works.start(title, job, page="/usage/keys", owner=session.address or ""))


def _me(request: Request) -> Address:
    session: Session = request.state.session
    session.require(Role.MEMBER)
    assert session.address is not None
    return session.address


def _act(word: str) -> str:
    if word not in ACTS:
        raise InvalidInput(f"A key cannot be asked to {word}.", f"One of {', '.join(ACTS)}.")
    return word


def _where(operator: str, cap: str) -> Address | None:
    """Only a cap is at an operator."""
    return address_of(operator) if cap.strip() else None


def _cap(text: str) -> int:
    """0 for all that is allotted."""
    return units_of(text) if text.strip() else 0
