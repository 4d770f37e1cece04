"""Conversations in this process's memory: the operator's, which the node's key pays, and one a member.

An answer is made and paid in the background, so that it comes to its end, too, when nobody looks any more.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from tallystick.app.paying.talk import Ask, PaidAnswer, TalkDesk
from tallystick.domain.ids import Address
from tallystick.errors import Conflict, NotFound
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.works import Work

PAGE, MOST_TURNS, BESIDE, MOST_TALKS = "/chat", 40, 2, 500


@dataclass
class Turn:
    """One question to one model; `text` grows until there is `paid`, or its work has failed.

    `asked` is the same for the answers to one question.
    """

    number: int
    asked: int
    ask: Ask
    text: str = ""
    paid: PaidAnswer | None = None
    work: Work | None = None

    @property
    def is_over(self) -> bool:
        return self.work is not None and self.work.is_over


@dataclass
class Talk:
    """One person's; `open_desk` gives who asks and pays."""

    studio: Studio
    open_desk: Callable[[], TalkDesk]
    turns: deque[Turn] = field(default_factory=lambda: deque(maxlen=MOST_TURNS))
    _count: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def desk(self) -> TalkDesk:
        with self._lock:
            return self.open_desk()

    def whole(self, ask: Ask) -> Ask:
        """With what was said before to the same model."""
        said = ((t.ask, t.paid) for t in self.turns if t.ask.model == ask.model and not t.ask.is_bare)
        before = tuple((earlier.question, paid.text) for earlier, paid in said if paid)
        return ask if ask.is_bare else replace(ask, before=before)

    def ask(self, asks: Sequence[Ask], owner: str) -> list[Turn]:
        """One question to each of these; all or none."""
        _ = [ask.body for ask in asks]  # what cannot be asked is refused before there is a turn
        with self._lock:
            if sum(not turn.is_over for turn in self.turns) + len(asks) > BESIDE:
                raise Conflict("Two answers are still on their way.", "Wait for them.")
            first = self._count + 1
            self._count += len(asks)
            made = [Turn(first + n, first, self.whole(ask)) for n, ask in enumerate(asks)]
            for turn in made:
                hear = partial(self._hear, turn)
                turn.work = self.studio.works.start_answer("An answer", hear, page=PAGE, owner=owner)
            self.turns.extend(made)
        return made

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


class Talks:
    """Each is seen by its own person alone."""

    def __init__(self, studio: Studio) -> None:
        self._studio, self._lock = studio, threading.Lock()
        self._own = Talk(studio, _kept(lambda: studio.node.talk_desk()))
        self._members: OrderedDict[Address, Talk] = OrderedDict()

    def of(self, session: Session) -> Talk:
        session.require(Role.MEMBER)
        if session.role is Role.OPERATOR or session.address is None:
            return self._own
        with self._lock:
            if session.address not in self._members:
                opener = partial(_lent, self._studio, session.address)
                self._members[session.address] = Talk(self._studio, opener)
            self._members.move_to_end(session.address)
            while len(self._members) > MOST_TALKS:
                self._members.popitem(last=False)
            return self._members[session.address]


def _lent(studio: Studio, consumer: Address) -> TalkDesk:
    return studio.node.lending.desk(consumer)


def _kept(make: Callable[[], TalkDesk]) -> Callable[[], TalkDesk]:
    """One for all, as two would promise from the same lanes; one that cannot be opened is tried again."""
    made: list[TalkDesk] = []

    def desk() -> TalkDesk:
        if not made:
            made.append(make())
        return made[0]

    return desk
