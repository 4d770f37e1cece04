"""Registered agents."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tallystick.interfaces.studio.application import Studio


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/agents")

    @router.get("")
    def agents(request: Request, page: int = 1) -> Response:
        return studio.render.page(request, "agents/page.html", found=studio.node.agent_page(number=page))

    return router
