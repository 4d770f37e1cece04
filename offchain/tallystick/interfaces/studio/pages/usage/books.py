"""Receipts, deposits and batches."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.domain.ids import Hash
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import asset_of, begun, calls_of, units_of
from tallystick.interfaces.studio.pages.usage import demands, keys


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/usage")
    router.include_router(keys.routes(studio))
    router.include_router(demands.routes(studio))
    _looking(router, studio)
    _money(router, studio)
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
        """Question and answer are for the consumer and the operator alone."""
        found, session = node.receipt(receipt_hash=asset_of(digest)), request.state.session
        may_read = session.role is Role.OPERATOR or session.address == found.summary.consumer
        return render.page(
            request, "usage/receipt.html", seen=found, may_read=may_read, names=node.asset_names()
        )

    @router.get("/receipts/{digest}/trace")
    def trace(request: Request, digest: str) -> Response:
        request.state.session.require(Role.MEMBER)
        return render.page(request, "usage/trace.html", told=node.trace(receipt_hash=asset_of(digest)))


def _money(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("/money")
    def money(request: Request) -> Response:
        session: Session = request.state.session
        session.require(Role.MEMBER)
        assert session.address is not None
        return render.page(
            request, "usage/money.html", purse=node.purse(account=session.address), whose="", tab="money"
        )

    @router.get("/money/calls")
    def calls(request: Request, amount: str) -> Response:
        """The transactions for the browser's wallet, once the amount is known."""
        account = request.state.session.address
        request.state.session.require(Role.MEMBER)
        made = node.money_calls(account=account, amount=units_of(amount))
        told = calls_of(node.chain_id(), account, list(made))
        return render.page(request, "usage/calls.html", calls=told, amount=amount)

    @router.post("/money/sent")
    def sent(request: Request, transactions: Annotated[str, Form()]) -> Response:
        """After a wallet sent them. What counts is what the chain says now."""
        session: Session = request.state.session
        session.require(Role.MEMBER)
        assert session.address is not None
        return render.page(request, "usage/purse.html", purse=node.purse(account=session.address))


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

    @router.post("/money/deposit")
    def deposit(request: Request, amount: Annotated[str, Form()]) -> Response:
        units = units_of(amount)
        return start(
            request, f"Depositing {amount} OPEN", lambda: node.pay_deposit(amount=units), "/usage/money"
        )

    @router.post("/money/allot")
    def allot(request: Request, amount: Annotated[str, Form()]) -> Response:
        units = units_of(amount)

        def job() -> object:
            return node.pay_allot(operator=node.identity(), amount=units)

        return start(request, f"Allotting {amount} OPEN", job, "/usage/money")
