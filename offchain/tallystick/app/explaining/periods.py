"""Explains a stretch of answers to one asset: a batch, a reward period, or days; totals and each answer."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tallystick.app.auditing.answers import Case
from tallystick.app.auditing.batches import STANDING
from tallystick.app.auditing.membership import members_of
from tallystick.app.auditing.openings import Openings
from tallystick.app.evidence.payouts import check_periods
from tallystick.app.explaining.answers import Explainer, Explanation
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import AssetId
from tallystick.errors import InvalidInput, NotFound

_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
HINT = "Use 0xRECEIPT, batch:3, period:2, 2026-11-21 or 2026-11-01..2026-11-30."


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which answers: of one batch, of one reward period, or those served from one second to another, half open."""

    batch_id: int | None = None
    period: int | None = None
    served: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """Answers with one reason, and what they paid, base units."""

    reason: str
    answers: int
    amount: int


@dataclass(frozen=True, slots=True)
class PeriodExplained:
    asset_id: AssetId
    answers: int
    amount: int
    totals: tuple[Total, ...]
    explained: tuple[Explanation, ...]


def stretch_of(text: str) -> Stretch:
    """`InvalidInput` for what names neither batch nor period nor days."""
    name, _, number = text.partition(":")
    if name in ("batch", "period") and number.isdecimal() and len(number) < 16:
        return Stretch(int(number)) if name == "batch" else Stretch(period=int(number))
    match = _DAYS.fullmatch(text)
    try:
        first, last = (
            (datetime.fromisoformat(d).replace(tzinfo=UTC) for d in (match[1], match[2] or match[1]))
            if match
            else (None, None)
        )
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no day: {error}.", HINT) from error
    if first is None or last is None or last < first:
        raise InvalidInput(f"{text!r} names no answers.", HINT)
    return Stretch(served=(int(first.timestamp()), int((last + timedelta(days=1)).timestamp())))


def explain_stretch(
    explainer: Explainer, openings: Openings, asset: AssetId, stretch: Stretch
) -> PeriodExplained:
    """Every settled answer of the stretch. What only an opening tells stays unknown where there is none."""
    explained = tuple(explainer.explain(asset, case) for case in _cases(openings, stretch))
    reasons = [(r.reason.value, r.amount) for each in explained for r in each.reasons]
    counted = Counter(name for name, _ in reasons)
    totals = tuple(
        Total(name, count, sum(a for n, a in reasons if n == name)) for name, count in sorted(counted.items())
    )
    return PeriodExplained(asset, len(explained), sum(e.amount for e in explained), totals, explained)


def _cases(openings: Openings, stretch: Stretch) -> Iterator[Case]:
    chain, content = openings.chain, openings.content
    for batch_id in _batches(openings, stretch):
        for member in members_of(chain, content, batch_id):
            served = member.signed.receipt.served_at
            if stretch.served is None or stretch.served[0] <= served < stretch.served[1]:
                digest = receipt_digest(openings.domain, member.signed.receipt)
                yield Case(member.signed, openings.find(digest), member)


def _batches(openings: Openings, stretch: Stretch) -> list[int]:
    chain = openings.chain
    if stretch.batch_id is not None:
        return [stretch.batch_id]
    every = [s.batch_id for s in chain.batches.submitted(0, chain.head())]
    standing = [chain.batches.batch(b) for b in every]
    if stretch.period is None:
        return [b.batch_id for b in standing if b.status in STANDING and not b.is_orphan]
    periods = check_periods(chain, openings.content)
    if not 0 < stretch.period <= len(periods):
        raise NotFound(f"There is no active reward period {stretch.period}.", f"There are {len(periods)}.")
    period = periods[stretch.period - 1]
    return [b.batch_id for b in standing if b.status == "final" and period.covers(b.finality_index, 0)]
