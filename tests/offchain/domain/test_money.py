"""The kernel against an unbounded-integer reference written from the specification, and its promises."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.factories import make_terms
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, SHARED_POTS, AssetId, Pot
from tallystick.domain.money import FEE_LIMIT, dust_of, fee_of, fees, split, split_shares
from tallystick.domain.usage import Share
from tallystick.errors import InvalidInput

MOST = 2**31 - 1
DEFAULT = (400, 300, 300, 4500, 2000, 1200, 1000, 300)
Shares = list[tuple[int, int]]


def ints(values: Sequence[object]) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    return np.array(values, dtype=np.int64)


def reference(fee: int, pots: Sequence[int], shares: Shares) -> tuple[list[int], int, int, int, int]:
    """Section 4 of the specification, in Python's integers."""
    pot = [fee * bps // 10**4 for bps in pots]
    lines = [pot[p] * ppm // 10**6 for p, ppm in shares]
    null = [pot[p] * (10**6 - sum(m for q, m in shares if q == p)) // 10**6 for p in range(3, 8)]
    insurance = pot[2] + sum(n // 2 for n in null)
    burn = fee - sum(lines) - pot[1] - insurance
    return lines, pot[1], insurance, burn, burn - pot[0] - sum(n - n // 2 for n in null)


@st.composite
def pots_of(draw: st.DrawFn) -> tuple[int, ...]:
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), min_size=7, max_size=7)))
    return tuple(b - a for a, b in zip([0, *cuts], [*cuts, 10_000], strict=True))


@st.composite
def shares_of(draw: st.DrawFn) -> Shares:
    found: Shares = []
    for pot in SHARED_POTS:
        left = 10**6
        for ppm in draw(st.lists(st.integers(1, 10**6) | st.integers(1, 9), max_size=3)):
            if ppm <= left:
                found.append((int(pot), ppm))
                left -= ppm
    return found


FEES = st.integers(0, 5000) | st.integers(0, FEE_LIMIT - 1) | st.just(FEE_LIMIT - 1)
RECEIPTS = st.lists(st.tuples(FEES, st.just(DEFAULT) | pots_of(), shares_of()), min_size=1, max_size=5)


@pytest.mark.slow
@given(RECEIPTS)
@settings(deadline=None, max_examples=120)
def test_split_when_given_many_receipts_equals_the_reference(
    receipts: list[tuple[int, tuple[int, ...], Shares]],
) -> None:
    shares = [share for _, _, held in receipts for share in held]
    starts = np.cumsum([0, *(len(held) for _, _, held in receipts)], dtype=np.int64)

    done = split(
        ints([fee for fee, _, _ in receipts]),
        ints([pots for _, pots, _ in receipts]),
        starts,
        ints([pot for pot, _ in shares]),
        ints([ppm for _, ppm in shares]),
    )

    for i, receipt in enumerate(receipts):
        lines = done.lines[starts[i] : starts[i + 1]].tolist()
        found = (lines, done.audit[i], done.insurance[i], done.burn[i], done.dust[i])
        assert found == reference(*receipt)


@pytest.mark.slow
@given(FEES, pots_of(), shares_of())
@settings(deadline=None)
def test_split_when_done_conserves_the_fee_and_overpays_no_pot(
    fee: int, pots: tuple[int, ...], shares: Shares
) -> None:
    lines = split_shares(make_terms(pots=pots), fee, named(shares))

    assert sum(line.amount for line in lines) == fee
    assert min(line.amount for line in lines) >= 0
    assert dust_of(make_terms(pots=pots), fee, lines) >= 0
    for pot in SHARED_POTS:
        assert sum(x.amount for x in lines if x.pot is pot) <= fee * pots[pot] // 10**4


@pytest.mark.slow
@given(FEES, pots_of(), shares_of().filter(bool), st.data())
@settings(deadline=None)
def test_split_when_a_share_grows_its_line_never_falls(
    fee: int, pots: tuple[int, ...], shares: Shares, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(shares) - 1))
    pot, ppm = shares[at]
    room = 10**6 - sum(m for q, m in shares if q == pot)
    more = [*shares[:at], (pot, ppm + data.draw(st.integers(0, room))), *shares[at + 1 :]]
    terms = make_terms(pots=pots)

    before, after = split_shares(terms, fee, named(shares)), split_shares(terms, fee, named(more))

    assert after[at].amount >= before[at].amount
    assert [x.amount for x in after[:-3] if x is not after[at]] == [
        x.amount for x in before[:-3] if x is not before[at]
    ]


