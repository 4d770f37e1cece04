"""Audits a batch from the chain and its public file alone, and convicts it of what was found. Trusts no operator."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import Domain, case_id, header_hash, terms_id
from tallystick.domain.finding import Finding, FindingKind
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.trees import ReceiptLeaf, entry_tree
from tallystick.domain.usage import Terms
from tallystick.errors import (
    IntegrityMismatch,
    IntegrityViolation,
    InvalidInput,
    NotAuthorised,
    NotFound,
)
from tallystick.pipeline.auditing.audited import AuditedBatch, audited
from tallystick.pipeline.auditing.fraud_proofs import (
    BY_TERMS,
    FraudProof,
    prove,
    prove_by_terms,
    prove_overlap,
)
from tallystick.pipeline.auditing.receipt_checks import check_overlaps
from tallystick.pipeline.auditing.replay import LEVEL, replay
from tallystick.pipeline.batches import publication
from tallystick.pipeline.models.card import ModelCard, read_card
from tallystick.pipeline.receipts import encoding
from tallystick.ports import Chain, ContentStore, SubmittedBatch, Transaction

STANDING = ("open", "final")


@dataclass(frozen=True, slots=True)
class Conviction:
    """A proven fraud; `reward` is due to the reporter, base units, at `due_at`: `collect` it then."""

    kind: str
    tx_hash: Hash
    gas_used: int
    reward: int
    due_at: int


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was recomputed, all that is false in it, and what it was convicted of."""

    batch_id: int
    level: str
    receipts: int
    credits: int
    findings: tuple[Finding, ...]
    conviction: Conviction | None = None


class ChainView:
    """`pipeline.auditing.audited.ChainFacts` out of chain and files; each question is asked once."""

    def __init__(self, chain: Chain, content: ContentStore) -> None:
        self._chain, self._content = chain, content
        self._card = cache(self._read_card)
        self._asset_end = cache(self._read_asset_end)
        self._lineage_shares = cache(lambda model: dict(chain.models.lineage_shares(model)))
        self._terms = cache(self._read_terms)
        self._terms_end = cache(self._read_terms_end)
        self._redeemed = cache(chain.escrow.redeemed)
        self._was_signer = cache(chain.escrow.was_signer)

    def terms(self, terms_id: Hash) -> Terms | None:
        return self._terms(terms_id)

    def terms_end(self, terms_id: Hash) -> int | None:
        return self._terms_end(terms_id)

    def was_signer(self, consumer: Address, signer: Address) -> bool:
        return self._was_signer(consumer, signer)

    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int:
        return self._redeemed(consumer, operator, lane)

    def asset_end(self, asset_id: AssetId, *, is_data: bool) -> int | None:
        return self._asset_end(asset_id, is_data)

    def lineage_share(self, model_id: AssetId, asset_id: AssetId) -> int:
        return self._lineage_shares(model_id).get(asset_id, 0)

    def manifest(self, terms: Terms) -> tuple[ManifestEntry, ...] | None:
        card = self._card(terms.model_id)
        return _under(terms.manifest_root, card.manifest) if card else None

    def index(self, terms: Terms) -> tuple[ManifestEntry, ...] | None:
        card = self._card(terms.model_id)
        return _under(terms.index_root, card.index) if card else None

    def _read_card(self, model_id: AssetId) -> ModelCard | None:
        """None where nobody holds one, as for a base model."""
        try:
            return read_card(self._content.get(self._chain.models.model(model_id).content_digest))
        except (NotFound, IntegrityMismatch):
            return None

    def _read_terms(self, asked: Hash) -> Terms | None:
        try:
            found = self._chain.models.terms(asked)
        except NotFound:
            return None
        if terms_id(found) != asked:
            raise IntegrityViolation(f"The chain's terms 0x{asked.hex()} do not hash to their id.")
        return found

    def _read_asset_end(self, asset_id: AssetId, is_data: bool) -> int | None:
        registry = self._chain.datasets if is_data else self._chain.models
        retired_at = registry.retired_at(asset_id)
        return retired_at + self._chain.datasets.use_grace() if retired_at else None

    def _read_terms_end(self, asked: Hash) -> int | None:
        retired_at = self._chain.models.terms_retired_at(asked)
        return retired_at + self._chain.referees.terms_grace() if retired_at else None


