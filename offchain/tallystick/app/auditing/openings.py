"""Where an auditor finds openings: in files that it was given, and in this node's own books."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tallystick.app.auditing.answers import Case, Deeper, audit_answer, case_of
from tallystick.app.auditing.batches import domain_of
from tallystick.app.auditing.membership import members_of
from tallystick.app.auditing.opening_file import opened_of, read_opening, write_opening
from tallystick.app.exchange import decode
from tallystick.domain.answers.levels import AnswerAudit, Level, Sample
from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.domain.digests import Domain, receipt_digest
from tallystick.domain.ids import Hash
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import InvalidInput, NotFound
from tallystick.ports import Chain, ContentStore, Receipts


@dataclass(frozen=True, slots=True)
class WrittenOpening:
    """The file holds question and answer in plain text."""

    receipt: Hash
    file: Path
    size: int


@dataclass(frozen=True, slots=True)
class Openings:
    """`files` first, then the books. A file's receipt is known by its digest, not by its name."""

    chain: Chain
    content: ContentStore
    books: Receipts | None
    files: Sequence[Path] = ()

    @property
    def domain(self) -> Domain:
        return domain_of(self.chain)

    def find(self, digest: Hash) -> OpenedAnswer | None:
        domain = self.domain
        for file in self._every():
            opened = read_opening(domain, file)
            if receipt_digest(domain, opened.signed.receipt) == digest:
                return opened
        try:
            return opened_of(self.books.get(digest), self.books.opening(digest)) if self.books else None
        except NotFound:
            return None

    def write(self, digest: Hash, file: Path) -> WrittenOpening:
        """Export what the books hold; a file that is there already is kept."""
        if self.books is None:
            raise NotFound("This node has no books.", "Run it where the answer was sold or bought.")
        body = write_opening(self.domain, self.books.get(digest), self.books.opening(digest))
        try:
            with file.open("xb") as out:
                out.write(body)
        except FileExistsError as error:
            raise InvalidInput(f"{file} is there already.", "Name another file.") from error
        except OSError as error:
            raise InvalidInput(f"{file} cannot be written: {error.strerror}.") from error
        return WrittenOpening(digest, file, len(body))

    def audit(self, digest: Hash, level: Level, deeper: Deeper | None) -> AnswerAudit:
        """One receipt, by its digest."""
        return audit_answer(self.chain, self.content, self.case(digest), level, deeper)

    def case(self, digest: Hash) -> Case:
        """`NotFound` where no batch, file or book has the receipt."""
        case = case_of(self.chain, self.content, digest, self.find(digest), self._kept(digest))
        if case is None:
            raise NotFound(
                f"Nobody shows the receipt 0x{digest.hex()}: no batch, no opening, no book here.",
                "Give its opening by --opening.",
            )
        return case

    def audit_batch(
        self, batch_id: int, sample: Sample, deeper: Deeper | None
    ) -> tuple[tuple[AnswerAudit, ...], int]:
        """Audits of a sample of those receipts that have an opening here, and how many have none."""
        domain, held = self.domain, []
        members = members_of(self.chain, self.content, batch_id)
        for member in members:
            opened = self.find(receipt_digest(domain, member.signed.receipt))
            if opened is not None:
                held.append(Case(member.signed, opened, member))
        chosen = random.Random(sample.seed).sample(held, min(sample.count, len(held)))
        answers = tuple(audit_answer(self.chain, self.content, case, sample.level, deeper) for case in chosen)
        return answers, len(members) - len(held)

    def _kept(self, digest: Hash) -> SignedReceipt | None:
        try:
            return decode(self.books.get(digest).encoded) if self.books else None
        except NotFound:
            return None

    def _every(self) -> list[Path]:
        return [f for place in self.files for f in (sorted(place.iterdir()) if place.is_dir() else [place])]
