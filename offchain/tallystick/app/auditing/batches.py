"""Audits a batch from the chain and its public file alone, and convicts it of what was found. Trusts no operator."""

from collections.abc import Iterator
from dataclasses import dataclass

from tallystick.app.auditing.shading import Shading
from tallystick.app.challenges.raising import Agree, RaisedDemand, convict_silent_batch, demand_of_batch
from tallystick.app.evidence.facts import ChainView
from tallystick.app.settlement.drawing import fetch_file, leaves_of
from tallystick.domain.answers.levels import AnswerAudit
from tallystick.domain.challenge import Subject
from tallystick.domain.digests import Domain, case_id, header_hash, receipt_digest
from tallystick.domain.finding import Finding, FindingKind, Location
from tallystick.domain.ids import Address, Hash
from tallystick.errors import (
    Conflict,
    IntegrityMismatch,
    IntegrityViolation,
    InvalidInput,
    NotAuthorised,
    NotFound,
)
from tallystick.pipeline.auditing.audited import AuditedBatch, audited
from tallystick.pipeline.auditing.demandable import leaf_of_batch
from tallystick.pipeline.auditing.fraud_proofs import (
    BY_TERMS,
    FraudProof,
    prove,
    prove_by_terms,
    prove_overlap,
)
from tallystick.pipeline.auditing.receipt_checks import check_overlaps
from tallystick.pipeline.auditing.replay import LEVEL, replay
from tallystick.pipeline.auditing.shown_lines import hides_lines, with_shown_lines
from tallystick.ports import Chain, ContentStore, SubmittedBatch, Transaction

STANDING = ("open", "final")
WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Conviction:
    """A proven fraud; `reward` is due to the reporter, base units, at `due_at`: `collect` it then."""

    kind: str
    tx_hash: Hash
    gas_used: int
    reward: int
    due_at: int


@dataclass(frozen=True, slots=True)
class PaidReport:
    """What a conviction brought its reporter."""

    subject: Subject
    number: int
    reporter: Address
    amount: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was recomputed, all that is false in it, what it was convicted of, and what was demanded to see more.

    `answers` are deeper audits of a sample of its receipts; of `unopened` ones nobody gave an opening, so that L0 is all.
    `shading` is what all sampled audits of its operator together say.
    """

    batch_id: int
    level: str
    receipts: int
    credits: int
    findings: tuple[Finding, ...]
    conviction: Conviction | None = None
    demand: RaisedDemand | None = None
    answers: tuple[AnswerAudit, ...] = ()
    unopened: int | None = None
    shading: Shading | None = None


def audit_batch(
    chain: Chain,
    content: ContentStore,
    batch_id: int,
    *,
    convicting: bool = False,
    agree: Agree | None = None,
) -> AuditReport:
    """Replay a batch at level L0 and compare it with the operator's earlier standing ones.

    `convicting` sends the first proof that holds, or else convicts by a demand that was left unanswered. With `agree`,
    what only a demand can show is demanded once its bond was agreed to.
    """
    submitted, sent = find_submitted(chain, batch_id), None
    batch: AuditedBatch | None = None
    try:
        batch = read_batch(chain, content, submitted)
    except (InvalidInput, NotFound) as error:
        message = f"The batch's data is withheld or unreadable: {error.message} Demand a leaf of it."
        found = [Finding(FindingKind.DATA_WITHHELD, message)]
    else:
        found = findings_of(chain, content, submitted, batch)
    if convicting:
        sent = _convict_first(chain, content, batch_id, found) or _convict_silent(chain, batch_id)
    raised = _demand_first(chain, submitted, found, agree) if agree and sent is None else None
    receipts, credits_ = (len(batch.leaves), len(batch.credits)) if batch else (0, 0)
    return AuditReport(batch_id, LEVEL, receipts, credits_, tuple(found), sent, raised)


def findings_of(
    chain: Chain,
    content: ContentStore,
    submitted: SubmittedBatch,
    batch: AuditedBatch,
    *,
    is_alone: bool = False,
) -> list[Finding]:
    """All that is false in a batch. `is_alone`: its lanes are known to cover nothing of an earlier one."""
    found = list(replay(batch, ChainView(chain, content)))
    for _, other in () if is_alone else _earlier(chain, content, submitted):
        found += check_overlaps(batch, other)
    found += _unknown_origins(chain, content, submitted.batch_id, batch)
    return found


def _unknown_origins(
    chain: Chain, content: ContentStore, batch_id: int, batch: AuditedBatch
) -> Iterator[Finding]:
    """Receipts of a replacement that no file shows in the batch that it replaces."""
    replaces = chain.batches.batch(batch_id).stamp.replaces
    if not replaces:
        return
    try:
        origin = fetch_batch(chain, content, find_submitted(chain, replaces), whole=False)
        known = {receipt_digest(origin.domain, x.signed.receipt) for x in origin.leaves}
    except (InvalidInput, NotFound):
        known = set()
    for index, leaf in enumerate(batch.leaves):
        if receipt_digest(batch.domain, leaf.signed.receipt) not in known:
            message = f"No file shows receipt {index} in batch {replaces}, which this one replaces."
            yield Finding(FindingKind.UNKNOWN_ORIGIN, message, Location(receipt=index))


def _demand_first(
    chain: Chain, submitted: SubmittedBatch, found: list[Finding], agree: Agree
) -> RaisedDemand | None:
    """None where nothing needs a demand, every leaf was asked for, or the bond was not agreed to."""
    asked = chain.data_challenges.asked(submitted.batch_id)
    leaf = leaf_of_batch(submitted.header, found, asked)
    return demand_of_batch(chain, submitted.batch_id, *leaf, agree) if leaf else None


def _convict_silent(chain: Chain, batch_id: int) -> Conviction | None:
    done = convict_silent_batch(chain, batch_id)
    return conviction_of(chain, WITHHELD, chain.batches.address, batch_id, done) if done else None


def convict(chain: Chain, content: ContentStore, batch_id: int, finding: Finding) -> Conviction:
    """Prove a finding to its referee, first without sending anything; `InvalidInput` where no proof holds."""
    if chain.sender is None:
        raise NotAuthorised("No key to convict with.", "Name a key with --key.")
    reporter = chain.sender.address
    submitted = find_submitted(chain, batch_id)
    batch = read_batch(chain, content, submitted)
    proof = proof_of(chain, content, submitted, batch, finding)
    accused = chain.batches.batch(batch_id)
    if not chain.referees.holds(proof.kind, accused, *proof.evidence, reporter=reporter):
        raise InvalidInput(
            f"The proof of {proof.kind} in batch {batch_id} does not hold.",
            "The batch may be final or convicted already; audit it again.",
        )
    done = chain.referees.convict(proof.kind, accused, *proof.evidence)
    return conviction_of(chain, proof.kind, chain.batches.address, batch_id, done)


def conviction_of(chain: Chain, kind: str, registrar: Address, number: int, done: Transaction) -> Conviction:
    """What a conviction by the contract that keeps the accused brings its reporter."""
    report = chain.stake.report(case_id(registrar, number))
    return Conviction(kind, done.tx_hash, done.gas_used, report.amount, report.due_at)


def _convict_first(
    chain: Chain, content: ContentStore, batch_id: int, found: list[Finding]
) -> Conviction | None:
    """Of several faults one may keep another from being shown, so that each is tried."""
    if chain.sender is None:
        raise NotAuthorised("No key to convict with.", "Name a key with --key.")
    for finding in found:
        try:
            if finding.is_provable:
                return convict(chain, content, batch_id, finding)
        except InvalidInput:
            continue
    return None


def collect(chain: Chain, batch_id: int) -> int:
    """Pay the reporter of a convicted batch what is due; the amount, base units."""
    return collect_report(chain, Subject.BATCH, batch_id).amount


def collect_report(chain: Chain, subject: Subject, number: int) -> PaidReport:
    """Pay whoever is the reporter of a convicted batch or reward proposal what is due; anyone may."""
    registrar = chain.batches.address if subject is Subject.BATCH else chain.rewards.address
    case = case_id(registrar, number)
    report = chain.stake.report(case)
    if not report.amount:
        raise Conflict(
            f"The report on {subject} {number} was paid already.", "There is nothing left to collect."
        )
    return PaidReport(subject, number, report.reporter, report.amount, chain.stake.pay_report(case).tx_hash)


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


def fetch_batch(
    chain: Chain, content: ContentStore, submitted: SubmittedBatch, *, whole: bool = True
) -> AuditedBatch:
    """Both trees over a batch's file, or receipts alone; `NotFound` or `InvalidInput` where there is none."""
    published = fetch_file(content, submitted.header.data_digest)
    leaves = leaves_of(published)
    judged_at = chain.batches.batch(submitted.batch_id).stamp.judged_at
    header = submitted.header
    replacing = header.poster != header.operator
    poster_asset = chain.models.operator_asset_of(header.poster) if replacing else None
    said = domain_of(chain), header, leaves, published.credits if whole else ()
    return audited(*said, judged_at=judged_at, poster_asset=poster_asset)


