"""The fifteen inequalities that pay, bonds and audits have to hold, as properties of the shipped code and contracts."""

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.factories import make_terms
from tallystick.app.redteam.attacks import bonds, forged, griefing
from tallystick.app.redteam.attacks.attack import Ground, Range
from tallystick.app.redteam.attacks.audits import grinding, seats
from tallystick.app.redteam.attacks.audits.courtroom import Courtroom, slashable
from tallystick.app.redteam.attacks.sharing.rules import by_bar
from tallystick.app.redteam.attacks.sharing.texts import edited, embedded, facts
from tallystick.app.redteam.attacks.stage import Stage, account_of
from tallystick.app.redteam.attacks.swarm import asset_of
from tallystick.bootstrap import battleground
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, ZERO_HASH, AssetId, Pot
from tallystick.domain.money import PPM, split_shares
from tallystick.domain.usage import Line, Share
from tallystick.pipeline.attribution.clusters.cluster import Member, all_texts, cluster
from tallystick.pipeline.attribution.reference.bias import BiasWatch
from tallystick.pipeline.attribution.reference.tolerance import AGREED_PPM, Severity, weighed
from tallystick.pipeline.attribution.split import MICRO, Claim
from tallystick.pipeline.auditing.court import Outcome, Said, packed
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret

FREE = settings(deadline=None, max_examples=60)
PLAYED = settings(max_examples=10, deadline=None, derandomize=True)
VALUE = st.integers(-MICRO, 5 * MICRO)
HISTORY = st.lists(st.tuples(st.integers(0, 4), VALUE), max_size=8)
FLOOR = st.integers(0, MICRO)
FEE = st.integers(0, 2**50)
PARTS = st.lists(
    st.tuples(
        st.sampled_from((Pot.OPERATOR, Pot.RETRIEVAL, Pot.LINEAGE, Pot.TRAINING)), st.integers(1, PPM // 8)
    ),
    max_size=8,
)
RESERVED = {BURN, AUDIT_POOL, INSURANCE}


@pytest.fixture(scope="module")
def ground() -> Ground:
    return battleground()


def lines_of(fee: int, parts: Sequence[tuple[Pot, int]]) -> tuple[Line, ...]:
    shares = [Share(asset_of(f"{n}"), pot, ppm) for n, (pot, ppm) in enumerate(parts)]
    return split_shares(make_terms(), fee, shares)


def paid(entries: Sequence[tuple[int, int]], floor: int) -> dict[int, int]:
    """Ppm by owner, each entry a data set of its own in chain order."""
    claims = [Claim(asset_of(f"{place} of {who}"), place, 0, v) for place, (who, v) in enumerate(entries)]
    ppm, found = by_bar(claims, floor).ppm(), dict[int, int]()
    for place, (who, _) in enumerate(entries):
        found[who] = found.get(who, 0) + ppm.get(asset_of(f"{place} of {who}"), 0)
    return found


def gains(entries: Sequence[tuple[int, int]], floor: int) -> list[int]:
    """What each entry lifts the bar by, micro-nats."""
    claims = [Claim(asset_of(f"{place}"), place, 0, v) for place, (_, v) in enumerate(entries)]
    found = by_bar(claims, floor).gains
    return [found.get(asset_of(f"{place}"), 0) for place in range(len(entries))]


@FREE
@given(FEE, PARTS)
def test_i1_fee_when_split_is_paid_out_to_the_unit(fee: int, parts: list[tuple[Pot, int]]) -> None:
    lines = lines_of(fee, parts)

    assert sum(line.amount for line in lines) == fee
    assert all(line.amount >= 0 for line in lines)


@FREE
@given(FEE, PARTS)
def test_i2_coalition_when_it_owns_all_that_can_be_owned_loses_the_burned(
    fee: int, parts: list[tuple[Pot, int]]
) -> None:
    """PROTOCOL 6: what audit and insurance bring back counts as won."""
    terms, lines = make_terms(), lines_of(fee, parts)

    net = sum(line.amount for line in lines if line.asset_id != BURN) - fee

    assert net <= -(fee * terms.pots[Pot.BURN] // 10_000)


@FREE
@given(HISTORY, st.lists(VALUE, min_size=1, max_size=6), HISTORY, FLOOR)
def test_i3_records_when_spread_over_accounts_earn_no_more(
    before: list[tuple[int, int]], own: list[int], after: list[tuple[int, int]], floor: int
) -> None:
    apart = gains([*before, *((9, v) for v in own), *after], floor)[len(before) : len(before) + len(own)]
    together = gains([*before, (9, max(own)), *after], floor)[len(before)]

    assert sum(apart) <= together


@FREE
@given(HISTORY, st.integers(2 * MICRO, 5 * MICRO), st.integers(1, 20), HISTORY)
def test_i4_clones_when_they_come_later_earn_nothing_and_change_nobodys_pay(
    before: list[tuple[int, int]], rise: int, count: int, after: list[tuple[int, int]]
) -> None:
    floor = MICRO // 2
    leader = (7, sum(gains(before, floor)) + rise)
    plain = [*before, leader, *after]
    cloned = [*before, leader, *((8, leader[1]) for _ in range(count)), *after]

    assert paid(cloned, floor).get(8, 0) == 0
    assert {k: v for k, v in paid(cloned, floor).items() if k != 8} == paid(plain, floor)


def clusters_of(sets: list[Dataset]) -> tuple[Member, ...]:
    return cluster(sets, embedded(all_texts(sets)))


def dataset(order: int, texts: list[str]) -> Dataset:
    records = make_records([{"text": text} for text in texts], salts_from_secret(ZERO_HASH))
    name = f"set {order}"
    return Dataset(name, account_of(name), tuple(records), ZERO_HASH, 1, asset_of(name), order)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 500))
