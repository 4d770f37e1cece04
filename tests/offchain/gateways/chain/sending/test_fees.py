"""Fees and refusals as pools have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.gateways.chain.sending.broadcast import Verdict, meaning_of
from tallystick.gateways.chain.sending.fees import Fees, replacing

GWEI = 10**9
AMOUNTS = st.integers(0, 10**13)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_replacement_when_made_beats_the_old_by_a_tenth_in_both_fees(
    old_most: int, old_tip: int, most: int, tip: int
) -> None:
    old = Fees(max(old_most, old_tip), old_tip)

    new = replacing(old, Fees(max(most, tip), tip), cap_wei=10**15)

    assert new is not None and new.max_fee >= new.tip
    assert new.max_fee * 100 >= old.max_fee * 110 and new.max_fee > old.max_fee
    assert new.tip * 100 >= old.tip * 110 and new.tip > old.tip


def test_replacement_when_above_the_cap_is_not_made() -> None:
    assert replacing(Fees(95 * GWEI, GWEI), Fees(2 * GWEI, GWEI), cap_wei=100 * GWEI) is None
    assert replacing(Fees(50 * GWEI, GWEI), Fees(60 * GWEI, 2 * GWEI), cap_wei=100 * GWEI) == Fees(
        60 * GWEI, 2 * GWEI
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("already known", Verdict.POOLED),
        ("transaction already imported", Verdict.POOLED),
        ("nonce too low: next nonce 8, tx nonce 7", Verdict.SPENT),
        ("replacement transaction underpriced", Verdict.OUTBID),
        ("transaction underpriced: tip needed 2, tip permitted 1", Verdict.TOO_CHEAP),
        ("max fee per gas less than block base fee", Verdict.TOO_CHEAP),
        ("nonce too high", Verdict.WAITING),
        ("insufficient funds for gas * price + value", None),
    ],
)
def test_refusal_when_read_means_the_same_for_every_client(text: str, meant: Verdict | None) -> None:
    assert meaning_of(text) is meant
