"""Data sets: those that are registered, and one of them from every side."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from tallystick.domain.ids import Purpose
from tallystick.errors import InvalidInput, NodeError
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import address_of, asset_of, begun, calls_of, member_of, see
from tallystick.interfaces.studio.pages.data import by_wallet, drafts, keys

PURPOSES = ("train", "serve", "retrieve")


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/data")
    held = drafts.Drafts(studio.uploads)
    router.include_router(drafts.routes(studio, held))
    router.include_router(by_wallet.routes(studio, held))
    router.include_router(keys.routes(studio))
    _looking(router, studio)
    _acting(router, studio)
    _by_wallet(router, studio)
    return router


def _looking(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("")
    def datasets(request: Request, page: int = 1, whose: str = "all") -> Response:
        session: Session = request.state.session
        owner = session.address if whose == "mine" else None
        found = node.dataset_page(number=page, owner=owner)
        return render.page(request, "data/page.html", found=found, whose=whose, names=node.dataset_titles())

    @router.get("/new")
    def new(request: Request) -> Response:
        request.state.session.require(Role.MEMBER)
        return render.page(request, "data/new.html")

    @router.get("/named/{name}")
    def named(request: Request, name: str) -> Response:
        return see(request, f"/data/0x{node.dataset_id(name=name).hex()}")

    @router.get("/{asset}")
    def dataset(request: Request, asset: str) -> Response:
        asset_id = asset_of(asset)
        seen = node.dataset_detail(asset_id=asset_id)
        try:
            earned = node.earning(asset_id=asset_id)
        except NodeError:
            earned = None
        return render.page(request, "data/dataset.html", seen=seen, earned=earned, purposes=PURPOSES)

    @router.get("/{asset}/why")
    def why(request: Request, asset: str, what: str = "") -> Response:
        """Why it was paid, or not: for a receipt, a batch, a reward period or days."""
        asset_of(asset)
        told = node.why(asset=asset, what=what.strip(), openings=())
        return render.page(request, "data/why.html", told=told, what=what)


def _acting(router: APIRouter, studio: Studio) -> None:
    node, works = studio.node, studio.works

    def start(request: Request, title: str, job: Callable[[], object], page: str) -> Response:
        session: Session = request.state.session
        return begun(request, works.start(title, job, page=page, owner=session.address or ""))

    @router.post("/{asset}/grant")
    def grant(
        request: Request,
        asset: str,
        operator: Annotated[str, Form()],
        act: Annotated[str, Form()],
        reader: Annotated[str, Form()] = "",
        purposes: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    ) -> Response:
        request.state.session.require(Role.OPERATOR)
        asset_of(asset)
        who, what, key = address_of(operator), _purposes(purposes), node.key_name()
        if act == "revoke":
            job: Callable[[], object] = partial(
                node.revoke_dataset, name=asset, operator=who, purposes=what, key=key
            )
            return start(request, "Revoking a grant", job, f"/data/{asset}")
        card = keys.pinned_of(reader) if reader.strip() else None
        job = partial(node.grant_dataset, name=asset, operator=who, purposes=what, key=key, reader=card)
        return start(request, "Granting uses", job, f"/data/{asset}")

    @router.post("/{asset}/bond")
    def bond(request: Request, asset: str) -> Response:
        request.state.session.require(Role.OPERATOR)
        asset_of(asset)
        job = partial(node.take_bond_back, name=asset, key=node.key_name())
        return start(request, "Taking a bond back", job, f"/data/{asset}")

    @router.post("/{asset}/withdraw")
    def withdraw(request: Request, asset: str, sure: Annotated[bool, Form()] = False) -> Response:
        request.state.session.require(Role.OPERATOR)
        asset_of(asset)
        _check_sure(sure)
        job = partial(node.withdraw_dataset, name=asset, key=node.key_name())
        return start(request, "Withdrawing a data set", job, f"/data/{asset}")


def _by_wallet(router: APIRouter, studio: Studio) -> None:
    """What an owner's wallet sends; the chain decides whether it is the owner's."""
    node, render = studio.node, studio.render

    @router.get("/{asset}/calls")
    def calls(
        request: Request,
        asset: str,
        act: str,
        operator: str = "",
        purposes: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
        sure: bool = False,
    ) -> Response:
        account, asset_id, is_grant = member_of(request), asset_of(asset), act in ("grant", "revoke")
        if act == "withdraw":
            _check_sure(sure)
        made = node.owner_calls(
            act=act,
            owner=account,
            asset_id=asset_id,
            operator=address_of(operator) if is_grant else None,
            purposes=_purposes(purposes) if is_grant else Purpose(0),
        )
        told = calls_of(node.chain_id(), account, list(made))
        return render.page(request, "data/calls.html", calls=told, asset=asset)

    @router.post("/{asset}/sent")
    def sent(request: Request, asset: str, transactions: Annotated[str, Form()]) -> Response:
        """After a wallet sent them. What counts is what the chain says now."""
        member_of(request)
        seen = node.dataset_detail(asset_id=asset_of(asset))
        return render.page(request, "data/rights.html", seen=seen, purposes=PURPOSES)


def _check_sure(sure: bool) -> None:
    if not sure:
        raise InvalidInput("Nothing was withdrawn.", "Say that you are sure.")


def _purposes(words: list[str]) -> Purpose:
    found = Purpose(0)
    for word in words:
        if word not in PURPOSES:
            raise InvalidInput(f"There is no use {word!r}.", f"One of {', '.join(PURPOSES)}.")
        found |= Purpose[word.upper()]
    if not found:
        raise InvalidInput("No use was chosen.", "Choose one or more: train, serve, retrieve.")
    return found
