"""Audits a reward proposal from the chain and public files alone, and convicts it of what was found."""

from dataclasses import dataclass

from tallystick.app.auditing.batches import WITHHELD, Conviction, conviction_of, fetch_batch, find_submitted
from tallystick.app.challenges.raising import (
    Agree,
    RaisedDemand,
    convict_silent_proposal,
    demand_of_proposal,
)
from tallystick.commitments.sum_tree import Root
from tallystick.domain.challenge import RewardLeaf
from tallystick.domain.finding import Finding, FindingKind
from tallystick.domain.reward import CumulativeLeaf
from tallystick.domain.trees import cumulative_tree
from tallystick.errors import IntegrityMismatch, InvalidInput, NotAuthorised, NotFound
from tallystick.pipeline.auditing.audited_period import (
    AuditedPeriod,
    FinalBatch,
    audited_period,
    open_earning,
)
from tallystick.pipeline.auditing.demandable import leaf_of_proposal
from tallystick.pipeline.auditing.replay import LEVEL
from tallystick.pipeline.auditing.rewards import RewardFinding, check_period
from tallystick.pipeline.claims import publication
from tallystick.ports import Chain, ContentStore, Proposal, SubmittedProposal, Transaction


@dataclass(frozen=True, slots=True)
class RewardAudit:
    """What was recomputed of a proposal, all that is false in it, what it was convicted of, and what was demanded."""

    proposal_id: int
    level: str
    epoch_leaves: int
    cumulative_leaves: int
    findings: tuple[Finding, ...]
    conviction: Conviction | None = None
    demand: RaisedDemand | None = None


def audit_rewards(
    chain: Chain,
    content: ContentStore,
    proposal_id: int,
    *,
    convicting: bool = False,
    agree: Agree | None = None,
) -> RewardAudit:
    """Recompute both trees from the final batches.

    `convicting` sends the first proof that holds, or else convicts by a demand that was left unanswered. With `agree`,
    a leaf of a tree that no file gives is demanded once its bond was agreed to.
    """
    submitted, sent = find_proposal(chain, proposal_id), None
    period, found = read_or_withheld(chain, content, submitted.proposal)
    if convicting:
        sent = convict_period(chain, submitted, found) or _convict_silent(chain, submitted)
    raised = demand_hidden_leaf(chain, submitted, period, agree) if agree and sent is None else None
    leaves = (len(period.epoch), len(period.cumulative)) if period else (0, 0)
    return RewardAudit(proposal_id, LEVEL, *leaves, tuple(f.finding for f in found), sent, raised)


def read_or_withheld(
    chain: Chain, content: ContentStore, proposal: Proposal
) -> tuple[AuditedPeriod | None, tuple[RewardFinding, ...]]:
    """The period with all that is false in it; None where a file that it takes cannot be read."""
    try:
        period = read_period(chain, content, proposal)
    except (InvalidInput, NotFound) as error:
        message = f"The proposal's data is withheld or unreadable: {error.message} Demand a leaf of it."
        return None, (RewardFinding(Finding(FindingKind.DATA_WITHHELD, message), None),)
    return period, tuple(check_period(period))


def demand_hidden_leaf(
    chain: Chain,
    submitted: SubmittedProposal,
    period: AuditedPeriod | None,
    agree: Agree,
    *,
    intent: str | None = None,
) -> RaisedDemand | None:
    """A leaf of the first tree that no file gives; None where there is none, or the bond was not agreed to."""
    p, proposal_id = submitted.proposal, submitted.proposal_id
    hidden = []
    if period is None or period.epoch_tree.root.hash != p.epoch_root:
        hidden.append((RewardLeaf.EPOCH, p.epoch_count))
    if period is None or period.cumulative_tree.root.hash != p.cumulative_root:
        hidden.append((RewardLeaf.CUMULATIVE, p.cumulative_count))
    leaf = leaf_of_proposal(hidden, chain.reward_challenges.asked(proposal_id))
    return demand_of_proposal(chain, proposal_id, p, leaf, agree, intent=intent) if leaf else None