def _under(root: Hash, entries: tuple[ManifestEntry, ...]) -> tuple[ManifestEntry, ...] | None:
    """The entries, where they are those of the root."""
    try:
        return entries if entry_tree(entries).root.hash == root else None
    except InvalidInput:
        return None


def audit_batch(
    chain: Chain, content: ContentStore, batch_id: int, *, convicting: bool = False
) -> AuditReport:
    """Replay a batch at level L0 and compare it with the operator's earlier standing ones.

    `convicting` sends the first proof that holds.
    """
    submitted = find_submitted(chain, batch_id)
    try:
        batch = fetch_batch(chain, content, submitted)
    except (InvalidInput, NotFound) as error:
        message = f"The batch's data is withheld or unreadable: {error.message} Challenge it."
        return AuditReport(batch_id, LEVEL, 0, 0, (Finding(FindingKind.DATA_WITHHELD, message),))
    found = list(replay(batch, ChainView(chain, content)))
    for _, earlier in _earlier(chain, content, submitted):
        found += check_overlaps(batch, earlier)
    sent = _convict_first(chain, content, batch_id, found) if convicting else None
    return AuditReport(batch_id, LEVEL, len(batch.leaves), len(batch.credits), tuple(found), sent)


def convict(chain: Chain, content: ContentStore, batch_id: int, finding: Finding) -> Conviction:
    """Prove a finding to its referee, first without sending anything; `InvalidInput` where no proof holds."""
    if chain.sender is None:
        raise NotAuthorised("No key to convict with.", "Name a key with --key.")
    reporter = chain.sender.address
    submitted = find_submitted(chain, batch_id)
    batch = fetch_batch(chain, content, submitted)
    proof = _proof(chain, content, submitted, batch, finding)
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
    case = case_id(chain.batches.address, batch_id)
    amount = chain.stake.report(case).amount
    chain.stake.pay_report(case)
    return amount


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


def fetch_batch(chain: Chain, content: ContentStore, submitted: SubmittedBatch) -> AuditedBatch:
    """Both trees over a batch's file; `NotFound` or `InvalidInput` where there is none."""
    published = publication.read(content.get(submitted.header.data_digest))
    leaves = tuple(
        ReceiptLeaf(encoding.signed_receipt_from_json(r.signed), r.value) for r in published.receipts
    )
    judged_at = chain.batches.batch(submitted.batch_id).stamp.judged_at
    header = submitted.header
    replacing = header.poster != header.operator
    return audited(
        domain_of(chain),
        header,
        leaves,
        published.credits,
        judged_at=judged_at,
        poster_asset=chain.models.operator_asset_of(header.poster) if replacing else None,
    )


def domain_of(chain: Chain) -> Domain:
    """What receipts of this deployment are bound to."""
    return Domain(chain.chain_id, chain.escrow.address)


def _earlier(
    chain: Chain, content: ContentStore, submitted: SubmittedBatch
) -> Iterator[tuple[int, AuditedBatch]]:
    """The operator's batches before this one that stand; one whose file is none has its own audit."""
    operator = submitted.header.operator
    for other in chain.batches.submitted(0, chain.head(), operator=operator):
        if other.batch_id >= submitted.batch_id or not _stands(chain, other.batch_id):
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


def _proof(
    chain: Chain, content: ContentStore, submitted: SubmittedBatch, batch: AuditedBatch, finding: Finding
) -> FraudProof:
    if finding.kind in BY_TERMS:
        return prove_by_terms(batch, finding, ChainView(chain, content))
    if finding.kind is not FindingKind.OVERLAP:
        return prove(batch, finding)
    for earlier_id, earlier in _earlier(chain, content, submitted):
        if finding in check_overlaps(batch, earlier):
            return prove_overlap(batch, finding, chain.batches.batch(earlier_id).named, earlier)
    raise IntegrityMismatch("No standing batch of this operator has the receipt that was overlapped.")
