"""Operators, their stake, and the parameters that bind everyone."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tallystick.interfaces.studio.application import Studio


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/network")

    @router.get("")
    def network(request: Request, page: int = 1) -> Response:
        found, rules = studio.node.operator_page(number=page), studio.node.rules()
        return studio.render.page(request, "network/page.html", found=found, rules=rules)

    return router
