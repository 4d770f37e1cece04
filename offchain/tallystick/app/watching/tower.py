"""One look at everything that can still be convicted, the most urgent first, and what is to be done about each."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from hashlib import sha256
from typing import Final

from tallystick.app.challenges.desk import end_demands
from tallystick.app.watching.accusing import Accuser
from tallystick.app.watching.case import TO_CHECK, Case, State
from tallystick.app.watching.checking import Checked, Checker
from tallystick.app.watching.demanding import Demander
from tallystick.app.watching.journal import Journal
from tallystick.app.watching.policy import WatchPolicy
from tallystick.app.watching.scoring import Scored
from tallystick.domain.challenge import Subject
from tallystick.errors import NodeError
from tallystick.ports import Chain, SubmittedBatch, SubmittedProposal

_LOG: Final = logging.getLogger(__name__)
# Blocks below the oldest case that are read again, in case the chain takes another way.
_REORG_DEPTH: Final = 64
# What is not told of for a while may come back: the chain took another way, or an endpoint is behind.
_GONE: Final = "no longer on the chain"
_CONVICTABLE: Final = {Subject.BATCH: ("open", "voided"), Subject.PROPOSAL: ("open",)}
Submitted = SubmittedBatch | SubmittedProposal


@dataclass(frozen=True, slots=True)
class WatchReport:
    """One look: `checked` were recomputed in it; the other counts are of all cases now. `open` can still be convicted.

    `standing`: false, and neither convicted nor demanded. `unread`: not to be recomputed yet. `unseen`: under watch, and
    not told of by the endpoint in this look. `failed`: cases that an error kept from being attended to.
    `doubted`: clean at L0, with opened answers that are false deeper, which no transaction shows.
    """

    block: int
    open: int
    checked: int
    clean: int
    standing: int
    unread: int
    demanded: int
    convicted: int
    news: tuple[Case, ...]
    unseen: int = 0
    failed: int = 0
    newly_convicted: int = 0
    doubted: int = 0

    def __str__(self) -> str:
        return (
            f"{self.open} open, {self.checked} checked, {self.clean} clean, {self.standing} false, "
            f"{self.unread} unread, {self.demanded} demanded, {self.convicted} convicted"
        )


class Watchtower:
    """Resumable at any point: what was checked is in the journal, what was sent in the outbox."""

    def __init__(
        self,
        chain: Chain,
        checker: Checker,
        journal: Journal,
        policy: WatchPolicy,
        score: Callable[[int], Scored] = lambda batch: Scored(),
    ) -> None:
        self._chain, self._checker, self._journal, self._policy = chain, checker, journal, policy
        self._score = score
        self._accuser = Accuser(chain, journal, policy)
        self._demander = Demander(chain, journal, policy, self._accuser)

    def look(self, *, again: bool = False) -> WatchReport:
        """`again` recomputes also what was found clean, as after new openings."""
        submitted = self._follow(again=again)
        before, checked, failed = dict(self._journal.cases()), 0, 0
        unseen = sum(c.state is not State.OVER and c.key not in submitted for c in before.values())
        now = self._chain.now()
        for case in sorted(before.values(), key=lambda c: (c.ends_at, c.block, c.number)):
            if case.state is State.CLEAN and now >= case.ends_at:
                self._journal.put(replace(case, state=State.OVER))
            elif case.state not in (State.CLEAN, State.OVER):
                checked += case.state in TO_CHECK
                failed += not self._attend(case, submitted.get(case.key))
        self._end_demands(before)
        return replace(self._report(before, checked), unseen=unseen, failed=failed)

    def cases(self) -> tuple[Case, ...]:
        """Everything that was ever under watch."""
        return tuple(self._journal.cases().values())

    def _follow(self, *, again: bool) -> Mapping[tuple[Subject, int], Submitted]:
        """Brings the journal in step with the chain; what was submitted, as far as it may matter still."""
        chain, cases = self._chain, self._journal.cases()
        alive = [case.block for case in cases.values() if case.state is not State.OVER]
        seen = [case.block for case in cases.values()]
        first = max(min(alive or seen or [0]) - _REORG_DEPTH, 0)
        head, found = chain.head(), dict[tuple[Subject, int], Submitted]()
        told: list[Submitted] = [*chain.batches.submitted(first, head), *chain.rewards.proposed(first, head)]
        for one in told:
            key, mark = _key(one), _mark(one)
            found[key] = one
            known = cases.get(key)
            if known is None or known.mark != mark:
                self._journal.put(self._begun(one))
            elif known.state is State.OVER and known.word == _GONE:
                self._journal.put(replace(known, state=State.NEW, word=""))
            elif known.state is not State.OVER and known.block != one.block:
                self._journal.put(replace(known, block=one.block, ends_at=self._begun(one).ends_at))
            elif again and known.state is State.CLEAN:
                self._journal.put(replace(known, state=State.NEW))
        for key, case in dict(cases).items():
            is_buried = first <= case.block <= head - _REORG_DEPTH
            if is_buried and key not in found and case.state is not State.OVER:
                self._journal.put(replace(case, state=State.OVER, word=_GONE))
        return found

    def _begun(self, one: Submitted) -> Case:
        number = _key(one)[1]
        if isinstance(one, SubmittedBatch):
            batch = self._chain.batches.batch(number)
            poster, ends_at = batch.header.poster, self._chain.batches.ends_at(batch)
        else:
            poster, ends_at = one.proposer, self._chain.rewards.ends_at(number)
        case = Case(*_key(one), _mark(one), poster, one.block, ends_at)
        if self._status(case) in _CONVICTABLE[case.subject]:
            return case
        return replace(case, state=State.OVER, word=f"was {self._status(case)} when first seen")

    def _attend(self, case: Case, submitted: Submitted | None) -> bool:
        """An error about one case keeps nobody from the others, be it a defect of ours; False where there was one."""
        try:
            if case.state is State.CONVICTED:
                self._accuser.collect(case)
            elif case.state is State.DEMANDED:
                proposal = submitted.proposal if isinstance(submitted, SubmittedProposal) else None
                self._demander.follow(case, proposal)
            elif submitted is not None:
                self._check(case, submitted)
        except NodeError as error:
            _LOG.warning("%s: %s", case.name, error)
            self._note(case, str(error))
        except Exception as error:
            _LOG.exception("%s", case.name)
            self._note(case, f"{type(error).__name__}: {error}")
        else:
            return True
        return False

    def _note(self, case: Case, word: str) -> None:
        self._journal.put(replace(self._journal.cases()[case.key], word=word))

    def _check(self, case: Case, submitted: Submitted) -> None:
        if self._chain.now() >= case.ends_at and self._is_over(case):
            return
        is_batch = isinstance(submitted, SubmittedBatch)
        done = self._checker.batch(submitted) if is_batch else self._checker.proposal(submitted)  # type: ignore[arg-type]
        case = replace(case, found=done.kinds, failed_since=case.failed_since if done.failed else 0)
        if not done.findings:
            scored = self._score(case.number) if is_batch else Scored()
            self._journal.put(replace(case, state=State.CLEAN, word=scored.word, doubts=scored.false))
        elif done.failed is not None:
            self._unread(case, done)
        else:
            self._false(case, done)

    def _is_over(self, case: Case) -> bool:
        status = self._status(case)
        if status in _CONVICTABLE[case.subject]:
            return False
        if status != "convicted" or self._accuser.beaten(case) is None:
            self._journal.put(replace(case, state=State.OVER, word=f"{status}; {case.word}".rstrip("; ")))
        return True

    def _false(self, case: Case, done: Checked) -> None:
        if done.is_provable:
            case = self._accuser.accuse(case, done.reward(), done.charges())
            if case.state is State.CONVICTED:
                return
        if done.is_askable:
            case = replace(case, state=case.state if done.is_provable else State.UNSURE)
            self._demander.demand(case, done.reward(), done.ask)
        elif not done.is_provable:
            self._journal.put(replace(case, state=State.UNSURE, word=done.findings[0].message))

    def _unread(self, case: Case, done: Checked) -> None:
        """A file may come late; a leaf is demanded once it took too long, or little is left of when it can be."""
        now = self._chain.now()
        case = replace(
            case, state=State.UNREAD, failed_since=case.failed_since or now, word=done.failed or ""
        )
        # Nothing is demanded in the last eighth of a window.
        askable = case.ends_at - self._chain.parameters.current().challenge_window // 8 - case.failed_since
        patience = min(self._policy.patience_s, max(askable, 0) * 3 // 4)
        if now < case.failed_since + patience:
            self._journal.put(case)
        else:
            self._demander.demand(case, done.reward(), done.ask)

    def _end_demands(self, before: Mapping[tuple[Subject, int], Case]) -> None:
        """Takes back the bonds of demands that came to an end, and what was sent beyond a bond."""
        cases = self._journal.cases()
        ended = [c for c in before.values() if c.state is State.DEMANDED and cases[c.key].state != c.state]
        if ended and self._accuser.is_armed:
            try:
                end_demands(self._chain)
            except NodeError as error:
                _LOG.warning("bonds are not back yet: %s", error)

    def _status(self, case: Case) -> str:
        if case.subject is Subject.BATCH:
            return self._chain.batches.batch(case.number).status
        return self._chain.rewards.proposal(case.number).status

    def _report(self, before: Mapping[tuple[Subject, int], Case], checked: int) -> WatchReport:
        cases = tuple(self._journal.cases().values())
        live = [c for c in cases if c.state is not State.OVER]
        counts = {state: sum(c.state is state for c in live) for state in State}
        return WatchReport(
            block=self._chain.head(),
            open=len(live) - counts[State.CONVICTED],
            checked=checked,
            clean=counts[State.CLEAN],
            standing=counts[State.FALSE] + counts[State.COMMITTED],
            unread=counts[State.NEW] + counts[State.UNREAD] + counts[State.UNSURE],
            demanded=counts[State.DEMANDED],
            convicted=counts[State.CONVICTED],
            news=tuple(_news(before, cases)),
            doubted=sum(c.doubts > 0 for c in live),
            newly_convicted=sum(
                c.state is State.CONVICTED and before.get(c.key, c).state is not State.CONVICTED for c in live
            ),
        )


def _news(before: Mapping[tuple[Subject, int], Case], cases: tuple[Case, ...]) -> Iterator[Case]:
    """What came to another state in this look, but for what is plainly clean or over."""
    for case in cases:
        known = before.get(case.key)
        is_quiet = case.state is State.OVER or (case.state is State.CLEAN and not case.doubts)
        if known != case and not is_quiet:
            yield case


def _key(one: Submitted) -> tuple[Subject, int]:
    if isinstance(one, SubmittedBatch):
        return Subject.BATCH, one.batch_id
    return Subject.PROPOSAL, one.proposal_id


def _mark(one: Submitted) -> str:
    """Of a proposal nobody needs more than to tell it from another under the same number."""
    if isinstance(one, SubmittedBatch):
        return one.header_hash.hex()
    return sha256(repr((one.proposer, astuple(one.proposal))).encode()).hexdigest()
