"""Recomputes one batch or reward proposal at L0, and says what could be sent against it. Sends nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tallystick.app.auditing.batches import (
    STANDING,
    fetch_batch,
    findings_of,
    proof_of,
    read_batch,
)
from tallystick.app.auditing.rewards import demand_hidden_leaf, read_or_withheld
from tallystick.app.challenges.raising import Agree, RaisedDemand, demand_of_batch
from tallystick.app.watching.accusing import Charge
from tallystick.app.watching.demanding import Raise
from tallystick.app.watching.exposure import reward_of_batch, reward_of_proposal
from tallystick.app.watching.lanes import LaneBook
from tallystick.domain.finding import Finding, FindingKind
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import InvalidInput, NotFound, Unavailable
from tallystick.pipeline.auditing.audited import AuditedBatch
from tallystick.pipeline.auditing.audited_period import AuditedPeriod
from tallystick.pipeline.auditing.demandable import leaf_of_batch
from tallystick.pipeline.auditing.fraud_proofs import FraudProof, prove_equivocation
from tallystick.pipeline.auditing.receipt_checks import check_equivocation
from tallystick.pipeline.auditing.rewards import RewardFinding
from tallystick.pipeline.claims import publication
from tallystick.ports import Chain, ContentStore, SubmittedBatch, SubmittedProposal

WITHHELD = Finding(FindingKind.DATA_WITHHELD, "No file of it can be had.")
_LEAVES = (FindingKind.DATA_WITHHELD, FindingKind.ROOT_MISMATCH, FindingKind.LINES_MISMATCH)
_ASKABLE = (*_LEAVES, FindingKind.UNKNOWN_ORIGIN)
Known = Callable[[], Iterator[SignedReceipt]]


@dataclass(frozen=True, slots=True)
class Checked:
    """`failed`: its own file is out of reach, so that nothing but a demand shows more. `ask` demands a leaf."""

    findings: tuple[Finding, ...]
    reward: Callable[[], int]
    charges: Callable[[], Iterator[Charge]]
    ask: Raise
    failed: str | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(f.kind.value for f in self.findings))

    @property
    def is_provable(self) -> bool:
        return any(f.is_provable for f in self.findings)

    @property
    def is_askable(self) -> bool:
        return any(f.kind in _ASKABLE for f in self.findings)


class Checker:
    """Needs an RPC and content endpoints alone. `known` are receipts that consumers were given, where any are here."""

    def __init__(self, chain: Chain, content: ContentStore, lanes: LaneBook, known: Known) -> None:
        self._chain, self._content, self._lanes, self._known = chain, content, lanes, known

    def batch(self, submitted: SubmittedBatch) -> Checked:
        """Everything that is false in it, and in how it stands beside the operator's earlier batches."""
        chain, content, number = self._chain, self._content, submitted.batch_id
        reward = lambda: reward_of_batch(chain, chain.batches.batch(number))  # noqa: E731
        try:
            batch = read_batch(chain, content, submitted)
        except (InvalidInput, NotFound, Unavailable) as error:
            ask = partial(self._ask_batch, submitted, (WITHHELD,))
            return Checked((WITHHELD,), reward, lambda: iter(()), ask, error.message)
        found = tuple(self._findings(submitted, batch))
        charges = partial(self._charges, submitted, batch, found)
        return Checked(found, reward, charges, partial(self._ask_batch, submitted, found))

    def proposal(self, submitted: SubmittedProposal) -> Checked:
        """Both trees against the final batches and the period before."""
        chain, content = self._chain, self._content
        reward = partial(reward_of_proposal, chain, submitted.proposal_id)
        try:
            publication.read(content.get(submitted.proposal.data_digest))
        except (InvalidInput, NotFound, Unavailable) as error:
            ask = partial(self._ask_proposal, submitted, None)
            return Checked((WITHHELD,), reward, lambda: iter(()), ask, error.message)
        period, found = read_or_withheld(chain, content, submitted.proposal)
        if period is None:  # the file of a batch, or of the period before, is another's to show
            unsure = Finding(FindingKind.SOURCES_UNKNOWN, found[0].finding.message)
            return Checked((unsure,), reward, lambda: iter(()), partial(self._ask_proposal, submitted, None))
        charges = partial(self._charges_of_period, submitted, found)
        findings = tuple(one.finding for one in found)
        return Checked(findings, reward, charges, partial(self._ask_proposal, submitted, period))

    def _findings(self, submitted: SubmittedBatch, batch: AuditedBatch) -> Iterator[Finding]:
        operator, mark = submitted.header.operator, submitted.header_hash.hex()
        self._read_earlier(submitted)
        is_known = self._lanes.has(operator, mark)  # it was added because it covered nothing of another
        is_alone = is_known or not self._lanes.covers(operator, batch.leaves)
        yield from findings_of(self._chain, self._content, submitted, batch, is_alone=is_alone)
        for receipt in self._known():
            yield from check_equivocation(batch, receipt)
        if is_alone and not is_known and batch.receipts_match:
            self._lanes.add(operator, mark, batch.leaves)

    def _read_earlier(self, submitted: SubmittedBatch) -> None:
        """Every earlier batch of this operator that stands is in the book of lanes afterwards, where a file shows it."""
        chain, operator = self._chain, submitted.header.operator
        for other in chain.batches.submitted(0, submitted.block, operator=operator):
            mark = other.header_hash.hex()
            if other.batch_id >= submitted.batch_id or self._lanes.has(operator, mark):
                continue
            if chain.batches.batch(other.batch_id).status not in STANDING:
                continue
            try:
                earlier = fetch_batch(chain, self._content, other)
            except (InvalidInput, NotFound):
                continue
            if earlier.receipts_match:
                self._lanes.add(operator, mark, earlier.leaves)

    def _charges(
        self, submitted: SubmittedBatch, batch: AuditedBatch, found: tuple[Finding, ...]
    ) -> Iterator[Charge]:
        for finding in found:
            try:
                if finding.is_provable:
                    yield self._charge(submitted.batch_id, self._proof(submitted, batch, finding))
            except (InvalidInput, NotFound):
                continue  # it takes another tree than the file gives

    def _proof(self, submitted: SubmittedBatch, batch: AuditedBatch, finding: Finding) -> FraudProof:
        if finding.kind is not FindingKind.EQUIVOCATION:
            return proof_of(self._chain, self._content, submitted, batch, finding)
        told = next(r for r in self._known() if finding in check_equivocation(batch, r))
        return prove_equivocation(batch, finding, told)

    def _charge(self, number: int, proof: FraudProof) -> Charge:
        chain = self._chain
        assert chain.sender is not None
        reporter, accused = chain.sender.address, chain.batches.batch(number)
        return Charge(
            proof.kind,
            lambda: chain.referees.gas_of(proof.kind, accused, *proof.evidence, reporter=reporter),
            lambda intent: chain.referees.convict(proof.kind, accused, *proof.evidence, intent=intent),
        )

    def _charges_of_period(
        self, submitted: SubmittedProposal, found: tuple[RewardFinding, ...]
    ) -> Iterator[Charge]:
        for one in found:
            if one.evidence is not None:
                yield self._charge_of_period(submitted, one.finding.kind.value, one.evidence)

    def _charge_of_period(
        self, submitted: SubmittedProposal, kind: str, evidence: tuple[object, ...]
    ) -> Charge:
        chain, named = self._chain, (submitted.proposal_id, submitted.proposal)
        assert chain.sender is not None
        reporter = chain.sender.address
        return Charge(
            kind,
            lambda: chain.reward_referee.gas_of(kind, *named, *evidence, reporter=reporter),
            lambda intent: chain.reward_referee.convict(kind, *named, *evidence, intent=intent),
        )

    def _ask_batch(
        self, submitted: SubmittedBatch, found: tuple[Finding, ...], agree: Agree, intent: str
    ) -> RaisedDemand | None:
        chain, number = self._chain, submitted.batch_id
        leaf = leaf_of_batch(submitted.header, found, chain.data_challenges.asked(number))
        return demand_of_batch(chain, number, *leaf, agree, intent=intent) if leaf else None

    def _ask_proposal(
        self, submitted: SubmittedProposal, period: AuditedPeriod | None, agree: Agree, intent: str
    ) -> RaisedDemand | None:
        return demand_hidden_leaf(self._chain, submitted, period, agree, intent=intent)
