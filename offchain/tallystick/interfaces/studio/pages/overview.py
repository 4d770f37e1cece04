"""The flow as a picture with live numbers; health; what needs me."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tallystick.interfaces.studio.application import Studio


def routes(studio: Studio) -> APIRouter:
    router = APIRouter()

    def shown(request: Request, template: str) -> Response:
        works = studio.works.under_way_of(request.state.session)
        return studio.render.page(request, template, seen=studio.node.glance(), works=works)

    @router.get("/")
    def overview(request: Request) -> Response:
        return shown(request, "overview/page.html")

    @router.get("/overview/live")
    def live(request: Request) -> Response:
        return shown(request, "overview/live.html")

    return router
