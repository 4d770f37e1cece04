"""Seats under one bond each; who joins or leaves after a draw's moment changes nothing of it."""

import brownie
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.audits import SEATED, pass_time
from tallystick.domain.ids import address
from tallystick.pipeline.auditing.court import Seating, draw_seats

NOBODY = "0x" + "00" * 20
FOR_EVER = 2**40 - 1


@pytest.fixture
def seated(system, people):
    for number, name in enumerate(SEATED, 1):
        system.roster.enrol(bytes([number]) * 32, people[name].tx)
    return system.roster


def seat_of(roster):
    def read(number):
        seat = roster.seatOf(number)
        return Seating(address(seat["holder"]), seat["from"], seat["until"])

    return read


def test_enrol_when_paid_takes_a_seat(system, alice):
    before = system.token.balanceOf(alice.address)

    done = system.roster.enrol(b"\x01" * 32, alice.tx)

    assert done.return_value == 0 and system.roster.activeSeats() == 1
    assert before - system.token.balanceOf(alice.address) == system.roster.seatBond()
    assert system.roster.holderOf(0) == alice.address


def test_enrol_when_without_a_key_reverts(system, alice, reverts):
    with reverts("VerifierRosterNoKey"):
        system.roster.enrol(bytes(32), alice.tx)


def test_leave_when_left_holds_the_bond_for_the_thaw(system, seated, alice, reverts):
    seated.leave(0, alice.tx)
    with reverts("VerifierRosterNotHolder"):
        seated.leave(0, alice.tx)
    with reverts("VerifierRosterBondHeld"):
        seated.withdrawSeat(0, alice.tx)
    before = system.token.balanceOf(alice.address)
    pass_time(seated.seatThaw())

    seated.withdrawSeat(0, alice.tx)

    assert system.token.balanceOf(alice.address) == before + seated.seatBond()
    with reverts("VerifierRosterNoBond"):
        seated.withdrawSeat(0, alice.tx)


def test_leave_and_withdraw_when_by_another_revert(seated, mallory, reverts):
    with reverts("VerifierRosterNotHolder"):
        seated.leave(0, mallory.tx)
    with reverts("VerifierRosterNotHolder"):
        seated.withdrawSeat(0, mallory.tx)


def test_withdraw_when_still_seated_reverts(seated, alice, reverts):
    with reverts("VerifierRosterBondHeld"):
        seated.withdrawSeat(0, alice.tx)


def test_take_over_when_long_left_reuses_the_number(seated, alice, nora, reverts):
    seated.leave(0, alice.tx)
    pass_time(seated.seatThaw())
    with reverts("VerifierRosterTaken"):
        seated.takeOver(0, b"\x09" * 32, nora.tx)
    seated.withdrawSeat(0, alice.tx)
    with reverts("VerifierRosterTaken"):
        seated.takeOver(0, b"\x09" * 32, nora.tx)
    pass_time(seated.seatThaw())

    seated.takeOver(0, b"\x09" * 32, nora.tx)

    assert seated.holderOf(0) == nora.address and seated.seatCount() == len(SEATED)
    with reverts("VerifierRosterTaken"):
        seated.takeOver(99, b"\x09" * 32, nora.tx)


def test_draw_when_seats_change_afterwards_is_the_same(seated, people, nora):
    now = brownie.chain[-1].timestamp
    before = seated.draw(b"\x55" * 32, 3, 1, 7, len(SEATED), now)
    brownie.chain.sleep(5)
    for number in (0, 3, 5):
        seated.leave(number, people[SEATED[number]].tx)
    seated.enrol(b"\x09" * 32, nora.tx)

    assert seated.draw(b"\x55" * 32, 3, 1, 7, len(SEATED), now) == before


def test_draw_when_one_holder_has_many_seats_takes_it_once(seated, alice):
    for _ in range(4):
        seated.enrol(b"\x01" * 32, alice.tx)

    seats, holders = seated.draw(b"\x66" * 32, 1, 0, 7, 12, FOR_EVER - 1)

    assert len(set(holders)) == len(holders) == len(seats) == 7


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.binary(min_size=32, max_size=32),
    batch=st.integers(0, 2**64 - 1),
    purpose=st.integers(0, 255),
    places=st.integers(1, 7),
    slots=st.integers(0, 8),
)
def test_draw_when_by_python_is_the_same(seated, alice, seed, batch, purpose, places, slots):
    if seated.seatOf(0)["until"] == FOR_EVER:
        seated.leave(0, alice.tx)
    at = seated.seatOf(0)["until"] + 1

    found, _ = seated.draw(seed, batch, purpose, places, slots, at)

    assert list(found) == draw_seats(seed, batch, purpose, places, slots, at, seat_of(seated))


def test_fine_when_half_is_gone_retires_the_seat(system, seated, alice, acting_as):
    bond, supply = seated.seatBond(), system.token.totalSupply()
    insured = system.escrow.insurancePool()

    seated.fine(0, bond // 2 + 1, 2_000, system.fund.address, acting_as(system.court))

    paid = (bond // 2 + 1) // 5
    assert system.token.balanceOf(system.fund) == paid
    assert supply - system.token.totalSupply() == -(-(bond // 2 + 1) // 2)
    assert system.escrow.insurancePool() - insured == (bond // 2 + 1) // 2 - paid
    assert seated.activeSeats() == len(SEATED) - 1


def test_fine_when_nothing_is_left_takes_nothing(system, seated, acting_as):
    court = acting_as(system.court)
    seated.fine(0, 2**56 - 1, 10_000, system.fund.address, court)

    done = seated.fine(0, 1, 0, system.fund.address, court)

    assert done.return_value == 0 and seated.seatOf(0)["bond"] == 0


def test_fine_when_by_another_reverts(seated, mallory, reverts):
    with reverts("VerifierRosterNotCourt"):
        seated.fine(0, 1, 0, mallory.address, mallory.tx)


@pytest.mark.parametrize("keeper", ["roster", "fund"])
def test_wire_when_wired_or_by_another_reverts(system, deployer, vera, reverts, keeper):
    name = {"roster": "VerifierRoster", "fund": "AuditFund"}[keeper]
    with reverts(name + "AlreadyWired"):
        getattr(system, keeper).wire(vera.address, {"from": deployer})
    with reverts(name + "NotDeployer"):
        getattr(system, keeper).wire(vera.address, vera.tx)
