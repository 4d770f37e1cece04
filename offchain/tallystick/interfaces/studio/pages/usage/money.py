"""Deposits: put in, allotted to operators, thawed and withdrawn, by a wallet or the node's key."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.app.node import Node
from tallystick.app.paying.deposits import ACTS
from tallystick.domain.ids import Address
from tallystick.errors import InvalidInput
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import address_of, begun, calls_of, member_of, units_of

PAGE = "/usage/money"


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/money")
    _looking(router, studio)
    _acting(router, studio)
    return router


def _looking(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    def sending(request: Request, made: Any, amount: str) -> Response:
        told = calls_of(node.chain_id(), member_of(request), list(made))
        return render.page(request, "usage/calls.html", calls=told, amount=amount)

    @router.get("")
    def money(request: Request) -> Response:
        purse, here = node.purse(account=member_of(request)), node.own_address() or ""
        return render.page(request, "usage/money.html", purse=purse, here=here, whose="", tab="money")

    @router.get("/calls")
    def calls(request: Request, amount: str) -> Response:
        """What the browser's wallet sends to deposit and to allot to this node, once the amount is known."""
        return sending(request, node.money_calls(account=member_of(request), amount=units_of(amount)), amount)

    @router.get("/moves")
    def moves(request: Request, act: str, operator: str = "", amount: str = "") -> Response:
        """What the browser's wallet sends to allot, to thaw or to withdraw."""
        who, units = _move(act, operator, amount)
        made = node.money_moves(act=act, account=member_of(request), operator=who, amount=units)
        return sending(request, made, amount.strip())

    @router.post("/sent")
    def sent(request: Request, transactions: Annotated[str, Form()]) -> Response:
        """After a wallet sent them. What counts is what the chain says now."""
        return render.page(request, "usage/purse.html", purse=node.purse(account=member_of(request)))


def _acting(router: APIRouter, studio: Studio) -> None:
    node = studio.node

    def start(request: Request, title: str, job: Callable[[], object]) -> Response:
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        return begun(request, studio.works.start(title, job, page=PAGE, owner=session.address or ""))

    @router.post("/deposit")
    def deposit(request: Request, amount: Annotated[str, Form()]) -> Response:
        return start(request, f"Depositing {amount} OPEN", partial(node.pay_deposit, amount=units_of(amount)))

    @router.post("/move")
    def move(
        request: Request,
        act: Annotated[str, Form()],
        operator: Annotated[str, Form()] = "",
        amount: Annotated[str, Form()] = "",
    ) -> Response:
        who, units = _move(act, operator, amount)
        title = f"{act.capitalize()} {amount.strip() or 'all'} OPEN"
        return start(request, title, partial(_moved, node, who, units, act))


def _moved(node: Node, operator: Address | None, amount: int | None, act: str) -> object:
    if operator is None:
        return node.pay_withdraw(amount=amount)
    if act == "thaw" or amount is None:
        return node.pay_thaw(operator=operator, amount=amount)
    return node.pay_allot(operator=operator, amount=amount)


def _move(act: str, operator: str, amount: str) -> tuple[Address | None, int | None]:
    """Whom it concerns, and base units; none of them for all."""
    if act not in ACTS:
        raise InvalidInput(f"Deposits cannot be asked to {act}.", f"One of {', '.join(ACTS)}.")
    units = units_of(amount) if amount.strip() else None
    if act == "allot" and units is None:
        raise InvalidInput("To allot takes an amount.", "Write it like 12.5.")
    return (None if act == "withdraw" else address_of(operator)), units
