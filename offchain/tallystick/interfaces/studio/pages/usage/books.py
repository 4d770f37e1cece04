"""Receipts, vouchers and batches."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tallystick.app.node_results import ReceiptDetail
from tallystick.domain.ids import Hash
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import asset_of, begun
from tallystick.interfaces.studio.pages.usage import demands, keys, money


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/usage")
    router.include_router(keys.routes(studio))
    router.include_router(demands.routes(studio))
    router.include_router(money.routes(studio))
    _looking(router, studio)
    _acting(router, studio)
    return router


def _looking(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("")
    def usage(request: Request, page: int = 1, whose: str = "all", batch: str = "") -> Response:
        session: Session = request.state.session
        consumer = session.address if whose == "mine" else None
        within = Hash(asset_of(batch)) if batch else None
        found = node.receipt_page(number=page, consumer=consumer, batch=within)
        return render.page(request, "usage/page.html", found=found, whose=whose, batch=batch, tab="receipts")

    @router.get("/vouchers")
    def vouchers(request: Request, page: int = 1, mine: bool = False) -> Response:
        session: Session = request.state.session
        found = node.voucher_page(number=page, consumer=session.address if mine else None)
        return render.page(request, "usage/vouchers.html", found=found, mine=mine, whose="", tab="vouchers")

    @router.get("/batches")
    def batches(request: Request, page: int = 1) -> Response:
        found = node.batch_page(number=page)
        return render.page(request, "usage/batches.html", found=found, whose="", tab="batches")

    @router.get("/receipts/{digest}")
    def receipt(request: Request, digest: str) -> Response:
        found = node.receipt(receipt_hash=asset_of(digest))
        may_read = may_read_of(request.state.session, found)
        return render.page(
            request, "usage/receipt.html", seen=found, may_read=may_read, names=node.asset_names()
        )

    @router.get("/receipts/{digest}/trace")
    def trace(request: Request, digest: str) -> Response:
        """With the records behind the answer for who may read it; others are told what the chain tells."""
        session, receipt = request.state.session, asset_of(digest)
        session.require(Role.MEMBER)
        may_read = may_read_of(session, node.receipt(receipt_hash=receipt))
        told = node.trace(receipt_hash=receipt, is_opened=may_read)
        return render.page(request, "usage/trace.html", told=told)


def may_read_of(session: Session, found: ReceiptDetail) -> bool:
    """Question, answer and what they rest on are for the consumer and the operator alone."""
    return session.role is Role.OPERATOR or session.address == found.summary.consumer


def _acting(router: APIRouter, studio: Studio) -> None:
    node = studio.node

    def start(request: Request, title: str, job: Callable[[], object], page: str) -> Response:
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        return begun(request, studio.works.start(title, job, page=page, owner=session.address or ""))

    @router.post("/batches/close")
    def close(request: Request) -> Response:
        return start(request, "Closing a batch", node.close_batch, "/usage/batches")

    @router.post("/batches/settle")
    def settle(request: Request) -> Response:
        return start(request, "Taking the settlement steps that are due", node.settle, "/usage/batches")