def test_i5_registration_when_it_comes_later_changes_no_leader(seed: int, rate: int) -> None:
    draw = random.Random(seed)
    honest = [dataset(order, facts(draw, 4)) for order in range(3)]
    pieces = [text for d in honest for text in (r.text for r in d.records)]
    spliced = [" ".join(draw.sample(pieces, 2)), *(edited(text, rate, False, draw) for text in pieces[:3])]
    before = clusters_of(honest)

    after = clusters_of([*honest, dataset(3, spliced)])

    assert after[: len(before)] == before


@FREE
@given(st.lists(st.integers(-MICRO, 0), min_size=1, max_size=8), FLOOR, FEE)
def test_i6_passages_when_they_gave_nothing_are_paid_nothing(values: list[int], floor: int, fee: int) -> None:
    assert sum(gains([(n, v) for n, v in enumerate(values)], floor)) == 0
    assert {line.asset_id for line in lines_of(fee, [])} == RESERVED


@PLAYED
@given(seed=st.integers(0, 10**6), limit=st.integers(1, 10**7), lanes=st.integers(2, 8))
def test_i7_vouchers_when_forged_replayed_or_reordered_pay_what_was_signed(
    ground: Ground, seed: int, limit: int, lanes: int
) -> None:
    with ground.undone():
        thief = forged.Thief(Stage(ground), {"limit": limit, "lanes": lanes, "tries": 1}, seed)
        stolen = thief.go(30)
        escrow, token = ground.contracts.UsageEscrow, ground.contracts.OpenToken
        owed = sum(
            int(escrow.allotmentOf(account_of("bob"), account_of(name))[0]) for name in forged.SELLERS
        ) + sum(int(escrow.unsettledOf(account_of(name))) for name in forged.SELLERS)

        assert stolen == 0
        assert int(token.balanceOf(escrow.address)) >= owed


def drawn(space: dict[str, Range], seed: int) -> dict[str, int]:
    draw = random.Random(seed)
    return {name: draw.randint(of.low, of.high) for name, of in space.items()}


@PLAYED
@given(seed=st.integers(0, 10**6), blocks=st.integers(0, 1))
def test_i8_fraud_when_draws_are_ground_loses_on_average(ground: Ground, seed: int, blocks: int) -> None:
    """The fallback's seeds, at zero and one block thrown away; the court's own samples, bond and excess."""
    with ground.undone():
        profit = grinding.play(ground, {**drawn(dict(grinding.GRINDING.space), seed), "blocks": blocks}, seed)

    assert profit.earned < 0


