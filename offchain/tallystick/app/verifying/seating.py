"""A key's seats among the verifiers: taken under a bond, left, and paid back after the thaw."""

from dataclasses import dataclass

from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, InsufficientFunds, NotFound
from tallystick.ports import Chain
from tallystick.ports.auditing.court import Seat


@dataclass(frozen=True, slots=True)
class HeldSeat:
    """`state` is drawn, left or withdrawn; `bond_back_at` is 0 while the seat stands."""

    seat: int
    state: str
    bond: int
    reader_key: bytes
    since_at: int
    bond_back_at: int


@dataclass(frozen=True, slots=True)
class TakenSeat:
    """Drawn from now on, as soon as there are `needed_seats` in all."""

    seat: int
    bond: int
    active_seats: int
    needed_seats: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class LeftSeat:
    """Draws of before still count; the bond can be withdrawn at `bond_back_at`."""

    seat: int
    bond: int
    bond_back_at: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class WithdrawnBond:
    seat: int
    amount: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class Standing:
    """One key among the verifiers. Below `needed_seats` nothing is audited by the court."""

    verifier: Address
    active_seats: int
    needed_seats: int
    seats: tuple[HeldSeat, ...]


def join(chain: Chain, ours: Address, reader_key: bytes) -> TakenSeat:
    """Conflict for a key that is seated: a draw takes each holder once, whatever its seats."""
    roster = chain.roster
    if any(seat.until is None for seat in roster.seats_of(ours)):
        raise Conflict(f"{ours} has a seat already.", "`tallystick verifier status` shows it.")
    bond, balance = roster.seat_bond(), chain.token.balance_of(ours)
    if balance < bond:
        raise InsufficientFunds(
            f"A seat's bond is {bond} base units of OPEN, and {ours} has {balance}.", "Get OPEN first."
        )
    if chain.token.allowance(ours, roster.address) < bond:
        chain.token.approve(roster.address, bond)
    seat, done = roster.enrol(reader_key)
    return TakenSeat(seat, bond, roster.active_seats(), chain.court.least_seats(), done.tx_hash)


def leave(chain: Chain, ours: Address) -> tuple[LeftSeat, ...]:
    """Every seat that stands."""
    standing = [seat for seat in chain.roster.seats_of(ours) if seat.until is None]
    if not standing:
        raise NotFound(f"{ours} has no seat.", "`tallystick verifier join` takes one.")
    return tuple(_leave(chain, seat) for seat in standing)


def _leave(chain: Chain, seat: Seat) -> LeftSeat:
    done = chain.roster.leave(seat.number)
    left = _held(chain.roster.seat_of(seat.number), chain.roster.seat_thaw())
    return LeftSeat(seat.number, left.bond, left.bond_back_at, done.tx_hash)


def withdraw(chain: Chain, ours: Address) -> tuple[WithdrawnBond, ...]:
    """The bonds of seats that were left a thaw ago; NotFound where none is due."""
    thaw, now = chain.roster.seat_thaw(), chain.now()
    held = [_held(seat, thaw) for seat in chain.roster.seats_of(ours)]
    due = [seat for seat in held if seat.state == "left" and seat.bond_back_at <= now]
    if not due:
        raise NotFound(f"No bond of {ours} is due.", "`tallystick verifier status` says when one is.")
    return tuple(
        WithdrawnBond(seat.seat, seat.bond, chain.roster.withdraw_seat(seat.seat).tx_hash) for seat in due
    )


def show(chain: Chain, holder: Address) -> Standing:
    thaw = chain.roster.seat_thaw()
    seats = tuple(_held(seat, thaw) for seat in chain.roster.seats_of(holder))
    return Standing(holder, chain.roster.active_seats(), chain.court.least_seats(), seats)


def _held(seat: Seat, thaw: int) -> HeldSeat:
    state = "drawn" if seat.until is None else "left" if seat.bond else "withdrawn"
    back_at = 0 if seat.until is None else seat.until + thaw
    return HeldSeat(seat.number, state, seat.bond, seat.reader_key, seat.since, back_at)
