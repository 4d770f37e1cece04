"""Operators with their stake, slashes, and the parameters that bind everyone."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tallystick.errors import NodeError
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import address_of
from tallystick.interfaces.studio.pages.network import votes


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/network")
    router.include_router(votes.routes(studio))
    node, render = studio.node, studio.render

    @router.get("")
    def network(request: Request, page: int = 1) -> Response:
        found = node.operator_page(number=page)
        return render.page(request, "network/page.html", found=found, tab="operators")

    @router.get("/slashes")
    def slashes(request: Request, page: int = 1, operator: str = "") -> Response:
        of = address_of(operator) if operator else None
        found = node.slash_page(number=page, operator=of)
        return render.page(request, "network/slashes.html", found=found, operator=of, tab="slashes")

    @router.get("/parameters")
    def parameters(request: Request) -> Response:
        """Pauses belong to votes, which a deployment may be without."""
        pauses, trouble = None, None
        try:
            pauses = node.pauses()
        except NodeError as error:
            trouble = error
        facts: dict[str, Any] = {"seen": node.parameters(), "pauses": pauses, "trouble": trouble}
        return render.page(request, "network/parameters.html", tab="parameters", **facts)

    return router
