"""Registering by the wallet of whoever brought a file: sign, commit, wait, reveal; each step says what is next."""

import threading
from collections import OrderedDict
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from tallystick.app.datasets.by_wallet import WAIT, Draft
from tallystick.errors import InvalidInput, NotFound
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import calls_of
from tallystick.interfaces.studio.pages.data.drafts import MOST, Drafts, mapping_of


class Signing:
    """Drafts that wallets are asked about, by the token of their upload."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Draft] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, token: str, draft: Draft) -> Draft:
        with self._lock:
            self._held[token] = draft
            while len(self._held) > MOST:
                self._held.popitem(last=False)
        return draft

    def find(self, token: str) -> Draft:
        with self._lock:
            if token not in self._held:
                raise NotFound("Nothing was prepared for this file.", "Choose name and licence again.")
            return self._held[token]


def routes(studio: Studio, drafts: Drafts) -> APIRouter:
    router, signing = APIRouter(prefix="/draft/{token}/wallet"), Signing()
    node, shown = studio.node, partial(_shown, studio)

    @router.post("/prepare")
    def prepare(
        request: Request,
        token: str,
        name: Annotated[str, Form()],
        licence: Annotated[str, Form()],
        chosen: Annotated[dict[str, str], Depends(_columns)],
    ) -> Response:
        """Pins the records; the wallet is asked for nothing yet."""
        found = drafts.find(token, request.state.session)
        made = node.draft_dataset(
            owner=found.owner, path=found.path, name=name, licence=licence, mapping=chosen
        )
        return shown(request, token, signing.keep(token, made))

    @router.get("")
    def look(request: Request, token: str) -> Response:
        drafts.find(token, request.state.session)
        return shown(request, token, signing.find(token))

    @router.post("/signed")
    def signed(request: Request, token: str, signature: Annotated[str, Form()]) -> Response:
        drafts.find(token, request.state.session)
        done = node.sign_draft(draft=signing.find(token), signature=_signature(signature))
        return shown(request, token, signing.keep(token, done))

    @router.post("/sent")
    def sent(request: Request, token: str, transactions: Annotated[str, Form()]) -> Response:
        """After a wallet sent them. What counts is what the chain says now."""
        found, draft = drafts.find(token, request.state.session), signing.find(token)
        standing = node.draft_standing(draft=draft)
        if standing.step == WAIT:
            studio.works.start(
                "Waiting for blocks",
                lambda: node.wait_blocks(count=standing.blocks),
                page=f"/data/draft/{token}",
                owner=found.owner,
                is_writing=False,
            )
        return shown(request, token, draft)

    return router


async def _columns(request: Request) -> dict[str, str]:
    return mapping_of(await request.form())


def _shown(studio: Studio, request: Request, token: str, draft: Draft) -> Response:
    node, owner = studio.node, draft.dataset.owner
    standing, chain = node.draft_standing(draft=draft), node.chain_id()
    facts: dict[str, Any] = {
        "token": token,
        "draft": draft,
        "standing": standing,
        "calls": calls_of(chain, owner, list(standing.calls)),
        "asked": {"chain": chain, "account": owner, "typed": draft.typed},
    }
    return studio.render.page(request, "data/wallet.html", **facts)


def _signature(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise InvalidInput("That is no signature.", "Sign it again in the wallet.") from error
