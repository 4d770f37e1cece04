"""Deterrence on the burned part, over every bound of the parameters and every rate of fraud: I8, I9, I11, I13."""

from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from tallystick.pipeline.auditing.court import (
    MOST_SAMPLES,
    PAIR,
    PANEL,
    QUORUM,
    SIGNERS,
    Said,
    packed,
    panel_verdict,
    sample_size,
    unpacked,
)

FULL = 10_000
# The bounds that `contracts/access/Parameters.sol` keeps.
BURNED = st.integers(5_000, 9_500)
COVER = st.integers(125, 1_000)
TOTAL = st.integers(1, 2**53)
SAMPLES = st.integers(1, MOST_SAMPLES)
RATE = st.fractions(Fraction(1, 10**6), 1)
FEES = st.integers(1, 10**9)


def bond_of(total: int, cover: int, burned: int) -> int:
    """As `Bonds.bond` rounds."""
    return -(-total * cover * FULL // (100 * burned))


def burned_of(bond: int, burned: int) -> int:
    """As `SlashCases` rounds."""
    return -(-bond * burned // FULL)


@given(TOTAL, COVER, BURNED, SAMPLES, RATE)
def test_fraud_when_seeds_are_fair_loses_at_every_rate(total, cover, burned, samples, rate):
    """I8: even if all of a falsified receipt, and not only its shared pots, were the thief's."""
    unseen = (1 - rate) ** samples

    gain = unseen * rate * total
    loss = (1 - unseen) * burned_of(bond_of(total, cover, burned), burned)

    assert gain < loss


@given(TOTAL, COVER, BURNED)
def test_bond_when_slashed_burns_more_than_everything_in_the_batch(total, cover, burned):
    """I9 and I13: who reports himself, or robs the whole batch, loses a quarter more than it held."""
    bond = bond_of(total, cover, burned)
    reporter = bond * (FULL - burned) // FULL

    assert burned_of(bond, burned) * 100 >= total * 125
    assert bond - reporter >= burned_of(bond, burned) - 1


@given(st.integers(500, 1_000), SAMPLES, RATE)
def test_fraud_when_two_seeds_can_be_chosen_from_is_bounded(cover, samples, rate):
    """The fallback: what one thrown-away block could win is at most 1 part in 20 m^2 of the batch."""
    seen = (1 - (1 - rate) ** samples) ** 2

    profit = (1 - seen) * rate - seen * Fraction(cover, 100)

    assert profit <= Fraction(1, 4 * 5 * samples**2) * 2 or samples > 1 / rate
    assert profit < rate


@given(st.integers(0, 10**12), FEES, st.integers(1, 10**6), st.booleans())
def test_audit_when_paid_in_full_never_exceeds_its_purse(paid, fee, receipts, widened):
    """I11: the pool is solvent, since an audit's pay is at most its own line and what its opener added."""
    budget = max(paid, 5 * fee)
    affordable = (budget // fee - SIGNERS) // PAIR
    samples = sample_size(affordable, receipts, widened)

    assert samples >= 1
    assert fee * (QUORUM + PAIR * samples) <= budget


@given(st.integers(1, 10**6), st.integers(1, MOST_SAMPLES))
def test_seat_when_wrong_pays_any_panel_and_more_than_it_could_save(fee, samples):
    """I11: half of a wrong seat's fine pays seven others; one answer in forty found out makes looking worth its fee."""
    seat_bond = 4_000 * fee
    fine = seat_bond // 2

    assert fine // 2 >= PANEL * samples * fee
    assert fine * samples >= 40 * samples * fee * samples // MOST_SAMPLES


@given(st.lists(st.lists(st.sampled_from(Said), min_size=3, max_size=3), min_size=0, max_size=PANEL))
def test_panel_when_it_convicts_has_four_voices_for_one_sample(answers):
    guilty, decided = panel_verdict([packed(said) for said in answers], 3)

    for place in range(3):
        voices = sum(said[place] in (Said.DIFFERENT, Said.UNOPENED) for said in answers)
        assert bool(guilty >> place & 1) is (voices >= 4)
    assert decided or len(answers) < PANEL or guilty == 0


@given(st.lists(st.sampled_from(Said), min_size=1, max_size=MOST_SAMPLES))
def test_answer_when_packed_unpacks_to_itself(said):
    assert unpacked(packed(said), len(said)) == said
    assert packed(said) < 2**256


def test_bond_when_rounded_is_never_less_than_exact():
    assert bond_of(3, 125, 9_500) == ceil(Fraction(3 * 125 * FULL, 100 * 9_500))
