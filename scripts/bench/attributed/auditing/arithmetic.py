"""Honest answers at L0, by the million: each must pass. And edits of one line's share, each of which must not."""

from dataclasses import replace
from typing import Any

from bench.attributed.auditing.market import Market
from tallystick.domain.answers.levels import Fault
from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.pipeline.auditing.answers.arithmetic import ATTRIBUTED, check_opening, check_receipt_alone

CHUNK = 10_000
# The smallest edit that must be caught: 2 % of a pot.
EDIT_PPM = 20_000


def faults_of(market: Market, answer: OpenedAnswer) -> list[Fault]:
    return [
        *check_receipt_alone(market.domain, answer.signed, market.facts),
        *check_opening(answer),
    ]


def honest_chunk(number: int, count: int = CHUNK) -> dict[str, Any]:
    """How many of a chunk's honest answers were rejected, and the first reason."""
    market, rejected, first = Market(f"honest {number}"), 0, ""
    for _ in range(count):
        found = faults_of(market, market.answer())
        rejected += bool(found)
        first = first or (str(found[0]) if found else "")
    return {"checked": count, "rejected": rejected, "first": first}


def edited_chunk(number: int, count: int) -> dict[str, Any]:
    """Answers of which one paid share was edited after signing, or signed over but not as shown."""
    market, tried, missed = Market(f"edited {number}"), 0, 0
    while tried < count:
        answer = market.answer()
        lines = answer.signed.lines
        paid = [i for i, x in enumerate(lines) if x.pot in ATTRIBUTED]
        if not paid:
            continue
        tried += 1
        missed += not faults_of(market, _edited(market, answer, market.draw.choice(paid)))
    return {"tried": tried, "missed": missed}


def _edited(market: Market, answer: OpenedAnswer, at: int) -> OpenedAnswer:
    """By at least 2 % of a pot, and no pot overdrawn: a line under the old signature, or the share that was shown."""
    line = answer.signed.lines[at]
    held = sum(x.ppm for x in answer.signed.lines if x.pot == line.pot)
    room = 1_000_000 - held
    more = market.draw.randint(EDIT_PPM, room) if room >= EDIT_PPM and market.draw.random() < 0.5 else 0
    ppm = line.ppm + (more or -min(line.ppm - 1, market.draw.randint(EDIT_PPM, 1_000_000)))
    if ppm == line.ppm:  # a share of 1 ppm cannot shrink
        ppm += 1
    if market.draw.random() < 0.5:
        lines = (*answer.signed.lines[:at], replace(line, ppm=ppm), *answer.signed.lines[at + 1 :])
        return replace(answer, signed=replace(answer.signed, lines=lines))
    shares = tuple(
        replace(s, ppm=ppm) if (s.asset_id, s.pot) == (line.asset_id, line.pot) else s
        for s in answer.shown.shares
    )
    return replace(answer, shown=replace(answer.shown, shares=shares))
