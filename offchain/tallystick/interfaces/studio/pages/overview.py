"""The flow as a picture with live numbers; health; what needs me."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tallystick.errors import Unavailable
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import member_of


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
