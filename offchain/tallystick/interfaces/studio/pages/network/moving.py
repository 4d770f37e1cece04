"""Moving that parameters are changed, and letting somebody else vote: by a wallet or the node's key."""

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.errors import InvalidInput
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import address_of, begun, calls_of, member_of

SET = "set-"
# How people write a parameter, and how many of the chain's units that is, by the last word of its name.
UNITS = {"window": ("hours", 3_600), "bps": ("%", 100), "percent": ("%", 1)}
OPEN = ("OPEN", 10**6)


def routes(studio: Studio) -> APIRouter:
    router = APIRouter()
    _moving(router, studio)
    _delegating(router, studio)
    return router


def unit_of(name: str) -> tuple[str, int]:
    return UNITS.get(name.rpartition("_")[2], OPEN)


def changes_of(told: Mapping[str, object]) -> dict[str, int]:
    """The parameters that the form gives a value, in the chain's units."""
    filled = {key.removeprefix(SET): str(text).strip() for key, text in told.items() if key.startswith(SET)}
    return {name: _value(name, text) for name, text in filled.items() if text}


def _value(name: str, text: str) -> int:
    word, scale = unit_of(name)
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text):
        raise InvalidInput(f"{text!r} is no number of {word}.", "Write it like 12.5.")
    value = Fraction(text) * scale
    if value.denominator != 1:
        raise InvalidInput(f"{text} {word} is finer than the chain counts.", "Use fewer decimals.")
    return int(value)


def _moving(router: APIRouter, studio: Studio) -> None:
    node, render, works = studio.node, studio.render, studio.works

    @router.get("/new")
    def new(request: Request) -> Response:
        session: Session = request.state.session
        voter = node.voter(account=session.address) if session.address else None
        facts: dict[str, Any] = {"seen": node.parameters(), "rules": node.voting_rules(), "voter": voter}
        return render.page(request, "network/new.html", tab="votes", unit=unit_of, **facts)

    @router.get("/new/calls")
    def calls(request: Request, why: str = "") -> Response:
        """What the browser's wallet sends to move it."""
        account, changes = member_of(request), changes_of(request.query_params)
        made = node.proposal_calls(account=account, changes=changes, text=why)
        told, done = calls_of(node.chain_id(), account, list(made)), "/network/votes/new/sent"
        return render.page(request, "network/calls.html", calls=told, done=done, part="moving")

    @router.post("/new/sent")
    def sent(request: Request, transactions: Annotated[str, Form()]) -> Response:
        """After a wallet sent it. What counts is what the chain says now."""
        account = member_of(request)
        mine = (m for m in node.motion_page(number=1).rows if m.proposer == account)
        return render.page(request, "network/moved.html", m=next(mine, None))

    @router.post("/new")
    async def move(request: Request, why: Annotated[str, Form()] = "") -> Response:
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        changes = changes_of(dict(await request.form()))
        job = partial(node.propose_parameters, changes=changes, text=why)
        title = "Moving to change parameters"
        return begun(request, works.start(title, job, page="/network/votes", owner=session.address or ""))


def _delegating(router: APIRouter, studio: Studio) -> None:
    node, works = studio.node, studio.works

    @router.get("/delegation/calls")
    def calls(request: Request, to: str) -> Response:
        """What the browser's wallet sends to delegate."""
        account = member_of(request)
        made = node.delegate_calls(to=address_of(to))
        told, done = calls_of(node.chain_id(), account, list(made)), "/network/votes/wrapped"
        return studio.render.page(request, "network/calls.html", calls=told, done=done, part="voter")

    @router.post("/delegation")
    def delegate(request: Request, to: Annotated[str, Form()]) -> Response:
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        job, page = partial(node.delegate_votes, to=address_of(to)), "/network/votes"
        return begun(request, works.start("Delegating votes", job, page=page, owner=session.address or ""))
