"""What was earned, its proof, and claims by a wallet or by the node's key."""

from collections.abc import Sequence
from functools import partial
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.app.overview.earnings import Call
from tallystick.domain.ids import Address
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import asset_of, begun, calls_of
from tallystick.interfaces.studio.pages.rewards import stake


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/rewards")
    router.include_router(stake.routes(studio))
    _all(router, studio)
    _page(router, studio)
    _one(router, studio)
    return router


def _all(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("")
    def rewards(request: Request, page: int = 1, whose: str = "") -> Response:
        session: Session = request.state.session
        shown = whose or ("mine" if session.address else "all")
        account = session.address if shown == "mine" else None
        return render.page(
            request,
            "rewards/page.html",
            found=node.earning_page(number=page, account=account),
            mine=shown == "mine",
            whose=shown,
            tab="rewards",
        )

    @router.get("/all")
    def due(request: Request) -> Response:
        """What a wallet sends for all that is due at its address."""
        account = _me(request)
        made = node.claim_calls(account=account)
        return render.page(request, "rewards/due.html", calls=_told(account, made), sent=[])

    @router.post("/all/claimed")
    def all_claimed(request: Request, transactions: Annotated[str, Form()]) -> Response:
        """After a wallet sent them. What counts is what the chain says now."""
        account = _me(request)
        made = node.claim_calls(account=account)
        told = _told(account, made)
        return render.page(request, "rewards/due.html", calls=told, sent=transactions.split())

    @router.post("/all/claim")
    def claim_all(request: Request) -> Response:
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        job = partial(node.claim, assets=())
        work = studio.works.start("Claiming all", job, page="/rewards", owner=session.address or "")
        return begun(request, work)

    def _told(account: Address, made: Sequence[Call]) -> dict[str, Any] | None:
        return calls_of(node.chain_id(), account, list(made)) if made else None


def _page(router: APIRouter, studio: Studio) -> None:
    @router.get("/claim.html")
    def page_to_keep(request: Request, asset: str = "") -> Response:
        """The claim page that works without any node of ours, to download or to pin; with an asset's values filled in."""
        text = files("tallystick.interfaces.studio").joinpath("static/claim/claim.html").read_text("utf-8")
        if asset:
            asset_id = asset_of(asset)
            text = filled(
                text, asset=f"0x{asset_id.hex()}", rewards=studio.node.claim_call(asset_id=asset_id).to
            )
        headers = {"content-disposition": 'attachment; filename="claim.html"'}
        return Response(text, media_type="text/html", headers=headers)


def filled(text: str, **values: str) -> str:
    """The claim page with fields that have a value already; they are hexadecimal, and need no escape."""
    for name, value in values.items():
        text = text.replace(f'<input name="{name}"', f'<input name="{name}" value="{value}"', 1)
    return text


def _me(request: Request) -> Address:
    session: Session = request.state.session
    session.require(Role.MEMBER)
    assert session.address is not None
    return session.address


def _one(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("/{asset}")
    def reward(request: Request, asset: str) -> Response:
        return _shown(request, asset, "rewards/asset.html")

    @router.post("/{asset}/claimed")
    def claimed(request: Request, asset: str, transactions: Annotated[str, Form()]) -> Response:
        """After a wallet sent its claim. What counts is what the chain says now."""
        request.state.session.require(Role.MEMBER)
        return _shown(request, asset, "rewards/state.html", sent=transactions.split())

    @router.post("/{asset}/claim")
    def claim(request: Request, asset: str) -> Response:
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        job = partial(node.claim, assets=(asset_of(asset),))
        work = studio.works.start("Claiming", job, page=f"/rewards/{asset}", owner=session.address or "")
        return begun(request, work)

    def _shown(request: Request, asset: str, template: str, sent: list[str] | None = None) -> Response:
        asset_id, session = asset_of(asset), request.state.session
        seen = node.earning(asset_id=asset_id)
        call = node.claim_call(asset_id=asset_id)
        calls = calls_of(node.chain_id(), session.address, [call])
        most = max((each.added for each in seen.history), default=0)
        return render.page(request, template, seen=seen, calls=calls, sent=sent or [], most=most)
