"""Paid answers: the price before, the words while they come, and under each answer who earned by it.

An answer is made and paid in the background, so that it comes to its end, too, when nobody looks any more.
"""

import threading
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tallystick.app.paying.talk import Ask, PaidAnswer, TalkDesk
from tallystick.errors import Conflict, NotFound
from tallystick.interfaces.studio.access.sessions import Role
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import see
from tallystick.interfaces.studio.works import Work

PAGE, MOST_TURNS, BESIDE = "/chat", 40, 2


@dataclass
class Turn:
    """One question to one model; `text` grows until there is `paid`, or its work has failed."""

    number: int
    ask: Ask
    text: str = ""
    paid: PaidAnswer | None = None
    work: Work | None = None

    @property
    def is_over(self) -> bool:
        return self.work is not None and self.work.is_over


@dataclass
class Talk:
    """The operator's conversation with this node's operator, in this process's memory."""

    studio: Studio
    turns: deque[Turn] = field(default_factory=lambda: deque(maxlen=MOST_TURNS))
    _count: int = 0
    _desk: TalkDesk | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def desk(self) -> TalkDesk:
        """One for all, as two would promise from the same lanes; one that cannot be opened is tried again."""
        with self._lock:
            if self._desk is None:
                self._desk = self.studio.node.talk_desk()
            return self._desk

    def whole(self, ask: Ask) -> Ask:
        """With what was said before to the same model."""
        said = ((t.ask, t.paid) for t in self.turns if t.ask.model == ask.model and not t.ask.is_bare)
        before = tuple((earlier.question, paid.text) for earlier, paid in said if paid)
        return ask if ask.is_bare else replace(ask, before=before)

    def ask(self, ask: Ask, owner: str) -> Turn:
        _ = ask.body  # what cannot be asked is refused before there is a turn
        with self._lock:
            if sum(not turn.is_over for turn in self.turns) >= BESIDE:
                raise Conflict("Two answers are still on their way.", "Wait for one of them.")
            self._count += 1
            turn = Turn(self._count, self.whole(ask))
            turn.work = self.studio.works.start(
                "An answer", lambda: self._hear(turn), page=PAGE, owner=owner, is_writing=False
            )
            self.turns.append(turn)
        return turn

    def find(self, number: int) -> Turn:
        found = next((turn for turn in self.turns if turn.number == number), None)
        if found is None:
            raise NotFound("That answer is not here any more.", "Its receipt is under Usage.")
        return found

    def _hear(self, turn: Turn) -> None:
        for each in self.desk.answer(turn.ask):
            if isinstance(each, str):
                turn.text += each
            else:
                turn.paid = each


def routes(studio: Studio) -> APIRouter:
    router, talk = APIRouter(prefix=PAGE), Talk(studio)
    _looking(router, studio, talk)
    _asking(router, studio, talk)
    return router


def _looking(router: APIRouter, studio: Studio, talk: Talk) -> None:
    node, render = studio.node, studio.render

    @router.get("")
    def chat(request: Request) -> Response:
        may_ask = request.state.session.role is Role.OPERATOR
        turns, names = tuple(talk.turns) if may_ask else (), node.asset_names() if talk.turns else {}
        return render.page(request, "chat/page.html", turns=turns, names=names, may_ask=may_ask)

    @router.get("/models")
    def models(request: Request) -> Response:
        """Apart, as an operator that does not answer must not keep the page."""
        request.state.session.require(Role.OPERATOR)
        return render.page(request, "chat/models.html", models=talk.desk.models())

    @router.get("/turns/{number}")
    def turn(request: Request, number: int) -> Response:
        request.state.session.require(Role.OPERATOR)
        found = talk.find(number)
        names = node.asset_names() if found.paid else {}
        return render.page(request, "chat/turn.html", turn=found, names=names)


def _asking(router: APIRouter, studio: Studio, talk: Talk) -> None:
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
        request.state.session.require(Role.OPERATOR)
        ask = Ask(question, model, max_tokens, how == "bare")
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
        session.require(Role.OPERATOR)
        chosen = dict.fromkeys((model, other)) if other else (model,)
        asks = [Ask(question, each, max_tokens, how == "bare") for each in chosen]
        turns = [talk.ask(each, session.address or "") for each in asks]
        return render.page(request, "chat/turns.html", turns=turns, names={})

    @router.post("/anew")
    def anew(request: Request) -> Response:
        """Earlier questions are sent along no more; answers on their way come to their end."""
        request.state.session.require(Role.OPERATOR)
        talk.turns.clear()
        return see(request, PAGE)
