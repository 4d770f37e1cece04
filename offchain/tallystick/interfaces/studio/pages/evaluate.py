"""Evaluation: an adapter beside its base or another adapter on a sealed set, and what fewer bits cost."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.errors import InvalidInput, NotFound
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import begun

PAGE, MOST_EXAMPLES = "/evaluate", 1_000
TITLES = {
    "rouge_1": "ROUGE-1",
    "rouge_2": "ROUGE-2",
    "rouge_l": "ROUGE-L",
    "exact_facts": "Every fact right",
    "slot_accuracy": "Attributes right",
    "nll": "Loss, nats a token",
    "perplexity": "Perplexity",
    "kl": "Distance from it, nats a token",
    "top1_agreement": "Same likeliest token",
    "anchor_kl": "Drift from its base, nats a token",
}


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix=PAGE)
    _looking(router, studio)
    _judging(router, studio)
    return router


def _looking(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("")
    def evaluate(request: Request, name: str = "") -> Response:
        made, sets = [m.name for m in node.made_models()], node.evaluation_sets()
        return render.page(request, "evaluate/page.html", made=made, sets=sets, name=name)

    @router.get("/report/{number}")
    def report(request: Request, number: int) -> Response:
        """Kept as long as its work is; what it is made of is kept beside the model."""
        request.state.session.require(Role.OPERATOR)
        work = studio.works.find(number)
        if work.result is None or not work.page.startswith(PAGE):
            raise NotFound("That evaluation is not over, or it failed.", "Look at its work.")
        template = "evaluate/report.html" if hasattr(work.result, "figures") else "evaluate/forms.html"
        return render.page(request, template, seen=work.result, work=work, titles=TITLES)


def _judging(router: APIRouter, studio: Studio) -> None:
    node = studio.node

    def start(request: Request, title: str, job: Callable[[], Any]) -> Response:
        """It only reads the chain, so it stands in nobody's way there."""
        session: Session = request.state.session
        work = studio.works.start(title, job, page=PAGE, owner=session.address or "", is_writing=False)
        work.page = f"{PAGE}/report/{work.number}"
        return begun(request, work)

    def check_made(*names: str) -> None:
        known = [m.name for m in node.made_models()]
        for name in names:
            if name not in known:
                raise NotFound(f"This node trained no model {name!r}.", "Choose one of the list.")

    @router.post("/compare")
    def compare(
        request: Request,
        name: Annotated[str, Form()],
        against: Annotated[str, Form()] = "",
        evaluation: Annotated[str, Form()] = "",
    ) -> Response:
        request.state.session.require(Role.OPERATOR)
        check_made(name, *([against] if against else []))
        if name == against:
            raise InvalidInput(
                "An adapter is not compared with itself.", "Choose another, or what it was trained from."
            )
        job = partial(
            node.evaluate_model, name=name, against=against or None, evaluation=evaluation or None, also=()
        )
        return start(request, f"Judging {name}", job)

    @router.post("/quantisation")
    def quantisation(
        request: Request,
        name: Annotated[str, Form()],
        evaluation: Annotated[str, Form()] = "",
        examples: Annotated[int, Form()] = 24,
    ) -> Response:
        request.state.session.require(Role.OPERATOR)
        check_made(name)
        if not 1 <= examples <= MOST_EXAMPLES:
            raise InvalidInput(f"Judge on 1 to {MOST_EXAMPLES} examples.", "More take longer.")
        job = partial(node.quantisation_of, name=name, evaluation=evaluation or None, examples=examples)
        return start(request, f"Quantising {name}", job)
