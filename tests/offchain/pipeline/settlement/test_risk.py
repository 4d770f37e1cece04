"""From agreement and alarms to a cap, and which receipts fit under one."""

from types import SimpleNamespace
from typing import Any

import pytest

from tallystick.pipeline.settlement.risk import Agreement, RiskRule, Tier, risk_of, within

RULE = RiskRule(agreement=800_000, cautious_cap=1_000, lowered_cap=100, answer_cap=300)


def agreement(low: int, high: int, form: str = "nf4") -> Agreement:
    return Agreement(form, "noisy", 24, low, (low + high) // 2, high)


@pytest.mark.parametrize(
    ("form", "told", "alarms", "tier", "caps"),
    [
        (None, None, (), Tier.FULL, (None, None)),
        ("int8", None, (), Tier.FULL, (None, None)),
        ("nf4", None, (), Tier.CAUTIOUS, (1_000, 300)),
        ("fp4", agreement(900_000, 950_000, "nf4"), (), Tier.CAUTIOUS, (1_000, 300)),
        ("nf4", agreement(800_000, 900_000), (), Tier.FULL, (None, None)),
        ("nf4", agreement(799_999, 900_000), (), Tier.CAUTIOUS, (1_000, 300)),
        ("nf4", agreement(700_000, 800_000), (), Tier.CAUTIOUS, (1_000, 300)),
        ("nf4", agreement(700_000, 799_999), (), Tier.LOWERED, (100, 100)),
        ("nf4", agreement(900_000, 950_000), (3,), Tier.LOWERED, (100, 100)),
        (None, None, (3, 7), Tier.LOWERED, (100, 100)),
    ],
)
def test_risk_when_told_all_gives_its_tier_and_caps(
    form: str | None, told: Agreement | None, alarms: tuple[int, ...], tier: Tier, caps: tuple[Any, Any]
) -> None:
    risk = risk_of(form, told, alarms, RULE)

    assert (risk.tier, (risk.batch_cap, risk.answer_cap)) == (tier, caps)
    assert bool(risk.lifted_by) == (tier is not Tier.FULL) and risk.why
    assert all(str(number) in risk.why for number in alarms)


def receipt(model: str, lane: int, previous: int, cumulative: int) -> Any:
    made = SimpleNamespace(
        terms_id=model, consumer="bob", lane=lane, previous=previous, cumulative=cumulative
    )
    return SimpleNamespace(receipt=made)


def test_receipts_when_one_does_not_fit_hold_back_their_lane_and_nothing_else() -> None:
    first, second, third = receipt("a", 0, 0, 60), receipt("a", 0, 60, 120), receipt("b", 0, 120, 130)
    small, other = receipt("a", 1, 0, 40), receipt("b", 2, 0, 9_999)

    chosen = within([first, second, third, small, other], lambda s: s.receipt.terms_id, {"a": 100}.get)

    assert tuple(chosen) == (first, small, other)


def test_receipts_when_no_model_is_bound_all_fit() -> None:
    given = [receipt("a", 0, 0, 60), receipt("b", 0, 60, 10**9)]

    assert [*within(given, lambda s: s.receipt.terms_id, lambda model: None)] == given
