"""Demands on others: bonded once somebody agreed to the bond, and ended when their time is over."""

from collections.abc import Callable
from dataclasses import dataclass

from tallystick.domain.challenge import BatchLeaf, LeafDemand, RewardLeaf, Subject
from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, NotAuthorised
from tallystick.ports import Chain, Proposal, Transaction

# The base fee may rise before the demand is mined; what is sent beyond the bond is owed back.
BOND_MARGIN = 2


@dataclass(frozen=True, slots=True)
class PlannedDemand:
    """What somebody is asked to agree to. `bond_wei` is the most that is sent; it comes back unless answered."""

    subject: Subject
    number: int
    leaf: str
    bond_wei: int
    response_seconds: int


@dataclass(frozen=True, slots=True)
class RaisedDemand:
    """A demand on the chain; unanswered at `until_at`, it convicts."""

    subject: Subject
    number: int
    leaf: str
    until_at: int
    tx_hash: Hash


Agree = Callable[[PlannedDemand], bool]


def demand_of_batch(
    chain: Chain, batch_id: int, kind: BatchLeaf, index: int, agree: Agree, *, intent: str | None = None
) -> RaisedDemand | None:
    """Demand a leaf of an open batch; None where the bond was not agreed to."""
    batch, book = chain.batches.batch(batch_id), chain.data_challenges
    if batch.status != "open":
        raise Conflict(f"Batch {batch_id} is {batch.status}: nothing of it can be demanded.", "Too late.")
    response = chain.parameters.at_version(batch.header.parameter_version).response_window
    leaf = f"{kind.name.lower()} {index}"
    planned = PlannedDemand(Subject.BATCH, batch_id, leaf, BOND_MARGIN * book.bond_of(batch_id), response)
    if not agree(planned):
        return None
    return _raised(planned, book.demand(batch, kind, index, bond=planned.bond_wei, intent=intent))


def demand_of_proposal(
    chain: Chain,
    proposal_id: int,
    proposal: Proposal,
    leaf: tuple[RewardLeaf, int],
    agree: Agree,
    *,
    intent: str | None = None,
) -> RaisedDemand | None:
    """Demand a leaf of an open reward proposal; None where the bond was not agreed to."""
    found, book, (kind, index) = chain.rewards.proposal(proposal_id), chain.reward_challenges, leaf
    if found.status != "open":
        raise Conflict(
            f"Proposal {proposal_id} is {found.status}: nothing of it can be demanded.", "Too late."
        )
    response = chain.parameters.at_version(found.version).response_window
    bond, words = BOND_MARGIN * book.bond_of(proposal_id), f"{kind.name.lower()} {index}"
    planned = PlannedDemand(Subject.PROPOSAL, proposal_id, words, bond, response)
    if not agree(planned):
        return None
    return _raised(planned, book.demand(proposal_id, proposal, kind, index, bond=bond, intent=intent))


def _raised(planned: PlannedDemand, done: Transaction) -> RaisedDemand:
    until = done.event("Challenged").values["deadline"]
    return RaisedDemand(planned.subject, planned.number, planned.leaf, until, done.tx_hash)


def convict_silent_batch(chain: Chain, batch_id: int) -> Transaction | None:
    """Convict a batch that left a demand unanswered; None where no demand is over, or nothing can be convicted."""
    _check_key(chain)
    over = _over(chain, chain.data_challenges.demands(batch_id))
    batch = chain.batches.batch(batch_id)
    if not over or batch.status not in ("open", "voided"):
        return None
    return chain.data_challenges.convict_silent(batch, BatchLeaf(over[0].kind), over[0].index)


def convict_silent_proposal(chain: Chain, proposal_id: int, proposal: Proposal) -> Transaction | None:
    """The same of a reward proposal."""
    _check_key(chain)
    over = _over(chain, chain.reward_challenges.demands(proposal_id))
    if not over or chain.rewards.proposal(proposal_id).status != "open":
        return None
    kind, index = RewardLeaf(over[0].kind), over[0].index
    return chain.reward_challenges.convict_silent(proposal_id, proposal, kind, index)


def _over(chain: Chain, demands: tuple[LeafDemand, ...]) -> list[LeafDemand]:
    now = chain.now()
    return [one for one in demands if one.until <= now]


def _check_key(chain: Chain) -> Address:
    if chain.sender is None:
        raise NotAuthorised("No key to convict with.", "Name a key with --key.")
    return chain.sender.address
