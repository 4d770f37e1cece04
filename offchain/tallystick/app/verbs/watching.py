"""Verbs of the watchtower: a look, looks without end, and what is known from earlier ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tallystick.app.verbs.parts import Parts
from tallystick.domain.usage import SignedReceipt

if TYPE_CHECKING:
    from pathlib import Path

    from tallystick.app.watching.case import Case
    from tallystick.app.watching.tower import WatchReport, Watchtower
    from tallystick.ports import Chain


class WatchVerbs(Parts):
    """Nothing of the ledger is read but the outbox: an RPC and content endpoints are enough."""

    _tower: Watchtower | None = None

    def watch(self, *, again: bool) -> WatchReport:
        """One look at every operator's batches and proposals; `again` recomputes what was found clean, too."""
        if self._tower is None:
            self._tower = self._build_tower()
        return self._tower.look(again=again)

    def keep_watching(self, *, every_s: float, tell: Callable[[WatchReport], None]) -> None:
        """Looks until it is interrupted, and tells of each that brought news. Conflict where this home's node runs."""
        with self._outside.alone():
            while True:
                report = self.watch(again=False)
                if report.news:
                    tell(report)
                time.sleep(every_s)

    def watched_cases(self) -> tuple[Case, ...]:
        """What earlier looks found, without a look."""
        from tallystick.app.watching.journal import read_cases

        return tuple(sorted(read_cases(self._watch_folder / "cases.jsonl"), key=lambda c: (c.ends_at, c.key)))

    def _build_tower(self) -> Watchtower:
        from tallystick.app.watching.checking import Checker
        from tallystick.app.watching.journal import Journal
        from tallystick.app.watching.lanes import LaneBook
        from tallystick.app.watching.policy import WatchPolicy
        from tallystick.app.watching.tower import Watchtower

        policy, folder = WatchPolicy.of(self._config.watch), self._watch_folder
        chain = self._outside.chain() if policy.convict == "never" else self._acting
        checker = Checker(chain, self._outside.content(), LaneBook(folder / "lanes"), self._known_receipts)
        return Watchtower(chain, checker, Journal(folder / "cases.jsonl"), policy)

    @property
    def _watch_folder(self) -> Path:
        """One a deployment, since numbers begin anew in each."""
        chain: Chain = self._outside.chain()
        return self._config.home / "watch" / f"{chain.chain_id}-{chain.batches.address[2:10]}"

    def _known_receipts(self) -> Iterator[SignedReceipt]:
        """Receipts of openings that were given: an operator may have signed another one for the same place."""
        from tallystick.app.auditing.opening_file import read_opening

        folder = self._config.watch.openings
        for file in sorted(folder.iterdir()) if folder is not None and folder.is_dir() else ():
            yield read_opening(self._domain, file).signed
