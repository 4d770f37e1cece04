"""Evaluation: sets sealed, an adapter beside its base or another one on such a set, and what fewer bits cost."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import Response

from tallystick.errors import InvalidInput, NotFound
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import begun
from tallystick.pipeline.evaluation.gate import SCORES

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
    _sealing(router, studio)
    return router


def _looking(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("")
    def evaluate(request: Request, name: str = "") -> Response:
        facts: dict[str, Any] = {
            "made": [m.name for m in node.made_models()],
            "sets": node.evaluation_sets(),
            "datasets": sorted(node.dataset_names().values()),
            "scores": [(score, TITLES[score]) for score in SCORES],
        }
        return render.page(request, "evaluate/page.html", name=name, titles=TITLES, **facts)

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


def _sealing(router: APIRouter, studio: Studio) -> None:
    node = studio.node

    @router.post("/seal")
    def seal(
        request: Request,
        name: Annotated[str, Form()],
        score: Annotated[str, Form()],
        margin: Annotated[float, Form()],
        confidence: Annotated[float, Form()],
        share: Annotated[float, Form()] = 10,
        datasets: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
        file: UploadFile | None = None,
        question: Annotated[str, Form()] = "",
        answer: Annotated[str, Form()] = "",
    ) -> Response:
        """Margin, confidence and share in percent. Either a file or parts of data sets, as the command has it."""
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        has_file = file is not None and bool(file.filename)
        if has_file == bool(datasets):
            raise InvalidInput("Nothing was sealed.", "Choose either data sets or a file, one of the two.")
        columns = {"question": question.strip(), "answer": answer.strip()}
        kept = _kept(studio.uploads, file) if file is not None and has_file else None

        def job() -> object:
            try:
                return node.commit_evaluation(
                    name=name.strip(),
                    file=kept,
                    mapping={ours: theirs for ours, theirs in columns.items() if theirs},
                    datasets=tuple(datasets),
                    share=share / 100,
                    score=score,
                    margin=margin / 100,
                    confidence=confidence / 100,
                )
            finally:
                if kept is not None:
                    shutil.rmtree(kept.parent, ignore_errors=True)

        title = f"Sealing {name.strip()}"
        return begun(request, studio.works.start(title, job, page=PAGE, owner=session.address or ""))


def _kept(folder: Path, file: UploadFile) -> Path:
    """Until it is sealed: what opens a set lies in the node's home alone."""
    name = PurePosixPath((file.filename or "").replace("\\", "/")).name
    if not name or name.startswith(".") or len(name) > 200:
        raise InvalidInput("The file needs a name.", "Name it by what it holds, such as held-out.csv.")
    path = Path(mkdtemp(prefix="sealing-", dir=folder)) / name
    with path.open("wb") as out:
        shutil.copyfileobj(file.file, out)
    return path