@PLAYED
@given(seed=st.integers(0, 10**6))
def test_i9_operator_when_he_reports_himself_loses_the_burned_part_at_least(
    ground: Ground, seed: int
) -> None:
    with ground.undone():
        profit = bonds.recapture(ground, drawn(dict(bonds.RECAPTURE.space), seed), seed)

    assert profit.earned <= -profit.locked // 2
    assert profit.excess <= 0


@settings(PLAYED, max_examples=4)
@given(seed=st.integers(0, 10**6))
def test_i10_demands_when_answered_cost_the_operator_a_sixth_at_most(ground: Ground, seed: int) -> None:
    with ground.undone():
        given_ = {**drawn(griefing.SPACE, seed), "answers": 6}
        profit = griefing.cost(ground, given_, seed)

    assert profit.excess <= 0 and profit.honest_lost == 0


def test_i11_looking_when_two_in_a_hundred_are_canaries_pays_by_half_as_much_again(ground: Ground) -> None:
    with ground.undone():
        room = Courtroom(Stage(ground), seats.named(2))
        fine, work = room.bond_of("verifier 0") // 2, room.fee * seats.WORK[0] // seats.WORK[1]

    assert fine * 20_000 // PPM >= 1.5 * work


@PLAYED
@given(noise=st.lists(st.integers(-AGREED_PPM, AGREED_PPM), min_size=1, max_size=20))
def test_i12_operator_when_honest_is_never_slashed(ground: Ground, noise: list[int]) -> None:
    """Differences that two honest machines may have, judged as verifiers judge them, through the whole court."""
    pots = make_terms().pots
    said = [
        Said.SAME
        if weighed({Pot.RETRIEVAL: {asset_of("a"): n}}, pots).severity is Severity.AGREES
        else Said.DIFFERENT
        for n in noise
    ]
    with ground.undone():
        operator = bonds.Operator(ground, 10**10)
        room = Courtroom(operator.stage, seats.named(8))
        batch, before = operator.claim(10**9, len(noise)), slashable(operator.stage, "nora")
        outcome = room.audit(batch, lambda _, found: packed([said[i] for i in found]))

        assert outcome is Outcome.CLEAN
        assert slashable(operator.stage, "nora") == before


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_i12_operator_when_his_noise_has_no_direction_is_not_named(seed: int) -> None:
    draw, watch = np.random.default_rng(seed), BiasWatch()

    assert not any(watch.note({AssetId(bytes(32)): int(d)}) for d in draw.normal(0, 300, 200))


@PLAYED
@given(seed=st.integers(0, 10**6))
def test_i13_stake_when_used_in_any_order_covers_what_stands_open(ground: Ground, seed: int) -> None:
    with ground.undone():
        parameters = drawn(dict(bonds.RACE.space), seed)
        operator = bonds.Operator(ground, parameters["stake"])

        assert bonds.Race(operator, parameters, seed).run(40) <= 0


@FREE
@given(st.lists(VALUE, min_size=1, max_size=8), st.integers(0, 7), st.integers(0, 3 * MICRO), FLOOR)
def test_i14_pay_when_a_record_gets_better_never_falls(
    values: list[int], place: int, more: int, floor: int
) -> None:
    at = place % len(values)
    better = [(n, v + more if n == at else v) for n, v in enumerate(values)]

    assert paid(better, floor)[at] >= paid(list(enumerate(values)), floor)[at]


@PLAYED
@given(seed=st.integers(0, 10**6), delegated=st.integers(0, 10**9))
def test_i15_thief_when_he_withdraws_all_that_he_can_loses(ground: Ground, seed: int, delegated: int) -> None:
    """His stake thaws from the moment after his false batch on; whoever finds it has the whole window."""
    space = {**bonds.RECAPTURE.space, "thawing": Range(1, 1), "commits": Range(0, 1)}
    with ground.undone():
        profit = bonds.recapture(ground, {**drawn(space, seed), "delegated": delegated}, seed)

    assert profit.earned < 0
    assert replace(profit, earned=0).locked > 0
