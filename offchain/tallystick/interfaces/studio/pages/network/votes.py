"""Votes: motions, what an account votes with, and voting by its wallet or the node's key."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.errors import InvalidInput, NotFound
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import asset_of, begun, calls_of, member_of, units_of
from tallystick.interfaces.studio.pages.network import moving
from tallystick.ports.governing.votes import Ballot

BALLOTS = [("for", "For it"), ("against", "Against it"), ("abstain", "Abstain")]


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/votes")
    _listing(router, studio)
    router.include_router(moving.routes(studio))  # before motions, whose ids would match its paths
    _looking(router, studio)
    _acting(router, studio)
    return router


def _listing(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("")
    def votes(request: Request, page: int = 1) -> Response:
        """A deployment without votes is no error of the page."""
        session: Session = request.state.session
        found = rules = voter = trouble = None
        try:
            found, rules = node.motion_page(number=page), node.voting_rules()
            voter = node.voter(account=session.address) if session.address else None
        except NotFound as error:
            trouble = error
        facts: dict[str, Any] = {"found": found, "rules": rules, "voter": voter, "trouble": trouble}
        return render.page(request, "network/votes.html", tab="votes", **facts)

    @router.get("/calls")
    def wrap_calls(request: Request, amount: str, act: str = "wrap") -> Response:
        """What the browser's wallet sends to wrap or to unwrap, once the amount is known."""
        account = member_of(request)
        asked = _act(act, {"wrap": node.wrap_calls, "unwrap": node.unwrap_calls})
        made = asked(account=account, amount=units_of(amount))
        told = calls_of(node.chain_id(), account, list(made))
        return render.page(
            request, "network/calls.html", calls=told, done="/network/votes/wrapped", part="voter"
        )

    @router.post("/wrapped")
    def wrapped(request: Request, transactions: Annotated[str, Form()]) -> Response:
        """After a wallet sent them. What counts is what the chain says now."""
        return render.page(request, "network/voter.html", voter=node.voter(account=member_of(request)))


def _looking(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    def shown(request: Request, motion: str, template: str) -> Response:
        session: Session = request.state.session
        motion_id, account = asset_of(motion), session.address
        mine = node.standing_to(motion_id=motion_id, account=account) if account else None
        facts: dict[str, Any] = {"m": node.motion(motion_id=motion_id), "mine": mine, "ballots": BALLOTS}
        return render.page(request, template, tab="votes", **facts)

    @router.get("/{motion}")
    def motion(request: Request, motion: str) -> Response:
        return shown(request, motion, "network/motion.html")

    @router.get("/{motion}/calls")
    def ballot_calls(request: Request, motion: str, ballot: str) -> Response:
        """What the browser's wallet sends to vote."""
        account, motion_id = member_of(request), asset_of(motion)
        made = node.ballot_calls(account=account, motion_id=motion_id, ballot=_ballot(ballot))
        told, done = calls_of(node.chain_id(), account, list(made)), f"/network/votes/{motion}/sent"
        return render.page(request, "network/calls.html", calls=told, done=done, part="ballot")

    @router.get("/{motion}/carry/calls")
    def carry_calls(request: Request, motion: str) -> Response:
        """What anybody's wallet sends to take the next step."""
        account = member_of(request)
        told = calls_of(node.chain_id(), account, list(node.carry_calls(motion_id=asset_of(motion))))
        done = f"/network/votes/{motion}/carry/sent"
        return render.page(request, "network/calls.html", calls=told, done=done, part="carry")

    @router.post("/{motion}/carry/sent")
    def carried(request: Request, motion: str, transactions: Annotated[str, Form()]) -> Response:
        """After a wallet sent it. What counts is what the chain says now."""
        member_of(request)
        return shown(request, motion, "network/carry.html")

    @router.post("/{motion}/sent")
    def sent(request: Request, motion: str, transactions: Annotated[str, Form()]) -> Response:
        """After a wallet sent it. What counts is what the chain says now."""
        member_of(request)
        return shown(request, motion, "network/ballot.html")


def _acting(router: APIRouter, studio: Studio) -> None:
    node, works = studio.node, studio.works

    @router.post("")
    def wrap(request: Request, act: Annotated[str, Form()], amount: Annotated[str, Form()]) -> Response:
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        verb = _act(act, {"wrap": node.wrap_votes, "unwrap": node.unwrap_votes})
        job, title = partial(verb, amount=units_of(amount)), f"{act.capitalize()} {amount} OPEN"
        return begun(request, works.start(title, job, page="/network/votes", owner=session.address or ""))

    @router.post("/{motion}")
    def cast(
        request: Request, motion: str, ballot: Annotated[str, Form()], why: Annotated[str, Form()] = ""
    ) -> Response:
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        job = partial(node.cast_vote, motion_id=asset_of(motion), ballot=_ballot(ballot), why=why)
        page = f"/network/votes/{motion}"
        return begun(request, works.start(f"Voting {ballot}", job, page=page, owner=session.address or ""))

    @router.post("/{motion}/carry")
    def carry(request: Request, motion: str) -> Response:
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        job, page = partial(node.carry_motion, motion_id=asset_of(motion)), f"/network/votes/{motion}"
        title = "Carrying out a motion"
        return begun(request, works.start(title, job, page=page, owner=session.address or ""))


def _act(word: str, verbs: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    if word not in verbs:
        raise InvalidInput(f"Votes cannot be asked to {word}.", f"One of {', '.join(verbs)}.")
    return verbs[word]


def _ballot(word: str) -> Ballot:
    if word not in dict(BALLOTS):
        raise InvalidInput(f"Nobody can vote {word}.", "One of for, against, abstain.")
    return Ballot[word.upper()]
