"""Demands as a person handles them: listed, made by hand, and ended when nothing more can come of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from tallystick.app.auditing.rewards import find_proposal
from tallystick.app.challenges.raising import Agree, RaisedDemand, demand_of_batch, demand_of_proposal
from tallystick.domain.challenge import BatchLeaf, LeafDemand, RewardLeaf, Subject
from tallystick.domain.ids import Address, Hash
from tallystick.errors import InvalidInput, NotAuthorised
from tallystick.ports import Chain, Transaction

_Kind = TypeVar("_Kind", BatchLeaf, RewardLeaf)


@dataclass(frozen=True, slots=True)
class OpenDemand:
    """A demand that nobody answered or closed yet. `is_over`: its time is, and nobody can answer any more."""

    subject: Subject
    number: int
    leaf: str
    until_at: int
    is_over: bool
    bond_wei: int
    demander: Address


@dataclass(frozen=True, slots=True)
class EndedDemand:
    """`convict` ended what was silent, `reclaim` a demand of what is gone; `withdraw` paid out all that was owed."""

    action: str
    subject: Subject
    number: int | None
    leaf: str
    amount_wei: int
    tx_hash: Hash


def open_demands(
    chain: Chain, subject: Subject | None = None, number: int | None = None
) -> tuple[OpenDemand, ...]:
    """Of batches and reward proposals, of one subject or one number where given; the first to end first."""
    now = chain.now()
    batches = chain.data_challenges.demands(number) if subject in (None, Subject.BATCH) else ()
    proposals = chain.reward_challenges.demands(number) if subject in (None, Subject.PROPOSAL) else ()
    return tuple(
        OpenDemand(d.subject, d.number, d.leaf, d.until, d.until <= now, d.bond_wei, d.demander)
        for d in sorted((*batches, *proposals), key=lambda d: d.until)
    )


def demand_leaf(
    chain: Chain, subject: Subject, number: int, kind: str, index: int, agree: Agree
) -> RaisedDemand | None:
    """Demand one leaf of a batch or reward proposal; None where the bond was not agreed to."""
    if subject is Subject.BATCH:
        return demand_of_batch(chain, number, _kind(BatchLeaf, subject, kind), index, agree)
    leaf = _kind(RewardLeaf, subject, kind), index
    return demand_of_proposal(chain, number, find_proposal(chain, number).proposal, leaf, agree)


def _kind(kinds: type[_Kind], subject: Subject, word: str) -> _Kind:
    try:
        return kinds[word.upper()]
    except KeyError:
        known = ", ".join(kind.name.lower() for kind in kinds)
        raise InvalidInput(f"A {subject} has no {word} leaves.", f"It has these: {known}.") from None


def end_demands(chain: Chain) -> tuple[EndedDemand, ...]:
    """End what this key demanded: convict the silent, take back other bonds, withdraw what is owed."""
    if chain.sender is None:
        raise NotAuthorised("No key whose demands to end.", "Name a key with --key.")
    ours = chain.sender.address
    demands = (*chain.data_challenges.demands(), *chain.reward_challenges.demands())
    ended = [end for d in demands if d.demander == ours for end in _end(chain, d)]
    return (*ended, *_withdraw(chain, ours))


def _end(chain: Chain, demand: LeafDemand) -> Iterator[EndedDemand]:
    """A conviction ends all of a batch or proposal; the bonds of its other demands are taken back after it."""
    action, end = (
        _end_of_batch(chain, demand) if demand.subject is Subject.BATCH else _end_of_proposal(chain, demand)
    )
    if end is not None:
        yield EndedDemand(action, demand.subject, demand.number, demand.leaf, demand.bond_wei, end.tx_hash)


def _end_of_batch(chain: Chain, demand: LeafDemand) -> tuple[str, Transaction | None]:
    batch, book = chain.batches.batch(demand.number), chain.data_challenges
    place = BatchLeaf(demand.kind), demand.index
    if batch.status not in ("open", "voided"):
        return "reclaim", book.reclaim(batch, *place)
    return "convict", book.convict_silent(batch, *place) if demand.until <= chain.now() else None


def _end_of_proposal(chain: Chain, demand: LeafDemand) -> tuple[str, Transaction | None]:
    number, book, place = demand.number, chain.reward_challenges, (RewardLeaf(demand.kind), demand.index)
    if chain.rewards.proposal(number).status != "open":
        return "reclaim", book.reclaim(number, *place)
    if demand.until > chain.now():
        return "convict", None
    return "convict", book.convict_silent(number, find_proposal(chain, number).proposal, *place)


def _withdraw(chain: Chain, account: Address) -> Iterator[EndedDemand]:
    for subject, book in (
        (Subject.BATCH, chain.data_challenges),
        (Subject.PROPOSAL, chain.reward_challenges),
    ):
        owed = book.owed_to(account)
        if owed:
            yield EndedDemand("withdraw", subject, None, "", owed, book.withdraw().tx_hash)