def read_batch(
    chain: Chain, content: ContentStore, submitted: SubmittedBatch, *, whole: bool = True
) -> AuditedBatch:
    """The published batch, with the lines that were shown on demand where the file hides them."""
    batch = fetch_batch(chain, content, submitted, whole=whole)
    if not hides_lines(batch):
        return batch
    return with_shown_lines(batch, chain.data_challenges.shown_lines(submitted.batch_id))


def domain_of(chain: Chain) -> Domain:
    """What receipts of this deployment are bound to."""
    return Domain(chain.chain_id, chain.escrow.address)


def _earlier(
    chain: Chain, content: ContentStore, submitted: SubmittedBatch
) -> Iterator[tuple[int, AuditedBatch]]:
    return standing_batches(chain, content, submitted.header.operator, before=submitted.batch_id)


def standing_batches(
    chain: Chain, content: ContentStore, operator: Address, *, before: int | None = None
) -> Iterator[tuple[int, AuditedBatch]]:
    """An operator's batches that stand, with their ids; one whose file is none has its own audit."""
    for other in chain.batches.submitted(0, chain.head(), operator=operator):
        if (before is not None and other.batch_id >= before) or not _stands(chain, other.batch_id):
            continue
        try:
            batch = fetch_batch(chain, content, other)
        except (InvalidInput, NotFound):
            continue
        if batch.receipts_match:
            yield other.batch_id, batch


def _stands(chain: Chain, batch_id: int) -> bool:
    found = chain.batches.batch(batch_id)
    return found.status in STANDING and not found.is_orphan


def proof_of(
    chain: Chain, content: ContentStore, submitted: SubmittedBatch, batch: AuditedBatch, finding: Finding
) -> FraudProof:
    """`InvalidInput` where no transaction proves the finding."""
    if finding.kind in BY_TERMS:
        return prove_by_terms(batch, finding, ChainView(chain, content))
    if finding.kind is not FindingKind.OVERLAP:
        return prove(batch, finding)
    for earlier_id, earlier in _earlier(chain, content, submitted):
        if finding in check_overlaps(batch, earlier):
            return prove_overlap(batch, finding, chain.batches.batch(earlier_id).named, earlier)
    raise IntegrityMismatch("No standing batch of this operator has the receipt that was overlapped.")
