"""Takes every settlement step that is due for one operator; what to do next is `pipeline.settlement`'s to say."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from tallystick.app.challenges.answers import Answering
from tallystick.app.datasets.reading import OwnDatasets
from tallystick.app.settlement.drawing import fetch_file
from tallystick.app.settlement.settle import Settlement
from tallystick.crashpoints import crashpoint
from tallystick.domain.challenge import LeafDemand, Subject
from tallystick.domain.ids import Hash
from tallystick.domain.trees import earnings_of
from tallystick.errors import IntegrityViolation, NodeError
from tallystick.logbook import about
from tallystick.pipeline.settlement.next_step import (
    Action,
    FinalBatch,
    Step,
    SubmittedBatch,
    View,
    next_step,
)
from tallystick.ports import OnChainBatch, SubmittedProposal

_LOG = logging.getLogger(__name__)
MOST_STEPS = 100
CLEARED = "a payment whose answer never came"


@dataclass(frozen=True, slots=True)
class SettledStep:
    """One step taken. The last one of a run is `wait`, with the time of the next, or `rest`.

    `unanswered` is a demand that failed, with the reason in `note`: what holds the leaf is convicted at `due_at`.
    """

    action: str
    batch_id: int | None
    tx_hash: Hash | None
    due_at: int | None = None
    note: str = ""


def settle_due(
    settlement: Settlement,
    datasets: OwnDatasets | None = None,
    seen: Callable[[View], None] = lambda view: None,
) -> tuple[SettledStep, ...]:
    """Step after step until there is nothing to do but wait. `datasets`: this node's, whose records it opens too.

    `seen` is told what every look at the chain found.
    """
    cleared = settlement.till.clear()
    taken = [SettledStep("give back", None, done.tx_hash, note=CLEARED) for done in cleared]
    tried: set[LeafDemand] = set()
    for _ in range(MOST_STEPS):
        answering = Answering(settlement, datasets)
        demands = tuple(d for d in answering.demands() if d not in tried)
        view = replace(_view(settlement), demands=demands)
        seen(view)
        step = next_step(view)
        if step.action is Action.PROPOSE and not _is_paying(settlement, step):
            step = next_step(_without(view, step))
        if step.action is Action.ANSWER:
            tried.update(step.demands)
            taken += [_answer(answering, d) for d in step.demands]
            continue
        crashpoint("settlement.before-step")
        with about(batch=step.batch_id):
            taken.append(_take(settlement, step))
            _tell(taken[-1])
        crashpoint("settlement.step-taken")
        if step.action in (Action.WAIT, Action.REST):
            return tuple(taken)
    raise IntegrityViolation(f"{MOST_STEPS} settlement steps did not settle.", "Look at the last ones.")


def answer_demands(settlement: Settlement, datasets: OwnDatasets | None = None) -> tuple[SettledStep, ...]:
    """Only that step: every demand against this node that can still be answered."""
    answering, now = Answering(settlement, datasets), settlement.chain.now()
    return tuple(_answer(answering, d) for d in answering.demands() if now < d.until)


def _answer(answering: Answering, demand: LeafDemand) -> SettledStep:
    """What cannot be answered must not keep back the answers to others."""
    batch_id = demand.number if demand.subject is Subject.BATCH else None
    named = {Subject.PROPOSAL: f"proposal {demand.number}, ", Subject.DATASET: f"{_id_of(demand)}, "}
    what = named.get(demand.subject, "") + demand.leaf
    try:
        done = answering.answer(demand)
    except NodeError as error:
        _LOG.error("demand_unanswered what=%s until=%d reason=%s", what, demand.until, error)
        return SettledStep("unanswered", batch_id, None, demand.until, f"{what}: {error.message}")
    return SettledStep(Action.ANSWER.value, batch_id, done.tx_hash, note=what)


def _tell(step: SettledStep) -> None:
    if step.action not in (Action.WAIT.value, Action.REST.value):
        _LOG.info("settled action=%s tx=%s", step.action, step.tx_hash.hex() if step.tx_hash else "")


def _id_of(demand: LeafDemand) -> str:
    return "data set 0x" + demand.asset_id.hex() if demand.asset_id else ""


def _take(settlement: Settlement, step: Step) -> SettledStep:
    chain, batch_id, tx = settlement.chain, step.batch_id, None
    if step.action is Action.FINALISE and batch_id is not None:
        tx = settlement.finalise(batch_id, chain.batches.batch(batch_id).header).tx_hash
    elif step.action is Action.VOID and batch_id is not None:
        tx = chain.batches.void_batch(batch_id).tx_hash
    elif step.action is Action.RELEASE and batch_id is not None:
        tx = chain.batches.release_voided(batch_id).tx_hash
    elif step.action is Action.PROPOSE:
        matured_to = chain.rewards.active_period().matured_to + len(step.matured)
        tx = settlement.propose(matured_to=matured_to).tx_hash
    elif step.action is Action.ACTIVATE:
        pending = _pending(settlement)
        if pending is not None:
            tx = chain.rewards.activate(pending.proposal_id, pending.proposal).tx_hash
    elif step.action is Action.REDEEM:
        _, done = settlement.redeem()
        tx = done.tx_hash if done else None
    elif step.action is Action.SUBMIT:
        closed = settlement.close_batch()
        batch_id, tx = closed.batch_id, closed.tx_hash
    return SettledStep(step.action.value, batch_id, tx, step.until)


def _view(settlement: Settlement) -> View:
    chain = settlement.chain
    mine = chain.batches.submitted(0, chain.head(), operator=settlement.operator.address)
    states = [chain.batches.batch(b.batch_id) for b in mine]
    posted = chain.batches.replacements_by(settlement.operator.address)
    opened = [s for s in states if s.status == "open"]
    others = [s for s in posted if s.status == "open" and not s.is_orphan and chain.batches.is_next(s)]
    for state in states:
        if state.status in ("voided", "released"):
            settlement.note(state.header, "voided")  # its receipts may settle again
    pending, owed = _pending(settlement), settlement.owed()
    return View(
        now=chain.now(),
        maturity=chain.rewards.maturity(),
        orphans=tuple(s.batch_id for s in (*states, *posted) if s.is_orphan),
        standing=tuple(_with_end(settlement, s) for s in opened if not s.is_orphan),
        posted=tuple(_with_end(settlement, s) for s in others),
        voided=tuple(_with_end(settlement, s) for s in (*states, *posted) if s.status == "voided"),
        final=_final(settlement),
        proposal_ends_at=None if pending is None else _ends_at(settlement, pending),
        redeemable=settlement.redeemable(owed),
        waiting=len(settlement.drafts()) + settlement.waiting(owed),
    )


def _with_end(settlement: Settlement, batch: OnChainBatch) -> SubmittedBatch:
    return SubmittedBatch(batch.batch_id, settlement.chain.batches.ends_at(batch))


def _final(settlement: Settlement) -> tuple[FinalBatch, ...]:
    chain = settlement.chain
    active = chain.rewards.active_period()
    found = [chain.batches.final_at(i) for i in range(active.matured_to, chain.batches.finality_count())]
    return tuple(
        FinalBatch(f.batch_id, f.finalised_at, f.finality_index < active.finality_to, is_matured=False)
        for f in found
    )


def _is_paying(settlement: Settlement, step: Step) -> bool:
    """Whether anybody would be credited; a period of nothing is left for the next one that pays."""
    return any(_earned(settlement, batch_id, is_second=False) for batch_id in step.finalised) or any(
        _earned(settlement, batch_id, is_second=True) for batch_id in step.matured
    )


def _earned(settlement: Settlement, batch_id: int, *, is_second: bool) -> bool:
    batch = settlement.chain.batches.batch(batch_id)
    header = batch.header
    if header.total == header.burned + header.audit + header.insurance:
        return False
    withheld = settlement.chain.reward_referee.withheld_of(batch) if is_second else None
    if withheld is None:
        return True
    published = fetch_file(settlement.content, header.data_digest)
    return any(asset != withheld and earned for asset, earned in earnings_of(published.credits).items())


def _without(view: View, step: Step) -> View:
    """As if all that the step would propose had been."""
    done = {*step.finalised, *step.matured}
    final = (replace(b, is_covered=True, is_matured=b.batch_id in step.matured) for b in view.final)
    return replace(
        view, final=tuple(f if b.batch_id in done else b for f, b in zip(final, view.final, strict=True))
    )


def _pending(settlement: Settlement) -> SubmittedProposal | None:
    """The first open proposal on the active period, whoever made it."""
    rewards = settlement.chain.rewards
    base = rewards.active_period().number
    for found in rewards.proposed(0, settlement.chain.head()):
        if found.proposal.base == base and rewards.proposal(found.proposal_id).status == "open":
            return found
    return None


def _ends_at(settlement: Settlement, pending: SubmittedProposal) -> int:
    return settlement.chain.rewards.ends_at(pending.proposal_id)
