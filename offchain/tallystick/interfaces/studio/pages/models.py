"""Models: which there are, one of them from every side, promotion and rollback, and what its monitors say."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.app.models.serving.pricing import Pricing
from tallystick.app.models.serving.states import Answering
from tallystick.app.node import Node
from tallystick.domain.gate import Gate
from tallystick.errors import InvalidInput, NotFound
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import begun, see, units_of

PLOT = {"column": 210, "row": 62, "wide": 170, "high": 44}


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/models")
    _alarms(router, studio)
    _pricing(router, studio)
    _acting(router, studio)
    _looking(router, studio)
    return router


def _looking(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("")
    def models(request: Request, page: int = 1, whose: str = "all") -> Response:
        session: Session = request.state.session
        owner = session.address if whose == "mine" else None
        found = node.model_page(number=page, owner=owner)
        facts: dict[str, Any] = {"made": node.made_models(), "names": node.asset_names()}
        answers = _by_name(node.answering())
        return render.page(request, "models/page.html", found=found, whose=whose, answers=answers, **facts)

    @router.get("/{name}")
    def model(request: Request, name: str) -> Response:
        """By name, or by id as 0x hex."""
        seen = node.model_detail(name=name)
        facts: dict[str, Any] = {"names": node.asset_names(), "plot": PLOT, "gates": _GATES}
        courses = node.monitor_courses(model=seen.name) if seen.name else ()
        price, answers = _price(node, seen.name), _by_name(node.answering())
        return render.page(
            request, "models/model.html", seen=seen, courses=courses, price=price, answers=answers, **facts
        )


def _alarms(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("/monitors")
    def monitors(request: Request) -> Response:
        courses = node.monitor_courses(model=None)
        return render.page(request, "models/monitors.html", seen=node.monitors(), courses=courses)

    @router.get("/alarms/{number}")
    def alarm(request: Request, number: int) -> Response:
        return render.page(request, "models/alarm.html", seen=node.alarm(number=number))

    @router.post("/alarms/{number}/acknowledge")
    def acknowledge(request: Request, number: int, why: Annotated[str, Form()]) -> Response:
        request.state.session.require(Role.OPERATOR)
        node.acknowledge_alarm(number=number, why=why)
        return see(request, f"/models/alarms/{number}")


def _pricing(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("/{name}/price")
    def plan(request: Request, name: str, price_in: str, price_out: str) -> Response:
        """What a change would do, before it is confirmed."""
        request.state.session.require(Role.OPERATOR)
        change = node.plan_price(name=name, price_in=units_of(price_in), price_out=units_of(price_out))
        return render.page(request, "models/price_change.html", change=change)

    @router.post("/{name}/price")
    def reprice(
        request: Request, name: str, price_in: Annotated[int, Form()], price_out: Annotated[int, Form()]
    ) -> Response:
        """Base units, as they were confirmed."""
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        node.plan_price(name=name, price_in=price_in, price_out=price_out)
        job = partial(node.set_price, name=name, price_in=price_in, price_out=price_out)
        page, owner = f"/models/{name}", session.address or ""
        return begun(
            request, studio.works.start(f"Changing the price of {name}", job, page=page, owner=owner)
        )

    @router.post("/{name}/retire-terms")
    def retire(request: Request, name: str, sure: Annotated[bool, Form()] = False) -> Response:
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        if not sure:
            raise InvalidInput("No terms were retired.", "Say that you are sure: it is for good.")
        job, page = partial(node.retire_terms, name=name), f"/models/{name}"
        title = f"Retiring earlier terms of {name}"
        return begun(request, studio.works.start(title, job, page=page, owner=session.address or ""))


def _price(node: Node, name: str) -> Pricing | None:
    """None for a model that is not offered here."""
    try:
        return node.model_price(name=name) if name else None
    except NotFound:
        return None


def _by_name(answers: tuple[Answering, ...] | None) -> dict[str, Answering] | None:
    return None if answers is None else {each.model: each for each in answers}


def _acting(router: APIRouter, studio: Studio) -> None:
    node = studio.node

    def start(request: Request, title: str, job: Callable[[], object], page: str) -> Response:
        session: Session = request.state.session
        return begun(request, studio.works.start(title, job, page=page, owner=session.address or ""))

    @router.post("/promote")
    def promote(
        request: Request,
        name: Annotated[str, Form()],
        line: Annotated[str, Form()] = "",
        evaluation: Annotated[str, Form()] = "",
        parents: Annotated[str, Form()] = "",
    ) -> Response:
        request.state.session.require(Role.OPERATOR)
        _check_made(name, [made.name for made in node.made_models()])
        job = partial(
            node.promote_model,
            name=name,
            line=line.strip() or None,
            evaluation=evaluation.strip() or None,
            parents=tuple(parents.split()),
        )
        return start(request, f"Promoting {name}", job, f"/models/{name}")

    @router.post("/serve")
    def serve(request: Request, name: Annotated[str, Form()] = "") -> Response:
        """Loads what was promoted since, and lets go of what serves no more."""
        request.state.session.require(Role.OPERATOR)
        page = f"/models/{name}" if name in [made.name for made in node.made_models()] else "/models"
        return start(request, "Answering with what serves now", node.serve_anew, page)

    @router.post("/rollback")
    def rollback(
        request: Request,
        line: Annotated[str, Form()],
        why: Annotated[str, Form()],
        sure: Annotated[bool, Form()] = False,
    ) -> Response:
        request.state.session.require(Role.OPERATOR)
        if not sure:
            raise InvalidInput("Nothing was rolled back.", "Say that you are sure: what serves is retired.")
        if not why.strip():
            raise InvalidInput("A rollback needs a reason.", "It is pinned as evidence for everyone.")
        job = partial(node.rollback_model, line=line.strip(), why=why.strip())
        return start(request, f"Rolling back {line}", job, "/models")


_GATES = {
    Gate.REGISTERED.name.lower(): "registered, not judged yet",
    Gate.PASSED.name.lower(): "passed its gate",
    Gate.SERVING.name.lower(): "serving",
    Gate.REFUSED.name.lower(): "refused by its gate, for good",
    Gate.RETIRED.name.lower(): "retired",
}


def _check_made(name: str, known: list[str]) -> None:
    """A mistake in the form is said at once, not by work that fails."""
    if name not in known:
        raise NotFound(f"This node trained no model {name!r}.", "Choose one of the list.")
