"""Registered agents, and one of them from every side."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import asset_of


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/agents")
    node, render = studio.node, studio.render

    @router.get("")
    def agents(request: Request, page: int = 1) -> Response:
        return render.page(request, "agents/page.html", found=node.agent_page(number=page))

    @router.get("/{agent}")
    def agent(request: Request, agent: str) -> Response:
        seen = node.agent_profile(agent_id=asset_of(agent))
        return render.page(request, "agents/agent.html", seen=seen, names=node.asset_names())

    return router
