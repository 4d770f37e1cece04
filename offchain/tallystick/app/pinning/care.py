"""Examines what this node has to keep, mends it, and lets go of what nothing needs any more."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tallystick.app.pinning.needs import Need, Needs, lapsed_of, live_of
from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, NodeError, NotFound, Unavailable
from tallystick.ports.content import KeptContent

Remake = Callable[[Hash], bytes | None]


@dataclass(frozen=True, slots=True)
class KeptFile:
    """State is whole, unpinned, missing, wrong or unread; of a repair also mended, or lost where nobody has it.

    `held_by`: pinning services that hold it, or are about to.
    """

    digest: Hash
    why: str
    until: int | None
    state: str
    word: str = ""
    held_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Caretaker:
    """`remake` writes a file anew out of this node's own books, None where they do not have it.

    What an unreadable card or manifest names is told as unread; nothing is let go of meanwhile.
    """

    content: KeptContent
    needs: Needs
    now: int
    remake: Remake

    def listed(self) -> tuple[KeptFile, ...]:
        """What has to be kept, and why, without a look at it."""
        return (*(KeptFile(n.digest, n.why, n.until, "") for n in self._live), *self._unread)

    def check(self) -> tuple[KeptFile, ...]:
        """Reads every file that has to be kept, whole."""
        return (*(self._checked(need) for need in self._live), *self._unread)

    def repair(self) -> tuple[KeptFile, ...]:
        """Mends what is not whole, from our own books first, then from other sources; asks services for each.

        What a mended card or manifest names is known the next time.
        """
        return (*(self._repaired(need) for need in self._live), *self._unread)

    def collect(self, *, is_trial: bool) -> tuple[KeptFile, ...]:
        """Unpins what was needed once and is not any more. Of pins that no commitment explains it knows nothing."""
        for one in self.needs.unreadable:
            raise Unavailable(
                f"Not known is {one.why}: {one.word}",
                "`tallystick content repair` may mend it; nothing was unpinned.",
            )
        gone = []
        for need in lapsed_of(self.needs.files, self.now):
            if not self.content.is_pinned(need.digest):
                continue
            if not is_trial:
                self.content.unpin(need.digest)
            state = "lapsed" if is_trial else "unpinned"
            gone.append(KeptFile(need.digest, need.why, need.until, state))
        return tuple(gone)

    @property
    def _live(self) -> tuple[Need, ...]:
        return live_of(self.needs.files, self.now)

    @property
    def _unread(self) -> tuple[KeptFile, ...]:
        return tuple(KeptFile(u.digest, u.why, None, "unread", u.word) for u in self.needs.unreadable)

    def _checked(self, need: Need) -> KeptFile:
        state, word = "whole", ""
        try:
            self.content.check(need.digest, need.most_bytes)
            if not self.content.is_pinned(need.digest):
                state = "unpinned"
        except NotFound as error:
            state, word = "missing", error.message
        except IntegrityMismatch as error:
            state, word = "wrong", error.message
        except NodeError as error:
            state, word = "unread", error.message
        return KeptFile(need.digest, need.why, need.until, state, word)

    def _repaired(self, need: Need) -> KeptFile:
        found = self._checked(need)
        state, word = found.state, found.word
        try:
            if state != "whole":
                self._mend(need, state)
                state, word = "mended", f"was {found.state}"
        except Unavailable as error:
            state, word = "unread", error.message
        except NodeError as error:
            state, word = "lost", error.message
        held_by = self.content.pin_remotely(need.digest, need.why) if state in ("whole", "mended") else ()
        return KeptFile(need.digest, need.why, need.until, state, word, held_by)

    def _mend(self, need: Need, state: str) -> None:
        if state != "unpinned":
            self._bring(need)
        self.content.pin(need.digest)
        self.content.check(need.digest, need.most_bytes)

    def _bring(self, need: Need) -> None:
        ours = self.remake(need.digest)
        if ours is not None and self.content.add(ours) == need.digest:
            return
        with tempfile.TemporaryDirectory(prefix="tallystick-repair-") as folder:
            file = Path(folder) / "content"
            self.content.get_file(need.digest, file, need.most_bytes)
            self.content.add_file(file)
