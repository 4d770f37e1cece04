"""Demands that a leaf be published: which are open, made under a bond, answered and ended."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.app.challenges.raising import RaisedDemand
from tallystick.app.node import Node
from tallystick.domain.challenge import Subject
from tallystick.errors import Conflict, InvalidInput
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import begun

PAGE = "/usage/challenges"
LEAVES = (
    ("batch receipt", "A batch: receipt"),
    ("batch credit", "A batch: credit"),
    ("batch origin", "A batch: origin of a receipt that replaced another"),
    ("proposal epoch", "A reward proposal: leaf of its period"),
    ("proposal cumulative", "A reward proposal: cumulative leaf"),
)


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/challenges")
    _looking(router, studio)
    _acting(router, studio)
    return router


def _looking(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("")
    def challenges(request: Request) -> Response:
        demands = node.open_demands(subject=None, number=None)
        return render.page(
            request, "usage/challenges.html", demands=demands, leaves=LEAVES, whose="", tab="challenges"
        )

    @router.get("/plan")
    def plan(request: Request, leaf: str, number: int, index: int) -> Response:
        """What is to be agreed to, before anything is sent."""
        request.state.session.require(Role.OPERATOR)
        subject, kind = _leaf(leaf)
        planned = node.plan_demand(subject=subject, number=number, kind=kind, index=index)
        return render.page(request, "usage/demand.html", plan=planned, leaf=leaf, index=index)


def _acting(router: APIRouter, studio: Studio) -> None:
    node = studio.node

    def start(request: Request, title: str, job: Callable[[], object]) -> Response:
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        return begun(request, studio.works.start(title, job, page=PAGE, owner=session.address or ""))

    @router.post("")
    def demand(
        request: Request,
        leaf: Annotated[str, Form()],
        number: Annotated[int, Form()],
        index: Annotated[int, Form()],
        bond: Annotated[int, Form()],
    ) -> Response:
        """`bond` is the most that was agreed to, wei."""
        subject, kind = _leaf(leaf)
        job = partial(_demand, node, (subject, number, kind, index), bond)
        return start(request, f"Demanding {kind} {index} of {subject.value} {number}", job)

    @router.post("/answer")
    def answer(request: Request) -> Response:
        return start(request, "Answering demands", node.answer_leaves)

    @router.post("/end")
    def end(request: Request) -> Response:
        return start(request, "Ending our demands", node.end_demands)


def _demand(node: Node, leaf: tuple[Subject, int, str, int], bond: int) -> RaisedDemand:
    subject, number, kind, index = leaf
    done = node.demand_leaf(
        subject=subject, number=number, kind=kind, index=index, agree=lambda plan: plan.bond_wei <= bond
    )
    if done is None:
        raise Conflict("The bond has risen since; nothing was sent.", "Look at it again, and agree anew.")
    return done


def _leaf(text: str) -> tuple[Subject, str]:
    """Its subject and kind, as the form names them."""
    if text not in dict(LEAVES):
        raise InvalidInput(f"There is no leaf {text!r} to demand.", "Choose one of the list.")
    subject, _, kind = text.partition(" ")
    return Subject(subject), kind
