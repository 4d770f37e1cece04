"""The flow as a picture with live numbers; health; what needs me."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tallystick.interfaces.studio.application import Studio


def routes(studio: Studio) -> APIRouter:
    router = APIRouter()

    @router.get("/")
    def overview(request: Request) -> Response:
        return studio.render.page(
            request, "overview/page.html", seen=studio.node.glance(), works=studio.works.under_way()
        )

    @router.get("/overview/live")
    def live(request: Request) -> Response:
        return studio.render.page(
            request, "overview/live.html", seen=studio.node.glance(), works=studio.works.under_way()
        )

    return router