def _convict_silent(chain: Chain, submitted: SubmittedProposal) -> Conviction | None:
    done = convict_silent_proposal(chain, submitted.proposal_id, submitted.proposal)
    if done is None:
        return None
    return conviction_of(chain, WITHHELD, chain.rewards.address, submitted.proposal_id, done)


def convict_period(
    chain: Chain, submitted: SubmittedProposal, found: tuple[RewardFinding, ...]
) -> Conviction | None:
    """Prove the first finding whose proof holds; None where there is none."""
    if chain.sender is None:
        raise NotAuthorised("No key to convict with.", "Name a key with --key.")
    referee, named = chain.reward_referee, (submitted.proposal_id, submitted.proposal)
    for one in found:
        if one.evidence is None:
            continue
        kind = one.finding.kind.value
        if referee.holds(kind, *named, *one.evidence, reporter=chain.sender.address):
            done = referee.convict(kind, *named, *one.evidence)
            return conviction_of(chain, kind, chain.rewards.address, submitted.proposal_id, done)
    return None


def forfeit(chain: Chain, content: ContentStore, batch_id: int) -> Transaction:
    """Burn and insure what a guilty operator would have been paid last for a batch; `NotFound` where nothing is null."""
    on_chain = chain.batches.batch(batch_id)
    withheld = chain.reward_referee.withheld_of(on_chain)
    if withheld is None:
        message = f"Nothing of batch {batch_id} is null: no audit found its poster guilty before it matured."
        raise NotFound(message, "Check the batch.")
    batch = fetch_batch(chain, content, find_submitted(chain, batch_id))
    final = FinalBatch(batch, on_chain.named, on_chain.finality_index, withheld)
    return chain.reward_referee.forfeit(open_earning(final, withheld))


def find_proposal(chain: Chain, proposal_id: int) -> SubmittedProposal:
    """A proposal as its event tells it."""
    for found in chain.rewards.proposed(0, chain.head()):
        if found.proposal_id == proposal_id:
            return found
    raise NotFound(f"There is no proposal {proposal_id}.", "Check the id and the chain.")


def read_period(chain: Chain, content: ContentStore, proposal: Proposal) -> AuditedPeriod:
    """Both trees over a proposal's file, and the batches that it pays; `NotFound` or `InvalidInput` without data."""
    published = publication.read(content.get(proposal.data_digest))
    final = {}
    first = min(proposal.finality_from, proposal.matured_from)
    for place in range(first, min(proposal.finality_to, chain.batches.finality_count())):
        batch_id = chain.batches.final_at(place).batch_id
        batch = fetch_batch(chain, content, find_submitted(chain, batch_id))
        if not batch.credits_match:
            raise IntegrityMismatch(f"The file of batch {batch_id} does not give its credits.")
        on_chain = chain.batches.batch(batch_id)
        is_matured = proposal.matured_from <= place < proposal.matured_to
        withheld = chain.reward_referee.withheld_of(on_chain) if is_matured else None
        final[batch_id] = FinalBatch(batch, on_chain.named, place, withheld)
    others = {leaf.batch_id for leaf in published.epoch} - final.keys()
    named = {i: chain.batches.batch(i).named for i in others if 0 < i <= chain.batches.batch_count()}
    return audited_period(
        roots_of(proposal),
        (
            range(proposal.finality_from, proposal.finality_to),
            range(proposal.matured_from, proposal.matured_to),
        ),
        (published.epoch, published.cumulative),
        _before(chain, content, proposal.base),
        final,
        named,
    )


def _before(chain: Chain, content: ContentStore, base: int) -> tuple[CumulativeLeaf, ...]:
    """The leaves of the period that a proposal follows."""
    if not base:
        return ()
    period = chain.rewards.period(base)
    leaves = publication.read(content.get(period.data_digest)).cumulative
    if cumulative_tree(leaves).root.hash != period.cumulative_root:
        raise IntegrityMismatch(f"The file of period {base} gives another root than the chain's.")
    return leaves


def roots_of(p: Proposal) -> tuple[Root, Root]:
    """Epoch root, cumulative root."""
    return (
        Root(p.epoch_root, p.epoch_sum, p.epoch_count),
        Root(p.cumulative_root, p.cumulative_sum, p.cumulative_count),
    )
