"""Any batch recomputed before one's eyes, from the chain and its public file."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.errors import NotFound
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import begun


def routes(studio: Studio) -> APIRouter:
    router, node = APIRouter(prefix="/audit"), studio.node

    @router.get("")
    def audit(request: Request, page: int = 1) -> Response:
        return studio.render.page(request, "audit/page.html", found=node.chain_batches(number=page))

    @router.post("/run")
    def run(request: Request, what: Annotated[str, Form()], number: Annotated[int, Form()]) -> Response:
        """Reads alone, so whoever is signed in may."""
        session: Session = request.state.session
        session.require(Role.MEMBER)
        jobs: dict[str, Callable[[], object]] = {
            "batch": partial(node.audit_batch, batch_id=number),
            "proposal": partial(node.audit_rewards, proposal_id=number),
        }
        if what not in jobs:
            raise NotFound(f"There is no audit of a {what}.", "Audit a batch or a proposal.")
        title = f"Recomputing {what} {number}"
        work = studio.works.start(title, jobs[what], page="", owner=session.address or "", is_writing=False)
        work.page = f"/audit/report/{work.number}"
        return begun(request, work)

    @router.get("/report/{number}")
    def report(request: Request, number: int) -> Response:
        work = studio.works.find(number)
        if work.result is None:
            raise NotFound("That audit is not over, or it failed.", "Look at its work.")
        return studio.render.page(request, "audit/report.html", work=work, told=work.result)

    return router
