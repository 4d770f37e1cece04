"""Looks of a watchtower without end."""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest

from tallystick.app.verbs import watching
from tallystick.app.watching.tower import WatchReport
from tallystick.errors import NodeError, Unavailable

REPORT = WatchReport(1, 0, 0, 0, 0, 0, 0, 0, ())


@dataclass
class Looks:
    """Each look gives the next of `left`, or fails with it; then somebody interrupts."""

    left: list[WatchReport | NodeError]

    def watch(self, *, again: bool) -> WatchReport:
        if not self.left:
            raise KeyboardInterrupt
        one = self.left.pop(0)
        if isinstance(one, NodeError):
            raise one
        return one


def keep(looks: Looks, told: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    verbs: Any = object.__new__(watching.WatchVerbs)
    monkeypatch.setattr(watching.WatchVerbs, "watch", lambda self, again: looks.watch(again=again))
    monkeypatch.setattr(verbs, "_outside", SimpleNamespace(alone=nullcontext), raising=False)
    verbs.keep_watching(every_s=0.0, tell=lambda report: told.append(report.block))


def test_looks_when_a_later_one_fails_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    first: Any = replace(REPORT, news=(object(),))
    told: list[int] = []

    with pytest.raises(KeyboardInterrupt):
        keep(Looks([first, Unavailable("no RPC"), replace(first, block=2)]), told, monkeypatch)

    assert told == [1, 2]


def test_looks_when_the_first_fails_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable):
        keep(Looks([Unavailable("no RPC")]), [], monkeypatch)
