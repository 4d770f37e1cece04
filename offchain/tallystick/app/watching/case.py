"""A batch or reward proposal under watch: what it is, how far its check came, and what was done about it."""

from dataclasses import dataclass
from enum import StrEnum

from tallystick.domain.challenge import Subject


class State(StrEnum):
    """`unread`: its file cannot be had; `unsure`: something else cannot; `false`: proven, but not convicted."""

    NEW = "new"
    CLEAN = "clean"
    UNREAD = "unread"
    UNSURE = "unsure"
    FALSE = "false"
    COMMITTED = "committed"
    DEMANDED = "demanded"
    CONVICTED = "convicted"
    OVER = "over"


TO_CHECK = (State.NEW, State.UNREAD, State.UNSURE, State.FALSE, State.COMMITTED)


@dataclass(frozen=True, slots=True)
class Case:
    """`mark` is the hash of what is watched: after a reorganisation the same number may be of something else.

    Times are in seconds of block time. `found` are kinds of findings; `word` says in one line what came last. `salt`, in
    hexadecimal, opens the commitment that was made before the proof was sent; `committed` is its bond in base units.
    `doubts` are opened answers that are false at a deeper level than L0.
    """

    subject: Subject
    number: int
    mark: str
    poster: str
    block: int
    ends_at: int
    state: State = State.NEW
    found: tuple[str, ...] = ()
    word: str = ""
    failed_since: int = 0
    demands: int = 0
    salt: str = ""
    committed: int = 0
    reward: int = 0
    due_at: int = 0
    doubts: int = 0

    @property
    def key(self) -> tuple[Subject, int]:
        return self.subject, self.number

    @property
    def name(self) -> str:
        return f"{self.subject} {self.number}"

    def intent(self, deed: str) -> str:
        """Names for the outbox something that is done once about this case, also after a crash."""
        return f"watch-{deed}-{self.subject}-{self.number}-{self.mark[:16]}"
