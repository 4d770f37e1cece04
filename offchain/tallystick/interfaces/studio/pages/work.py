"""How far long work is."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tallystick.interfaces.studio.access.sessions import Role
from tallystick.interfaces.studio.application import Studio


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/progress")

    @router.get("/{number}")
    def work(request: Request, number: int) -> Response:
        request.state.session.require(Role.MEMBER)
        found = studio.works.find_of(number, request.state.session)
        is_part = "hx-request" in request.headers and "hx-boosted" not in request.headers
        return studio.render.page(request, "work_state.html" if is_part else "work.html", work=found)

    return router
