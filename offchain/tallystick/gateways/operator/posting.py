"""Vouchers of many answers in few posts: those that come while enough posts are under way go together with the next.

A voucher may be posted again without harm, as it says how far its lane is paid: what was cut off is posted alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any, Final

from tallystick.errors import NodeError, Refused, Unavailable

# Posts under way before vouchers wait for one another; vouchers of one post, of which an operator takes 100.
POSTS: Final = 4
MOST: Final = 100
_BUSY: Final = (429, 503)
Post = Callable[[Any], Mapping[str, Any]]


@dataclass(slots=True)
class _Voucher:
    """One that is posted or waits. Whoever `wake` wakes with a `group` posts that; `is_alone` posts its own again."""

    said: Mapping[str, Any]
    wake: Event = field(default_factory=Event)
    group: "list[_Voucher] | None" = None
    error: NodeError | None = None
    is_alone: bool = False


class Posting:
    """Safe to use from several threads. `post` sends JSON and gives the operator's answer, or raises its refusal.

    `refusal` reads why one of many was refused.
    """

    def __init__(self, post: Post, refusal: Callable[[Mapping[str, Any]], NodeError]) -> None:
        self._post, self._refusal = post, refusal
        self._lock = Lock()
        self._under_way = 0
        self._waiting: list[_Voucher] = []

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def send(self, voucher: Mapping[str, Any]) -> None:
        """Returns once the operator has acknowledged this one; raises why it did not."""
        mine = _Voucher(voucher)
        with self._lock:
            if self._under_way < POSTS:
                self._under_way += 1
                mine.group = [mine]
            else:
                self._waiting.append(mine)
        if mine.group is None:
            mine.wake.wait()
        if mine.group is not None:
            self._lead(mine.group)
        if mine.is_alone:
            self._post(dict(mine.said))
        elif mine.error is not None:
            raise mine.error

    def _lead(self, group: "list[_Voucher]") -> None:
        """Post for all of a group, then hand the place to who has waited longest."""
        outcomes: Sequence[NodeError | None] = [_cut_off()] * len(group)
        is_cut = len(group) > 1
        try:
            outcomes, is_cut = self._outcomes([one.said for one in group]), False
        except NodeError as error:
            outcomes = [error] * len(group)
            is_cut = is_cut and not _is_busy(error)
        finally:
            self._hand_over()
            for one, outcome in zip(group, outcomes, strict=True):
                one.error, one.is_alone = outcome, is_cut
                one.wake.set()

    def _outcomes(self, vouchers: Sequence[Mapping[str, Any]]) -> list[NodeError | None]:
        if len(vouchers) == 1:
            self._post(dict(vouchers[0]))
            return [None]
        told = self._post([dict(one) for one in vouchers]).get("outcomes")
        if not isinstance(told, list) or len(told) != len(vouchers):
            raise Unavailable(
                "The operator did not answer for each voucher.", "Is this a Tallystick operator?"
            )
        return [None if _is_acknowledged(one) else self._refusal(one) for one in told]

    def _hand_over(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            if not group:
                self._under_way -= 1
                return
        group[0].group = group
        group[0].wake.set()


def _is_busy(error: NodeError) -> bool:
    """Said by the operator itself: posting the same again one by one would make it busier."""
    return isinstance(error, Refused) and error.http_status in _BUSY


def _is_acknowledged(told: object) -> bool:
    return isinstance(told, Mapping) and told.get("status") == "acknowledged"


def _cut_off() -> Unavailable:
    return Unavailable("The vouchers' post was interrupted.", "Ask again: what was answered is kept.")
