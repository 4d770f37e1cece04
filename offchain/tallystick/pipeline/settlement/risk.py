"""How far a model may settle: from its 4-bit agreement with its reference, and from alarms, to a cap. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tallystick.domain.usage import Receipt, SignedReceipt
from tallystick.errors import CapReached

Limit = Callable[[Iterable[SignedReceipt]], Iterator[SignedReceipt]]
FOUR_BIT: Final = ("nf4", "fp4")
PPM: Final = 1_000_000


class Tier(Enum):
    """From free to bound."""

    FULL = "full"
    CAUTIOUS = "cautious"
    LOWERED = "lowered"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of a form with fp32, in the worst context: answers' tokens for which both name the same likeliest one, ppm.

    `low` and `high` each bound the mean over examples at 95 %, one-sided.
    """

    form: str
    context: str
    examples: int
    low: int
    mean: int
    high: int

    def __str__(self) -> str:
        figures = f"{self.mean / PPM:.3f} [{self.low / PPM:.3f}, {self.high / PPM:.3f}]"
        return f"{figures} on {self.examples} examples, {self.context}"


@dataclass(frozen=True, slots=True)
class RiskRule:
    """`agreement` is the bound, ppm; caps in base units of OPEN: of two tiers, and of one answer in either."""

    agreement: int
    cautious_cap: int
    lowered_cap: int
    answer_cap: int


@dataclass(frozen=True, slots=True)
class Risk:
    """A cap is None where there is none. `batch_cap` is of all that a model has in batches that are not final."""

    tier: Tier
    why: str
    lifted_by: str
    batch_cap: int | None = None
    answer_cap: int | None = None


UNKNOWN: Final = "no model of this node has these terms"


def risk_of(form: str | None, agreement: Agreement | None, alarms: Sequence[int], rule: RiskRule) -> Risk:
    """`form` is what the model is served in, None for full precision; `alarms` are the open ones of this release.

    An interval below the bound lowers, one above it frees; one that holds it says too little, as no report does.
    """
    if alarms:
        named = ", ".join(str(number) for number in alarms)
        return _lowered(rule, f"alarm {named} is open", "`tallystick monitor acknowledge`, or a retraining")
    if form not in FOUR_BIT:
        return Risk(Tier.FULL, f"served in {form or 'full precision'}, and no alarm is open", "")
    bound = f"the bound of {rule.agreement / PPM:.3f}"
    if agreement is None or agreement.form != form:
        return _cautious(
            rule,
            f"served in {form}, and no report says how far that agrees",
            "`tallystick model quantisation`",
        )
    if agreement.high < rule.agreement:
        return _lowered(
            rule,
            f"{form} agrees with fp32 below {bound}: {agreement}",
            "another adapter, or one trained in full precision",
        )
    if agreement.low < rule.agreement:
        return _cautious(
            rule,
            f"the interval of {form} against fp32 holds {bound}: {agreement}",
            "`tallystick model quantisation` with more --examples",
        )
    return Risk(Tier.FULL, f"{form} agrees with fp32 above {bound}: {agreement}", "")


def unknown_risk(rule: RiskRule) -> Risk:
    """Of receipts whose model this node does not know: a name that is trained anew does not free the old one."""
    return _cautious(rule, UNKNOWN, "a new adapter settles by itself; these receipts settle by and by")


def _cautious(rule: RiskRule, why: str, lifted_by: str) -> Risk:
    return _capped(Tier.CAUTIOUS, rule.cautious_cap, rule, why, lifted_by)


def _lowered(rule: RiskRule, why: str, lifted_by: str) -> Risk:
    return _capped(Tier.LOWERED, rule.lowered_cap, rule, why, lifted_by)


def _capped(tier: Tier, cap: int, rule: RiskRule, why: str, lifted_by: str) -> Risk:
    return Risk(tier, why, lifted_by, cap, min(cap, rule.answer_cap))


def fee_of(receipt: Receipt) -> int:
    """What an answer cost, base units."""
    return receipt.cumulative - receipt.previous


def within(
    receipts: Iterable[SignedReceipt],
    model_of: Callable[[SignedReceipt], str],
    room_of: Callable[[str], int | None],
) -> Iterator[SignedReceipt]:
    """What fits, in the order given, one by one; `room_of` is asked once a model, and None bounds nothing.

    A lane stops at its first receipt that does not fit, as its later ones stand on that one.
    """
    left, stopped = dict[str, int | None](), set[tuple[str, int]]()
    for signed in receipts:
        lane, model = (signed.receipt.consumer, signed.receipt.lane), model_of(signed)
        if model not in left:
            left[model] = room_of(model)
        room = left[model]
        if lane in stopped:
            continue
        if room is not None:
            if fee_of(signed.receipt) > room:
                stopped.add(lane)
                continue
            left[model] = room - fee_of(signed.receipt)
        yield signed


def nothing_fits(count: int) -> CapReached:
    """Of so many receipts."""
    return CapReached(
        f"All {count} receipts are of models that may settle no more for now; they stay in the books.",
        "Wait for open batches to be final; `tallystick model tier NAME` says what lifts the cap.",
    )
