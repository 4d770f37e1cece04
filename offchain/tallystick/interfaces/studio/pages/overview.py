"""The flow as a picture with live numbers; health; what needs me."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tallystick.errors import Unavailable
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import member_of


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

    @router.get("/overview/mine")
    def mine(request: Request) -> Response:
        """What waits for whoever signed in; a chain that does not answer is told of by the rest of the page."""
        waits, trouble = None, None
        try:
            waits = studio.node.waiting_for(account=member_of(request))
        except Unavailable as error:
            trouble = error
        return studio.render.page(request, "overview/mine.html", waits=waits, trouble=trouble)

    return router
