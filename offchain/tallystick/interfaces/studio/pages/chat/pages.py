"""What is asked, what it costs, and what came of it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.app.paying.talk import Ask
from tallystick.interfaces.studio.access.sessions import Role
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import see
from tallystick.interfaces.studio.pages.chat import paying
from tallystick.interfaces.studio.pages.chat.talks import PAGE, Talks


def routes(studio: Studio) -> APIRouter:
    router, talks = APIRouter(prefix=PAGE), Talks(studio)
    router.include_router(paying.routes(studio))
    _looking(router, studio, talks)
    _asking(router, studio, talks)
    return router


def _looking(router: APIRouter, studio: Studio, talks: Talks) -> None:
    node, render = studio.node, studio.render

    @router.get("")
    def chat(request: Request) -> Response:
        session = request.state.session
        turns = tuple(talks.of(session).turns) if session.role >= Role.MEMBER else ()
        names = node.asset_names() if turns else {}
        return render.page(request, "chat/page.html", turns=turns, names=names)

    @router.get("/models")
    def models(request: Request) -> Response:
        """Apart, as an operator that does not answer must not keep the page."""
        found = talks.of(request.state.session).desk.models()
        return render.page(request, "chat/models.html", models=found)

    @router.get("/turns/{number}")
    def turn(request: Request, number: int) -> Response:
        found = talks.of(request.state.session).find(number)
        names = node.asset_names() if found.paid else {}
        answer = render.page(request, "chat/turn.html", turn=found, names=names)
        if found.is_over:
            answer.headers["hx-trigger"] = "paid"  # what shows the spending looks again
        return answer


def _asking(router: APIRouter, studio: Studio, talks: Talks) -> None:
    render = studio.render

    @router.post("/price")
    def price(
        request: Request,
        question: Annotated[str, Form()] = "",
        model: Annotated[str, Form()] = "",
        max_tokens: Annotated[int, Form()] = 128,
        how: Annotated[str, Form()] = "chat",
    ) -> Response:
        """Promises nothing."""
        talk, ask = talks.of(request.state.session), Ask(question, model, max_tokens, how == "bare")
        return render.page(request, "chat/price.html", price=talk.desk.price(talk.whole(ask)))

    @router.post("/ask")
    def ask(
        request: Request,
        question: Annotated[str, Form()] = "",
        model: Annotated[str, Form()] = "",
        other: Annotated[str, Form()] = "",
        max_tokens: Annotated[int, Form()] = 128,
        how: Annotated[str, Form()] = "chat",
    ) -> Response:
        """Of one model, or of two side by side; each answer is paid."""
        session = request.state.session
        talk = talks.of(session)
        chosen = dict.fromkeys((model, other)) if other else (model,)
        asks = [Ask(question, each, max_tokens, how == "bare") for each in chosen]
        turns = talk.ask(asks, session.address or "")
        return render.page(request, "chat/turns.html", turns=turns, names={})

    @router.post("/anew")
    def anew(request: Request) -> Response:
        """Earlier questions are sent along no more; answers on their way come to their end."""
        talks.of(request.state.session).turns.clear()
        return see(request, PAGE)
