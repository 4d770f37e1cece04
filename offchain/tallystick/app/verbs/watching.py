"""Verbs of the watchtower: a look, looks without end, and what is known from earlier ones."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tallystick.app.verbs.audits import AuditVerbs
from tallystick.domain.answers.levels import Level
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import InvalidInput, NodeError

if TYPE_CHECKING:
    from pathlib import Path

    from tallystick.app.watching.case import Case
    from tallystick.app.watching.tower import WatchReport, Watchtower
    from tallystick.domain.answers.opening import OpenedAnswer
    from tallystick.ports import Chain

_LOG: Final = logging.getLogger(__name__)


class WatchVerbs(AuditVerbs):
    """Nothing of the ledger is read but the outbox: an RPC and content endpoints are enough."""

    _tower: Watchtower | None = None

    def watch(self, *, again: bool) -> WatchReport:
        """One look at every operator's batches and proposals; `again` recomputes what was found clean, too."""
        from tallystick.app.watching.numbers import counted

        def look() -> WatchReport:
            self._tower = self._tower or self._build_tower()
            return self._tower.look(again=again)

        return counted(self._outside.metrics(), look, lambda: self._tower.cases() if self._tower else ())

    def keep_watching(self, *, every_s: float, tell: Callable[[WatchReport], None]) -> None:
        """Looks until it is interrupted, and tells of each that brought news. Conflict where this home's node runs.

        The first look tells what is wrong with the settings; what fails a later one passes.
        """
        with self._outside.alone():
            report = self.watch(again=False)
            while True:
                if report.news:
                    tell(report)
                time.sleep(every_s)
                report = self._look_again(report)

    def _look_again(self, report: WatchReport) -> WatchReport:
        """The next look, or the last one without its news where this one fails."""
        try:
            return self.watch(again=False)
        except NodeError as error:
            _LOG.warning("a look failed: %s", error)
            return replace(report, news=())

    def watched_cases(self) -> tuple[Case, ...]:
        """What earlier looks found, without a look."""
        from tallystick.app.watching.journal import read_cases

        return tuple(sorted(read_cases(self._watch_folder / "cases.jsonl"), key=lambda c: (c.ends_at, c.key)))

    def _build_tower(self) -> Watchtower:
        from tallystick.app.watching.checking import Checker
        from tallystick.app.watching.journal import Journal
        from tallystick.app.watching.lanes import LaneBook
        from tallystick.app.watching.policy import WatchPolicy
        from tallystick.app.watching.scoring import Scorer
        from tallystick.app.watching.tower import Watchtower

        policy, folder = WatchPolicy.of(self._config.watch), self._watch_folder
        chain = self._outside.chain() if policy.convict == "never" else self._acting
        checker = Checker(chain, self._outside.content(), LaneBook(folder / "lanes"), self._known_receipts)
        level = Level(self._config.watch.level)
        deeper = self._deeper if level > Level.L1 else None
        score = Scorer(chain, self._outside.content(), self._given_openings, level, deeper)
        return Watchtower(chain, checker, Journal(folder / "cases.jsonl"), policy, score)

    @property
    def _watch_folder(self) -> Path:
        """One a deployment, since numbers begin anew in each."""
        chain: Chain = self._outside.chain()
        return self._config.home / "watch" / f"{chain.chain_id}-{chain.batches.address[2:10]}"

    def _known_receipts(self) -> Iterator[SignedReceipt]:
        """Receipts of openings that were given: an operator may have signed another one for the same place."""
        return (opened.signed for opened in self._given_openings())

    def _given_openings(self) -> Iterator[OpenedAnswer]:
        from tallystick.app.auditing.opening_file import read_opening

        folder = self._config.watch.openings
        for file in sorted(folder.iterdir()) if folder is not None and folder.is_dir() else ():
            try:
                yield read_opening(self._domain, file)
            except (InvalidInput, OSError) as error:
                _LOG.warning("%s is not used: %s", file, error)
