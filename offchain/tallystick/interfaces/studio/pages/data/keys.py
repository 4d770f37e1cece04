"""Keys of private data sets: handed out, taken in, and every use of one. No content key is ever on a page."""

import re
from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.domain.ids import Hash
from tallystick.errors import InvalidInput
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import address_of, asset_of, begun

MOST_USES = 50


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/keys")
    node, render = studio.node, studio.render

    @router.get("")
    def keys(request: Request) -> Response:
        """The node's own; the newest uses first."""
        request.state.session.require(Role.OPERATOR)
        name = node.key_name()
        held, uses = node.held_keys(key=name), node.key_uses(key=name)
        return render.page(
            request,
            "data/keys.html",
            held=held,
            uses=uses[: -MOST_USES - 1 : -1],
            left_out=max(len(uses) - MOST_USES, 0),
            names=node.dataset_titles(),
        )

    _acting(router, studio)
    return router


def _acting(router: APIRouter, studio: Studio) -> None:
    node, works = studio.node, studio.works

    def start(request: Request, title: str, job: Callable[[], object]) -> Response:
        session: Session = request.state.session
        return begun(request, works.start(title, job, page="/data/keys", owner=session.address or ""))

    @router.post("/card")
    def card(request: Request) -> Response:
        request.state.session.require(Role.OPERATOR)
        job = partial(node.publish_reader_card, key=node.key_name(), out=None)
        return start(request, "Publishing the reader card", job)

    @router.post("/take")
    def take(request: Request, grant: Annotated[str, Form()]) -> Response:
        request.state.session.require(Role.OPERATOR)
        job = partial(node.import_key, source=pinned_of(grant), key=node.key_name())
        return start(request, "Taking in a key", job)

    @router.post("/hand")
    def hand(
        request: Request,
        asset: Annotated[str, Form()],
        operator: Annotated[str, Form()],
        reader: Annotated[str, Form()],
    ) -> Response:
        """Once more, or after a grant that was made without it."""
        request.state.session.require(Role.OPERATOR)
        asset_of(asset)
        who, by = address_of(operator), pinned_of(reader)
        job = partial(node.export_key, name=asset, operator=who, reader=by, key=node.key_name(), out=None)
        return start(request, f"Handing a key to {who[:8]}…", job)


def pinned_of(text: str) -> Hash:
    """A reader card or a key grant, by its hash."""
    if not re.fullmatch(r"0x[0-9a-fA-F]{64}", text.strip()):
        raise InvalidInput(
            f"{text!r} is no hash: 0x and 64 hexadecimal digits.",
            "Copy it whole, as it was published. Files are taken by `tallystick dataset key`.",
        )
    return Hash(bytes.fromhex(text.strip()[2:]))
