"""Stake: whose pools there are, what an address holds of one, and does with it by its wallet or the node's key."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.errors import InvalidInput
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import address_of, begun, calls_of, units_of

ACTS = ("delegate", "thaw", "withdraw", "claim")


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/stake")
    _looking(router, studio)
    _acting(router, studio)
    return router


def _looking(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    def shown(request: Request, operator: str, template: str) -> Response:
        who, session = address_of(operator), request.state.session
        pool = node.stake_pool(operator=who, holder=session.address or who)
        return render.page(request, template, pool=pool, tab="stake", whose="")

    @router.get("")
    def pools(request: Request, page: int = 1) -> Response:
        return render.page(
            request, "rewards/pools.html", found=node.operator_page(number=page), tab="stake", whose=""
        )

    @router.get("/{operator}")
    def pool(request: Request, operator: str) -> Response:
        return shown(request, operator, "rewards/pool.html")

    @router.get("/{operator}/calls")
    def calls(request: Request, operator: str, act: str, amount: str = "") -> Response:
        """What the browser's wallet sends, once it is known."""
        session: Session = request.state.session
        session.require(Role.MEMBER)
        assert session.address is not None
        who, units = address_of(operator), _units(act, amount)
        made = node.stake_calls(act=_act(act), holder=session.address, operator=who, amount=units)
        told = calls_of(node.chain_id(), session.address, list(made))
        return render.page(request, "rewards/pool_calls.html", calls=told, operator=who)

    @router.post("/{operator}/sent")
    def sent(request: Request, operator: str, transactions: Annotated[str, Form()]) -> Response:
        """After a wallet sent them. What counts is what the chain says now."""
        request.state.session.require(Role.MEMBER)
        return shown(request, operator, "rewards/pool_state.html")


def _acting(router: APIRouter, studio: Studio) -> None:
    node = studio.node

    @router.post("/{operator}")
    def act_by_key(
        request: Request, operator: str, act: Annotated[str, Form()], amount: Annotated[str, Form()] = ""
    ) -> Response:
        """With the node's key; thawing without an amount takes back all."""
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        who, units = address_of(operator), _units(act, amount)
        jobs: dict[str, Callable[[], object]] = {
            "delegate": partial(node.stake_delegate, operator=who, amount=units or 0),
            "thaw": partial(node.stake_thaw, operator=who, amount=units),
            "withdraw": partial(node.stake_withdraw, operator=who),
            "claim": partial(node.stake_claim, operator=who),
        }
        title = f"{_act(act).capitalize()} {amount} {'OPEN ' if amount else ''}in the pool of {who[:8]}…"
        page = f"/rewards/stake/{who}"
        return begun(request, studio.works.start(title, jobs[act], page=page, owner=session.address or ""))


def _act(word: str) -> str:
    if word not in ACTS:
        raise InvalidInput(f"Stake cannot be asked to {word}.", f"One of {', '.join(ACTS)}.")
    return word


def _units(act: str, amount: str) -> int | None:
    """None for all, where that can be."""
    return None if not amount.strip() and act != "delegate" else units_of(amount)
