"""The verifier's part: attests, answers, reveals and is paid, whatever ends first before all else."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from secrets import token_bytes
from typing import Final, Protocol

from tallystick.app.auditing.batches import domain_of
from tallystick.app.verifying.book import Answered, CourtBook
from tallystick.app.verifying.docket import Docket, attended
from tallystick.app.verifying.examining import Examined
from tallystick.app.verifying.sealed import MOST_BYTES, Draw, seed_of, unseal_openings
from tallystick.app.verifying.steps import Steps
from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import Address, Hash
from tallystick.errors import InvalidInput, NodeError, NotAuthorised, NotFound, Unavailable
from tallystick.pipeline.auditing.court import Phase, answer_commitment, packed
from tallystick.ports import Chain, ContentStore, Reader
from tallystick.ports.auditing.court import Audit

_LOG: Final = logging.getLogger(__name__)
PANEL: Final = (Phase.PANEL_ANSWERING, Phase.PANEL_REVEALING)


class Examines(Protocol):
    """`examining.Examiner`."""

    def holds(self, batch_id: int) -> bool: ...
    def __call__(
        self, batch_id: int, indices: Sequence[int], opened: Mapping[int, bytes]
    ) -> tuple[Examined, ...]: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """What this key was drawn for: a place in one draw, by one of its seats."""

    batch_id: int
    audit: Audit
    seed: Hash
    place: int
    seat: int


@dataclass(slots=True)
class Verifier:
    """Resumable at any point: an answer is in the book before the chain is told of it, and is never made twice."""

    chain: Chain
    content: ContentStore
    book: CourtBook
    steps: Steps
    examine: Examines
    reader: Reader
    _docket: Docket | None = None

    def look(self) -> tuple[str, ...]:
        """A line for each batch that something was done about. An error about one keeps nobody from the others."""
        return attended(self._due())

    def _due(self) -> Iterator[tuple[int, Callable[[], str]]]:
        if self._docket is None:
            self._docket = Docket(self.chain)
        audits = self._docket.audits()
        # The phase that began first ends first; what is revealed costs no work, and goes before what does.
        order = sorted(audits, key=lambda b: (not _is_quick(audits[b]), audits[b].since, b))
        for batch_id in order:
            yield batch_id, partial(self._attend, batch_id, audits[batch_id])

    @property
    def _ours(self) -> Address:
        if self.chain.sender is None:
            raise NotAuthorised("No key that has a seat.", "Name a key with --key.")
        return self.chain.sender.address

    def _attend(self, batch_id: int, audit: Audit) -> str:
        phase = Phase(audit.phase)
        if phase is Phase.CLOSED:
            return self._collect(batch_id)
        seed = self.steps.seed(audit)
        if seed is None:
            return self.steps.end(batch_id, audit, convicts=True)
        seats = self.chain.court.drawn_of(batch_id)
        places = [i for i, seat in enumerate(seats) if self.chain.roster.seat_of(seat).holder == self._ours]
        done = ""
        if places and not audit.done >> places[0] & 1:
            done = self._act(Turn(batch_id, audit, seed, places[0], seats[places[0]]), phase)
        return done or self.steps.end(batch_id, audit, convicts=True)

    def _act(self, turn: Turn, phase: Phase) -> str:
        audit = turn.audit
        if phase is Phase.SIGNING and self._is_open(audit, 1):
            return self._attest(turn)
        if phase is Phase.ANSWERING and self._is_open(audit, 1):
            return self._commit(turn)
        if phase is Phase.PANEL_ANSWERING and self._is_open(audit, 2):
            return self._commit(turn)
        # The first of a panel to reveal ends the time to commit.
        steps = {Phase.REVEALING: 1, Phase.PANEL_REVEALING: 1, Phase.PANEL_ANSWERING: 3}.get(phase, 0)
        return self._reveal(turn) if steps and self._is_open(audit, steps) else ""

    def _is_open(self, audit: Audit, steps: int) -> bool:
        return self.chain.now() < self.chain.court.ends_at(audit, steps)

    def _attest(self, turn: Turn) -> str:
        if not self.examine.holds(turn.batch_id):
            return "its bytes are not all to be had; not attested"
        self.chain.court.attest(turn.batch_id, turn.place, intent=self._intent("attest", turn))
        return "attested"

    def _commit(self, turn: Turn) -> str:
        known = self.book.answer_to(turn.batch_id, turn.seed.hex())
        if known is None:
            opened = self._opened(turn)
            if opened is None:
                return "no openings yet"
            made = partial(self._answer, turn, opened)
            known = self.book.answered(turn.batch_id, turn.seed.hex(), made)
        salt, report = bytes.fromhex(known.salt), bytes.fromhex(known.report)
        commitment = answer_commitment(turn.batch_id, self._ours, known.answer, report, salt)
        named = turn.batch_id, turn.place, Hash(commitment)
        self.chain.court.commit_answer(*named, intent=self._intent("commit", turn))
        return "answer committed"

    def _answer(self, turn: Turn, opened: Mapping[int, bytes]) -> Answered:
        found = self.examine(turn.batch_id, self.chain.court.sample_of(turn.batch_id), opened)
        told = json.dumps([asdict(one) for one in found], separators=(",", ":"))
        answer = packed([one.said for one in found])
        report, salt = keccak256(told.encode()).hex(), token_bytes(32).hex()
        return Answered(turn.batch_id, turn.seed.hex(), answer, report, salt, told)

    def _intent(self, deed: str, turn: Turn) -> str:
        return self.steps.intent(deed, turn.batch_id, turn.audit, turn.seed)

    def _opened(self, turn: Turn) -> Mapping[int, bytes] | None:
        """Openings of this draw; none of them where they cannot be read, None while they may still come."""
        audit, batch_id = turn.audit, turn.batch_id
        draw = Draw(domain_of(self.chain), self.chain.court.address, batch_id, turn.seed)
        is_unreadable = False
        for digest in reversed(self.chain.court.delivered(batch_id)):
            try:
                data = self.content.get(digest, MOST_BYTES)
                if seed_of(data) == turn.seed.hex():
                    return unseal_openings(draw, data, turn.seat, self.reader)
            except (NotFound, Unavailable) as error:
                _LOG.warning("openings of batch %d are out of reach: %s", batch_id, error)
            except (InvalidInput, NotAuthorised) as error:
                _LOG.warning("openings of batch %d: %s", batch_id, error)
                is_unreadable = True
        if is_unreadable and Phase(audit.phase) not in PANEL:  # a pair is given one file and no more
            return {}
        # Half of a pair's step, all of a panel's first: after that there is too little time to wait longer.
        end = self.chain.court.ends_at(audit)
        patient = end if Phase(audit.phase) in PANEL else audit.since + (end - audit.since) // 2
        return None if self.chain.now() < patient else {}

    def _reveal(self, turn: Turn) -> str:
        known = self.book.answer_to(turn.batch_id, turn.seed.hex())
        if known is None:
            return ""
        shown = known.answer, Hash(bytes.fromhex(known.report)), bytes.fromhex(known.salt)
        self.chain.court.reveal_answer(turn.batch_id, turn.place, *shown, intent=self._intent("reveal", turn))
        return "answer revealed"

    def _collect(self, batch_id: int) -> str:
        fund, ours = self.chain.audit_fund, self._ours
        if not fund.units_of(batch_id, ours):
            assert self._docket is not None
            self._docket.strike(batch_id)
            return ""
        batch = self.chain.batches.batch(batch_id)
        court = self.chain.court.address[2:10]
        if batch.status == "open":
            return ""
        if batch.status == "convicted":
            self._take_reward(batch_id)
        if batch.status != "final" and not fund.purse_of(batch_id).held:
            return ""
        fund.collect(batch, ours, intent=f"audit-collect-{court}-{batch_id}-{batch.status}")
        return "paid"

    def _take_reward(self, batch_id: int) -> None:
        """The reporter's part of the slash, which pays verifiers; somebody else may have had it taken."""
        court, batch = self.chain.court.address[2:10], self.chain.batches.batch(batch_id)
        try:
            self.chain.audit_fund.take_reward(batch, intent=f"audit-reward-{court}-{batch_id}")
        except NodeError as error:
            _LOG.info("reward of batch %d: %s", batch_id, error)


def _is_quick(audit: Audit) -> bool:
    return Phase(audit.phase) in (Phase.REVEALING, Phase.PANEL_REVEALING)
