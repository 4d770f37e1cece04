"""Training: a recipe filled in, what it needs, the queue, and a job while it runs. A job outlives whoever looks at it."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.errors import InvalidInput
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import is_part, see

PAGE, SETTING = "/train", "set-"


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix=PAGE)
    _queue(router, studio)
    _recipes(router, studio)
    _ordering(router, studio)
    _jobs(router, studio)
    return router


def _queue(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("")
    def train(request: Request) -> Response:
        return render.page(request, "train/page.html", jobs=node.jobs()[::-1], work=studio.works.latest(PAGE))

    @router.get("/queue")
    def queue(request: Request) -> Response:
        return render.page(
            request, "train/queue.html", jobs=node.jobs()[::-1], work=studio.works.latest(PAGE)
        )

    @router.post("/run")
    def run(request: Request) -> Response:
        request.state.session.require(Role.OPERATOR)
        work_through(studio, request.state.session)
        return see(request, PAGE)


def _recipes(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    @router.get("/new")
    def new(request: Request, recipe: str = "default", name: str = "") -> Response:
        request.state.session.require(Role.OPERATOR)
        form, sets = node.recipe(name=recipe), _choices(node.dataset_names(), node.dataset_titles())
        return render.page(
            request, "train/new.html", form=form, recipes=node.recipes(), datasets=sets, name=name
        )

    @router.get("/fields")
    def fields(request: Request) -> Response:
        """Which settings there are depends on others: the form asks again when a choice was changed."""
        request.state.session.require(Role.OPERATOR)
        form = node.fill_recipe(settings=settings_of(request.query_params))
        return render.page(request, "train/fields.html", form=form)

    @router.get("/plan")
    def plan(request: Request) -> Response:
        """Reads the data and counts tokens; nothing is trained."""
        request.state.session.require(Role.OPERATOR)
        told = request.query_params
        form, sets = node.fill_recipe(settings=settings_of(told)), tuple(told.getlist("datasets"))
        seen = node.plan_model(datasets=sets, recipe=form.path, device="")
        command = node.training_command(datasets=sets, recipe=form.path, name=told.get("name") or "NAME")
        return render.page(request, "train/plan.html", plan=seen, command=command, form=form)

    @router.post("/recipes")
    async def save(request: Request) -> Response:
        request.state.session.require(Role.OPERATOR)
        told = _texts(await request.form())
        saved = node.save_recipe(name=told.get("save-as", "").strip(), settings=settings_of(told))
        return see(request, f"{PAGE}/new?recipe={saved.name}")


def _ordering(router: APIRouter, studio: Studio) -> None:
    node = studio.node

    @router.post("")
    async def order(
        request: Request,
        name: Annotated[str, Form()],
        act: Annotated[str, Form()] = "start",
        datasets: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    ) -> Response:
        """Queued; `start` also begins to work through the queue."""
        request.state.session.require(Role.OPERATOR)
        if not datasets:
            raise InvalidInput("No data set was chosen.", "Choose one or more to learn from.")
        form = node.fill_recipe(settings=settings_of(_texts(await request.form())))
        job = node.queue_training(datasets=tuple(datasets), recipe=form.path, name=name.strip())
        if act == "start":
            work_through(studio, request.state.session)
        return see(request, f"{PAGE}/jobs/{job.job}")


def _jobs(router: APIRouter, studio: Studio) -> None:
    node, render = studio.node, studio.render

    def shown(request: Request, template: str, number: int) -> Response:
        facts: dict[str, Any] = {
            "seen": node.job(name=str(number)),
            "curve": node.job_curve(name=str(number)),
            "names": {"0x" + asset.hex(): title for asset, title in node.dataset_titles().items()},
        }
        return render.page(
            request, template, **facts, work=studio.works.latest(PAGE), is_part=is_part(request)
        )

    @router.get("/jobs/{number}")
    def job(request: Request, number: int) -> Response:
        return shown(request, "train/job.html", number)

    @router.get("/jobs/{number}/live")
    def live(request: Request, number: int) -> Response:
        return shown(request, "train/live.html", number)

    @router.post("/jobs/{number}/abort")
    def abort(request: Request, number: int) -> Response:
        request.state.session.require(Role.OPERATOR)
        node.abort_job(name=str(number))
        return see(request, f"{PAGE}/jobs/{number}")

    @router.post("/jobs/{number}/resume")
    def resume(request: Request, number: int) -> Response:
        request.state.session.require(Role.OPERATOR)
        node.requeue_job(name=str(number))
        work_through(studio, request.state.session)
        return see(request, f"{PAGE}/jobs/{number}")


def work_through(studio: Studio, session: Session) -> None:
    """A second one finds nothing left to do."""
    studio.works.start_hours(
        "Working through the queue",
        partial(studio.node.run_jobs),
        page=PAGE,
        owner=session.address or "",
        halt=studio.node.halt_jobs,
    )


def _choices(names: Mapping[bytes, str], titles: Mapping[bytes, str]) -> list[tuple[str, str, bytes]]:
    """What the form sends, shows, and whose id it must add: others' titles may repeat, and name nothing."""
    ours = [(name, name, b"") for name in sorted(names.values())]
    others = sorted((title, asset) for asset, title in titles.items() if asset not in names)
    return ours + [("0x" + asset.hex(), title, asset) for title, asset in others]


def settings_of(told: Mapping[str, str]) -> dict[str, str]:
    """A recipe's settings, as the form names them."""
    return {key.removeprefix(SETTING): value for key, value in told.items() if key.startswith(SETTING)}


def _texts(told: Mapping[str, object]) -> dict[str, str]:
    return {key: value for key, value in told.items() if isinstance(value, str)}
