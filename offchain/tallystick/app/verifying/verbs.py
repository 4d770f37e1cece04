"""Verbs of the audit court: a seat taken and left, looks of a verifier and of a poster, an appeal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tallystick.app.verbs.audits import AuditVerbs
from tallystick.app.verifying import seating
from tallystick.domain.ids import Hash

if TYPE_CHECKING:
    from tallystick.app.verifying.book import CourtBook
    from tallystick.app.verifying.planting import CommittedCanary, GivenConsent, ShownCanary
    from tallystick.app.verifying.posting import Poster
    from tallystick.app.verifying.steps import Steps
    from tallystick.app.verifying.verifier import Verifier


@dataclass(frozen=True, slots=True)
class VerifierLook:
    """What one look did, a line a batch; none where nothing was due."""

    done: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.done) or "nothing due"


@dataclass(frozen=True, slots=True)
class AppealedAudit:
    """A panel judges the batch; the bond comes back where the panel finds otherwise than the pair."""

    batch_id: int
    bond: int
    tx_hash: Hash


class VerifyingVerbs(AuditVerbs):
    """With this node's key, whose reader key openings are wrapped to."""

    _verifier: Verifier | None = None
    _poster: Poster | None = None

    def verifier_join(self) -> seating.TakenSeat:
        return seating.join(self._acting, self._signer.address, self._signer.reader_key)

    def verifier_leave(self) -> tuple[seating.LeftSeat, ...]:
        return seating.leave(self._acting, self._signer.address)

    def verifier_withdraw(self) -> tuple[seating.WithdrawnBond, ...]:
        return seating.withdraw(self._acting, self._signer.address)

    def verifier_status(self) -> seating.Standing:
        return seating.show(self._outside.chain(), self._signer.address)

    def verify(self) -> VerifierLook:
        """One look at every audit that this key may have been drawn for."""
        if self._verifier is None:
            self._verifier = self._build_verifier()
        return VerifierLook(self._verifier.look())

    def keep_verifying(self, *, every_s: float, tell: Callable[[VerifierLook], None]) -> None:
        """Looks until it is interrupted, and tells of each that did something. Conflict where this home's node runs."""
        with self._outside.alone():
            while True:
                done = self.verify()
                if done.done:
                    tell(done)
                time.sleep(every_s)

    def open_audits(self) -> VerifierLook:
        """One look at the audits of this key's own batches: opened, and openings given to who was drawn."""
        if self._poster is None:
            self._poster = self._build_poster()
        return VerifierLook(self._poster.look())

    def appeal_audit(self, *, batch_id: int) -> AppealedAudit:
        bond = self._planting.allow_appeal(batch_id)
        return AppealedAudit(batch_id, bond, self._acting.court.appeal(batch_id).tx_hash)

    def consent_canary(self, *, receipt_hash: bytes, lasting_s: int, file: Path) -> GivenConsent:
        """This key paid for the receipt, and lets its operator plant it."""
        from tallystick.app.verifying.planting import consent

        asked = Hash(receipt_hash)
        return consent(self._outside.chain(), self._signer, asked, lasting_s=lasting_s, file=file)

    def commit_canary(self, *, batch_id: int, file: Path | None = None) -> CommittedCanary:
        """For a batch of this key's; without a consent's file to nothing, which nobody can tell."""
        return self._planting.commit(batch_id, file)

    def show_canary(self, *, batch_id: int) -> ShownCanary:
        return self._planting.show(batch_id)

    def _build_verifier(self) -> Verifier:
        from tallystick.app.verifying.examining import Examiner
        from tallystick.app.verifying.verifier import Verifier

        chain, content = self._acting, self._outside.content()
        examiner = Examiner(chain, content, self._rescoring(None))
        return Verifier(chain, content, self._court_book("verifier"), self._steps, examiner, self._signer)

    def _build_poster(self) -> Poster:
        from tallystick.app.verifying.examining import BookOpenings
        from tallystick.app.verifying.posting import Poster

        chain, content = self._acting, self._outside.content()
        openings = BookOpenings(chain, content, self._outside.ledger().receipts)
        book = self._court_book("poster")
        return Poster(chain, content, book, self._steps, openings, self._planting)

    @property
    def _steps(self) -> Steps:
        from tallystick.app.verifying.steps import Steps

        return Steps(self._acting, self._outside.seed_relay())

    def _court_book(self, part: str) -> CourtBook:
        from tallystick.app.verifying.book import CourtBook

        return CourtBook(self._court_folder / f"{part}.jsonl")
