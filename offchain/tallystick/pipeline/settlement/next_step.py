"""The operator's next step towards paid contributors. Pure: one view gives one step, after any crash."""

from dataclasses import dataclass
from enum import Enum

from tallystick.domain.challenge import LeafDemand
from tallystick.pipeline.settlement.windows import maturity


class Action(Enum):
    """In order of urgency: what a silence would convict first, then what frees money or bonds before what binds them."""

    ANSWER = "answer"
    VOID = "void"
    FINALISE = "finalise"
    RELEASE = "release"
    ACTIVATE = "activate"
    PROPOSE = "propose"
    CLAIM = "claim"
    REDEEM = "redeem"
    SUBMIT = "submit"
    WAIT = "wait"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class SubmittedBatch:
    """`ends_at`: when its window is over."""

    batch_id: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class FinalBatch:
    """`is_covered`: its first tranche is in a reward root; `is_matured`: its second one too."""

    batch_id: int
    finalised_at: int
    is_covered: bool
    is_matured: bool


@dataclass(frozen=True, slots=True)
class View:
    """What is known of the chain at time `now`.

    `demands` are open demands for leaves of ours. `orphans` are batches after a convicted one that wait to be voided,
    `standing` open ones in order, `posted` what replaces others' batches and comes next in their orders, `voided` those
    whose bond is still locked; `maturity` is seconds from finality; `proposal_ends_at` is None without a pending reward
    proposal; `redeemable` and `claimable` are base units; `waiting` counts the receipts that could settle.
    """

    now: int
    maturity: int
    demands: tuple[LeafDemand, ...] = ()
    orphans: tuple[int, ...] = ()
    standing: tuple[SubmittedBatch, ...] = ()
    posted: tuple[SubmittedBatch, ...] = ()
    voided: tuple[SubmittedBatch, ...] = ()
    final: tuple[FinalBatch, ...] = ()
    proposal_ends_at: int | None = None
    claimable: int = 0
    redeemable: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """`batch_id` for void, finalise and release; the next two for propose, `until` for wait, `demands` for answer."""

    action: Action
    batch_id: int | None = None
    finalised: tuple[int, ...] = ()
    matured: tuple[int, ...] = ()
    until: int | None = None
    demands: tuple[LeafDemand, ...] = ()


def next_step(view: View) -> Step:
    """The one thing to do now; WAIT says until when, REST that nothing is pending."""
    if demands := tuple(sorted(_in_time(view), key=lambda d: d.until)):
        return Step(Action.ANSWER, demands=demands)
    if view.orphans:
        return Step(Action.VOID, view.orphans[0])
    # Of one's own batches only the first can become final.
    if due := _over(view, (*view.standing[:1], *view.posted)):
        return Step(Action.FINALISE, due[0].batch_id)
    if due := _over(view, view.voided):
        return Step(Action.RELEASE, due[0].batch_id)
    if (rewards := _reward_step(view)) is not None:
        return rewards
    if view.claimable:
        return Step(Action.CLAIM)
    if view.redeemable:
        return Step(Action.REDEEM)
    if view.waiting:
        return Step(Action.SUBMIT)
    until = _next_moment(view)
    return Step(Action.REST) if until is None else Step(Action.WAIT, until=until)


def _in_time(view: View) -> list[LeafDemand]:
    return [d for d in view.demands if view.now < d.until]


def _reward_step(view: View) -> Step | None:
    if view.proposal_ends_at is not None:
        return Step(Action.ACTIVATE) if view.now >= view.proposal_ends_at else None
    fresh = tuple(b.batch_id for b in view.final if not b.is_covered)
    matured = tuple(b.batch_id for b in view.final if not b.is_matured and _is_mature(view, b))
    return Step(Action.PROPOSE, finalised=fresh, matured=matured) if fresh or matured else None


def _next_moment(view: View) -> int | None:
    ends = [b.ends_at for b in (*view.standing[:1], *view.posted, *view.voided)]
    if view.proposal_ends_at is not None:
        ends.append(view.proposal_ends_at)
    ends += [maturity(b.finalised_at, view.maturity).end for b in view.final if not b.is_matured]
    return min((end for end in ends if end > view.now), default=None)


def _over(view: View, batches: tuple[SubmittedBatch, ...]) -> list[SubmittedBatch]:
    return [batch for batch in batches if view.now >= batch.ends_at]


def _is_mature(view: View, batch: FinalBatch) -> bool:
    return maturity(batch.finalised_at, view.maturity).is_over(view.now)
