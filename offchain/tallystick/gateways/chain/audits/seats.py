"""Seats of verifiers, and the seeds that draw among them: one method a contract call."""

from typing import Final

from tallystick.domain.ids import Address, Hash
from tallystick.errors import InvalidInput
from tallystick.gateways.chain.binding import Binding
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.ports import Transaction
from tallystick.ports.auditing.court import Seat

STANDING: Final = 2**40 - 1  # the contract's `until` of a seat that nobody left


class VerifierRoster(Binding):
    """Satisfies `ports.auditing.court.VerifierRoster`. Events are read from block `since`."""

    def __init__(self, contract: Contract, sender: Sender | None, *, since: int = 0) -> None:
        super().__init__(contract, sender)
        self._since = since

    def seat_bond(self) -> int:
        """Base units."""
        return int(self._call("seatBond"))

    def seat_thaw(self) -> int:
        """Seconds from leaving to the bond."""
        return int(self._call("seatThaw"))

    def active_seats(self) -> int:
        return int(self._call("activeSeats"))

    def seat_of(self, seat: int) -> Seat:
        """A seat that nobody ever took has no holder and no bond."""
        # By position: one value is called `from`, which cannot name a field in Python.
        holder, since, until, key, bond = self._call("seatOf", seat).values()
        return Seat(seat, Address(holder), since, None if until == STANDING else until, bytes(key), bond)

    def seats_of(self, holder: Address) -> tuple[Seat, ...]:
        """Those that are somebody's still, left ones too."""
        last = self._contract.rpc.block_number()
        taken = {e.values["seat"] for e in self._events("SeatTaken", self._since, last, holder=holder)}
        seats = (self.seat_of(number) for number in sorted(taken))
        return tuple(seat for seat in seats if seat.holder == holder)

    def enrol(self, reader_key: bytes, *, intent: str | None = None) -> tuple[int, Transaction]:
        """A new seat's number. `reader_key` is 32 bytes, X25519."""
        done = self._send("enrol", reader_key, intent=intent)
        return int(done.event("SeatTaken").values["seat"]), done

    def leave(self, seat: int, *, intent: str | None = None) -> Transaction:
        return self._send("leave", seat, intent=intent)

    def withdraw_seat(self, seat: int, *, intent: str | None = None) -> Transaction:
        return self._send("withdrawSeat", seat, intent=intent)


class Beacon(Binding):
    """Satisfies `ports.auditing.court.Beacon`, over either of the two contracts."""

    @property
    def needs_signature(self) -> bool:
        return self._contract.name == "Beacon"

    def seed_of(self, round_: int) -> Hash | None:
        seed = Hash(self._call("seedOf", round_))
        return seed if any(seed) else None

    def is_due(self, round_: int) -> bool:
        if not self.needs_signature:
            return self._contract.rpc.block_number() > round_
        signed_at = int(self._call("genesis")) + (round_ - 1) * int(self._call("period"))
        return self._contract.rpc.timestamp() >= signed_at

    def is_unbiasable(self) -> bool:
        return bool(self._call("isUnbiasable"))

    def publish(
        self, round_: int, signature: tuple[int, int] | None = None, *, intent: str | None = None
    ) -> Transaction:
        """Anyone. InvalidInput where the network's signature is missing; the chain checks it."""
        if not self.needs_signature:
            return self._send("publish", round_, intent=intent)
        if signature is None:
            raise InvalidInput(
                f"Round {round_} needs the network's signature.", "Ask a relay of the network for it."
            )
        return self._send("publish", round_, list(signature), intent=intent)
