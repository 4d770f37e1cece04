"""What a verifier says of a sampled receipt: opened, re-executed by the shipped audit, and weighed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.app.auditing.answers import Case, Deeper, audit_answer
from tallystick.app.auditing.batches import domain_of, fetch_batch, find_submitted
from tallystick.app.auditing.membership import member_at
from tallystick.app.auditing.opening_file import parse_opening, write_opening
from tallystick.domain.answers.levels import BY_ELIGIBILITY, AnswerAudit, Level
from tallystick.domain.digests import receipt_digest
from tallystick.errors import InvalidInput, NotFound, Unavailable
from tallystick.pipeline.auditing.audited import AuditedBatch
from tallystick.pipeline.auditing.court import Said
from tallystick.ports import Chain, ContentStore, Receipts

AUDITED = Level.L3


@dataclass(frozen=True, slots=True)
class Examined:
    """One sampled receipt; `faults` are kinds alone, since what they quote is private."""

    index: int
    said: Said
    faults: tuple[str, ...]


def weigh(audit: AnswerAudit) -> tuple[Said, tuple[str, ...]]:
    """`Unavailable` where nothing was found false and a level was not reached: silence is cheaper than a guess."""
    faults = [fault for level in audit.levels for fault in level.faults]
    kinds = tuple(sorted({fault.what for fault in faults}))
    if any(fault.remedy != BY_ELIGIBILITY for fault in faults):
        return Said.DIFFERENT, kinds
    if faults:
        return Said.SMALL, kinds
    missed = [level for level in audit.levels if not level.is_reached]
    if missed:
        raise Unavailable(
            f"{missed[0].level} of receipt 0x{audit.receipt.hex()} was not reached: {missed[0].why}",
            "Have the model and the data here, and look again before the deadline.",
        )
    return Said.SAME, kinds


@dataclass(frozen=True, slots=True)
class Examiner:
    """`deeper` re-executes with the model."""

    chain: Chain
    content: ContentStore
    deeper: Deeper

    def holds(self, batch_id: int) -> bool:
        """Fetches every byte of a batch, keeps it to serve, and rebuilds both trees from it."""
        try:
            batch = self._batch(batch_id)
        except (InvalidInput, NotFound):
            return False
        if not (batch.receipts_match and batch.credits_match):
            return False
        self.content.pin(batch.header.data_digest)
        return True

    def __call__(
        self, batch_id: int, indices: Sequence[int], opened: Mapping[int, bytes]
    ) -> tuple[Examined, ...]:
        """For each index in its order; one that was drawn twice is examined once."""
        batch = self._batch(batch_id)
        done = {i: self._examine(batch_id, batch, i, opened.get(i)) for i in sorted(set(indices))}
        return tuple(done[i] for i in indices)

    def _batch(self, batch_id: int) -> AuditedBatch:
        return fetch_batch(self.chain, self.content, find_submitted(self.chain, batch_id))

    def _examine(self, batch_id: int, batch: AuditedBatch, index: int, data: bytes | None) -> Examined:
        if data is None:
            return Examined(index, Said.UNOPENED, ("opening",))
        member = member_at(batch, index, batch_id, self.chain.batches.batch(batch_id).status)
        if member is None:
            return Examined(index, Said.DIFFERENT, ("leaf",))
        domain = domain_of(self.chain)
        try:
            opened = parse_opening(domain, data, f"receipt {index}")
        except InvalidInput:
            return Examined(index, Said.UNOPENED, ("opening",))
        if receipt_digest(domain, opened.signed.receipt) != receipt_digest(domain, member.signed.receipt):
            return Examined(index, Said.UNOPENED, ("opening",))
        case = Case(member.signed, opened, member)
        said, kinds = weigh(audit_answer(self.chain, self.content, case, AUDITED, self.deeper))
        return Examined(index, said, kinds)


@dataclass(frozen=True, slots=True)
class BookOpenings:
    """Openings out of this node's own books: of receipts that it sold."""

    chain: Chain
    content: ContentStore
    receipts: Receipts

    def __call__(self, batch_id: int, indices: Sequence[int]) -> Mapping[int, bytes]:
        """By index; what the books do not have is left out."""
        domain, found = domain_of(self.chain), dict[int, bytes]()
        batch = fetch_batch(self.chain, self.content, find_submitted(self.chain, batch_id))
        for index in indices:
            digest = receipt_digest(domain, batch.leaves[index].signed.receipt)
            try:
                stored, opening = self.receipts.get(digest), self.receipts.opening(digest)
            except NotFound:
                continue
            found[index] = write_opening(domain, stored, opening)
        return found