@pytest.mark.slow
@given(FEES, pots_of(), shares_of(), st.integers(0, 2**16 - 1))
@settings(deadline=None)
def test_wash_when_a_coalition_owns_any_roles_loses_burn_and_dust(
    fee: int, pots: tuple[int, ...], shares: Shares, members: int
) -> None:
    # The coalition pays the fee, owns the chosen lines, and wins back all that audit and insurance hold.
    terms = make_terms(pots=pots)
    lines = split_shares(terms, fee, named(shares))
    pools = sum(x.amount for x in lines if x.asset_id in (AUDIT_POOL, INSURANCE))
    owned = sum(x.amount for i, x in enumerate(lines[:-3]) if members >> i & 1)

    net = owned + pools - fee

    burned = lines[-1].amount
    assert burned >= fee * pots[0] // 10**4 + dust_of(terms, fee, lines)
    assert net <= -burned


def named(shares: Shares) -> list[Share]:
    return [Share(AssetId((100 + i).to_bytes(32, "big")), Pot(p), m) for i, (p, m) in enumerate(shares)]


@given(st.integers(0, MOST), st.integers(0, MOST), st.integers(0, MOST), st.integers(0, MOST))
def test_fees_when_inputs_are_extreme_equal_unbounded_integers(a: int, b: int, x: int, y: int) -> None:
    assert fee_of(make_terms(price_in=a, price_out=b), x, y) == a * x // 1000 + b * y // 1000 < FEE_LIMIT


def test_fees_when_both_are_largest_stay_below_the_limit() -> None:
    assert fees(ints([[MOST, MOST]]), ints([[MOST, MOST]]))[0] == 2 * (MOST * MOST // 1000) < FEE_LIMIT


@pytest.mark.parametrize(("price", "tokens"), [(2**31, 1), (1, 2**31), (-1, 1), (1, -1), (2**70, 1)])
def test_fees_when_out_of_range_are_refused(price: int, tokens: int) -> None:
    with pytest.raises(InvalidInput):
        fee_of(make_terms(price_in=price), tokens, 0)


def test_lines_when_split_end_with_audit_insurance_and_burn() -> None:
    lines = split_shares(make_terms(), 100_000, named([(3, 10**6)]))

    assert [x.asset_id for x in lines[-3:]] == [AUDIT_POOL, INSURANCE, BURN]
    assert [(x.pot, x.ppm) for x in lines[-3:]] == [
        (Pot.AUDIT, 10**6),
        (Pot.INSURANCE, 10**6),
        (Pot.BURN, 10**6),
    ]
    assert [x.amount for x in lines] == [45_000, 3_000, 3_000 + 22_500, 4_000 + 22_500]


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([(3, 600_000), (3, 400_001)], "exceed"),
        ([(2, 10)], "nobody can earn"),
        ([(3, 0)], "zero ppm"),
        ([(3, 10**6 + 1)], "outside"),
        ([(3, -1)], "outside"),
        ([(4, 1)] * 62, "at most 61"),
    ],
)
def test_shares_when_impossible_are_refused(shares: Shares, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        split_shares(make_terms(), 1000, named(shares))


def test_shares_when_an_asset_repeats_in_a_pot_are_refused() -> None:
    twice = [Share(AssetId(bytes(32)), Pot.TRAINING, 1)] * 2

    with pytest.raises(InvalidInput, match="two shares"):
        split_shares(make_terms(), 1000, twice)


@pytest.mark.parametrize("fee", [-1, FEE_LIMIT, 2**80])
def test_split_when_fee_is_out_of_range_is_refused(fee: int) -> None:
    with pytest.raises(InvalidInput):
        split_shares(make_terms(), fee, [])


@pytest.mark.parametrize("pots", [DEFAULT[:7], (*DEFAULT[:7], 301), (-1, 701, *DEFAULT[2:]), (2**40,) * 8])
def test_split_when_pots_are_wrong_is_refused(pots: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput):
        split_shares(make_terms(pots=pots), 1000, [])


@pytest.mark.parametrize("starts", [[0, 1], [0, 1, 2], [1, 1, 1], [0, 2, 1], [0]])
def test_split_when_offsets_do_not_fit_is_refused(starts: list[int]) -> None:
    with pytest.raises(InvalidInput, match="offsets"):
        split(ints([5, 6]), ints([DEFAULT] * 2), ints(starts), ints([3]), ints([7]))


def test_split_when_there_are_no_receipts_is_empty() -> None:
    done = split(ints([]), np.zeros((0, 8), dtype=np.int64), ints([0]), ints([]), ints([]))

    assert done.fee.size == done.lines.size == done.burn.size == 0
