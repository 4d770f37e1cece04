"""Any batch, proposal or answer recomputed before one's eyes, as deep as the command goes."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.domain.answers.levels import PROVES, Level, Sample
from tallystick.errors import InvalidInput, NotFound
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import asset_of, begun

MOST_SAMPLED = 1_000
LEVELS = (
    ("L0", "L0: sums and signatures"),
    ("L1", "L1: passages and records"),
    ("L2", "L2: the model's scores"),
    ("L3", "L3: shares of training"),
    ("L4", "L4: retrained anew"),
)


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/audit")
    _looking(router, studio)
    _running(router, studio)
    return router


def _looking(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("")
    def audit(request: Request, page: int = 1, receipt: str = "") -> Response:
        facts: dict[str, Any] = {
            "found": node.chain_batches(number=page),
            "proves": PROVES,
            "receipt": receipt,
        }
        return render.page(request, "audit/page.html", levels=LEVELS, **facts)

    @router.get("/case/{case}")
    def case(request: Request, case: str) -> Response:
        """What somebody was slashed for, and the means to recompute it."""
        return render.page(request, "audit/case.html", s=node.slash(case=asset_of(case)), levels=LEVELS)

    @router.get("/report/{number}")
    def report(request: Request, number: int) -> Response:
        request.state.session.require(Role.MEMBER)
        work = studio.works.find_of(number, request.state.session)
        if work.page != f"/audit/report/{number}":
            raise NotFound(f"Work {number} is no audit.", "Look at what it was under Progress.")
        if work.result is None:
            raise NotFound("That audit is not over, or it failed.", "Look at its work.")
        template = "audit/answer.html" if hasattr(work.result, "reached") else "audit/report.html"
        return render.page(request, template, work=work, told=work.result)


def _running(router: APIRouter, studio: Studio) -> None:
    node = studio.node

    def start(request: Request, title: str, job: Callable[[], object]) -> Response:
        owner = request.state.session.address or ""
        work = studio.works.start(title, job, page="", owner=owner, is_writing=False)
        work.page = f"/audit/report/{work.number}"
        return begun(request, work)

    @router.post("/run")
    def run(
        request: Request,
        what: Annotated[str, Form()],
        number: Annotated[int, Form()],
        level: Annotated[Level, Form()] = Level.L0,
        sample: Annotated[int, Form()] = 3,
    ) -> Response:
        """At L0 it reads alone, so whoever is signed in may; deeper it needs this node's books and its model."""
        _check(request.state.session, level)
        if not 1 <= sample <= MOST_SAMPLED:
            raise InvalidInput(f"{sample} answers cannot be drawn.", f"Choose 1 to {MOST_SAMPLED}.")
        drawn = Sample(level, count=sample) if level is not Level.L0 else None
        jobs: dict[str, Callable[[], object]] = {
            "batch": partial(node.audit_batch, batch_id=number, sample=drawn),
            "proposal": partial(node.audit_rewards, proposal_id=number),
        }
        if what not in jobs:
            raise NotFound(f"There is no audit of a {what}.", "Audit a batch or a proposal.")
        return start(request, f"Recomputing {what} {number}", jobs[what])

    @router.post("/answer")
    def answer(
        request: Request, receipt: Annotated[str, Form()], level: Annotated[Level, Form()] = Level.L2
    ) -> Response:
        """Opens the answer by this node's books, which are the operator's alone."""
        request.state.session.require(Role.OPERATOR)
        digest = asset_of(receipt.strip())
        job = partial(node.audit_receipt, receipt_hash=digest, openings=(), level=level)
        return start(request, f"Recomputing the answer {receipt.strip()[:10]}…", job)


def _check(session: Session, level: Level) -> None:
    session.require(Role.MEMBER if level is Level.L0 else Role.OPERATOR)
