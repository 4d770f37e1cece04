"""Audits a batch from the chain and its public file alone, and convicts it of what was found. Trusts no operator."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tallystick.domain.digests import Domain, header_hash, terms_id
from tallystick.domain.finding import Finding, FindingKind, Location
from tallystick.domain.ids import Address, Hash
from tallystick.domain.trees import ReceiptLeaf
from tallystick.domain.usage import Terms
from tallystick.errors import (
    IntegrityMismatch,
    IntegrityViolation,
    InvalidInput,
    NotAuthorised,
    NotFound,
)
from tallystick.pipeline.auditing.audited import AuditedBatch, audited
from tallystick.pipeline.auditing.fraud_proofs import FraudProof, prove, prove_overlap
from tallystick.pipeline.auditing.receipt_checks import check_overlaps
from tallystick.pipeline.auditing.replay import LEVEL, replay
from tallystick.pipeline.batches import publication
from tallystick.pipeline.receipts import encoding
from tallystick.ports import Chain, ContentStore, SubmittedBatch

STANDING = ("open", "final")


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was recomputed, and all that is false in it."""

    batch_id: int
    level: str
    receipts: int
    credits: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Conviction:
    """A proven fraud; `reporter_paid` is what the transaction added to the reporter's balance, base units."""

    kind: str
    tx_hash: Hash
    gas_used: int
    reporter_paid: int


class ChainView:
    """`pipeline.auditing.audited.ChainFacts` out of the chain; each question is asked once."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._terms = cache(self._read_terms)
        self._redeemed = cache(chain.escrow.redeemed)
        self._was_signer = cache(chain.escrow.was_signer)

    def terms(self, terms_id: Hash) -> Terms | None:
        return self._terms(terms_id)

    def was_signer(self, consumer: Address, signer: Address) -> bool:
        return self._was_signer(consumer, signer)

    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int:
        return self._redeemed(consumer, operator, lane)

    def _read_terms(self, asked: Hash) -> Terms | None:
        try:
            found = self._chain.models.terms(asked)
        except NotFound:
            return None
        if terms_id(found) != asked:
            raise IntegrityViolation(f"The chain's terms 0x{asked.hex()} do not hash to their id.")
        return found


def audit_batch(chain: Chain, content: ContentStore, batch_id: int) -> AuditReport:
    """Replay a batch at level L0 and compare it with the operator's earlier standing ones."""
    submitted = find_submitted(chain, batch_id)
    data = content.get(submitted.header.data_digest)
    try:
        batch = read_batch(chain, submitted, data)
    except InvalidInput as error:
        unreadable = Finding(FindingKind.ROOT_MISMATCH, f"{error.message} Challenge the data.")
        return AuditReport(batch_id, LEVEL, 0, 0, (unreadable,))
    found = list(replay(batch, ChainView(chain)))
    found += _retired(chain, batch, chain.batches.batch(batch_id).submitted_at)
    for _, earlier in _earlier(chain, content, submitted):
        found += check_overlaps(batch, earlier)
    return AuditReport(batch_id, LEVEL, len(batch.leaves), len(batch.credits), tuple(found))


def _retired(chain: Chain, batch: AuditedBatch, submitted_at: int) -> Iterator[Finding]:
    """Data sets that are paid although they were retired longer than the grace before the batch."""
    grace, judged = chain.datasets.use_grace(), set()
    for index, credit in enumerate(batch.credits):
        if credit.asset_id in judged:
            continue
        judged.add(credit.asset_id)
        at = chain.datasets.retired_at(credit.asset_id)
        if at and submitted_at > at + grace:
            what = f"0x{credit.asset_id.hex()} is paid, and its owner retired it {submitted_at - at} seconds before."
            yield Finding(FindingKind.RETIRED_ASSET, what, Location(credit=index, asset_id=credit.asset_id))


def convict(chain: Chain, content: ContentStore, batch_id: int, finding: Finding) -> Conviction:
    """Prove a finding to its referee, first without sending anything; `InvalidInput` where no proof holds."""
    if chain.sender is None:
        raise NotAuthorised("No key to convict with.", "Name a key with --key.")
    reporter = chain.sender.address
    submitted = find_submitted(chain, batch_id)
    batch = read_batch(chain, submitted, content.get(submitted.header.data_digest))
    proof = _proof(chain, content, submitted, batch, finding)
    header = submitted.header
    if not chain.referees.holds(proof.kind, batch_id, header, *proof.evidence, reporter=reporter):
        raise InvalidInput(
            f"The proof of {proof.kind} in batch {batch_id} does not hold.",
            "The batch may be final or convicted already; audit it again.",
        )
    before = chain.token.balance_of(reporter)
    done = chain.referees.convict(proof.kind, batch_id, header, *proof.evidence)
    paid = chain.token.balance_of(reporter) - before
    return Conviction(proof.kind, done.tx_hash, done.gas_used, paid)


def find_submitted(chain: Chain, batch_id: int) -> SubmittedBatch:
    """A batch's header from its event, checked against the hash that the chain stores."""
    stored = chain.batches.batch(batch_id).header_hash
    for found in chain.batches.submitted(0, chain.head()):
        if found.batch_id == batch_id:
            if not header_hash(found.header) == found.header_hash == stored:
                raise IntegrityViolation(
                    f"The header of batch {batch_id} does not hash to what the chain stores.",
                    "Ask another node.",
                )
            return found
    raise NotFound(f"No event tells the header of batch {batch_id}.", "Ask a node that keeps all events.")


def read_batch(chain: Chain, submitted: SubmittedBatch, data: bytes) -> AuditedBatch:
    """Both trees over a batch's file; `InvalidInput` or `IntegrityMismatch` where it is none."""
    published = publication.read(data)
    leaves = tuple(
        ReceiptLeaf(encoding.signed_receipt_from_json(r.signed), r.value) for r in published.receipts
    )
    return audited(domain_of(chain), submitted.header, leaves, published.credits)


def domain_of(chain: Chain) -> Domain:
    """What receipts of this deployment are bound to."""
    return Domain(chain.chain_id, chain.escrow.address)


def _earlier(
    chain: Chain, content: ContentStore, submitted: SubmittedBatch
) -> Iterator[tuple[int, AuditedBatch]]:
    """The operator's batches before this one that stand; one whose file is none has its own audit."""
    operator = submitted.header.operator
    for other in chain.batches.submitted(0, chain.head(), operator=operator):
        if other.batch_id >= submitted.batch_id or chain.batches.batch(other.batch_id).status not in STANDING:
            continue
        data = content.get(other.header.data_digest)
        try:
            batch = read_batch(chain, other, data)
        except InvalidInput:
            continue
        if batch.receipts_match:
            yield other.batch_id, batch


def _proof(
    chain: Chain, content: ContentStore, submitted: SubmittedBatch, batch: AuditedBatch, finding: Finding
) -> FraudProof:
    if finding.kind is not FindingKind.OVERLAP:
        return prove(batch, finding)
    for earlier_id, earlier in _earlier(chain, content, submitted):
        if finding in check_overlaps(batch, earlier):
            return prove_overlap(batch, finding, earlier_id, earlier)
    raise IntegrityMismatch("No standing batch of this operator has the receipt that was overlapped.")
