"""Openings of sampled receipts in one file, sealed under a key that is wrapped to each drawn verifier alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any, Final

from tallystick.commitments import sealing, strict_json, wrapping
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, Hash
from tallystick.errors import InvalidInput, NotAuthorised
from tallystick.ports import Reader
from tallystick.ports.auditing.court import Seat

FORMAT: Final = "tallystick-openings-1"
MOST_BYTES: Final = 512 << 20
_ROLE: Final = b"openings"


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw of one batch, and its deployment. Its seed tells it from others, also after a reorganisation."""

    domain: Domain
    court: Address
    batch_id: int
    seed: Hash

    @property
    def named(self) -> dict[str, Any]:
        return {
            "chain_id": self.domain.chain_id,
            "court": self.court,
            "batch_id": self.batch_id,
            "seed": self.seed.hex(),
        }

    def bound_to(self, seat: int) -> bytes:
        """What a wrapped key opens for, and for nothing else."""
        return canonical_json({**self.named, "seat": seat})


def seal_openings(draw: Draw, openings: Mapping[int, bytes], seats: Sequence[Seat]) -> bytes:
    """`openings` by receipt index, as `write_opening` makes them. Other bytes each time.

    A seat whose reader key is none gets no wrapped key: nobody could read for it.
    """
    content_key = token_bytes(sealing.KEY_BYTES)
    rows = [{"index": i, "opening": data.decode("utf-8")} for i, data in sorted(openings.items())]
    readers = []
    for seat in seats:
        try:
            wrapped = wrapping.wrap(seat.reader_key, content_key, draw.bound_to(seat.number))
        except InvalidInput:
            continue
        readers.append({"seat": seat.number, "wrapped": wrapped.hex()})
    sealed = sealing.seal(content_key, _ROLE, canonical_json({"openings": rows}))
    return canonical_json({"format": FORMAT, **draw.named, "readers": readers, "sealed": sealed.hex()})


def seed_of(data: bytes) -> str | None:
    """The seed of the draw that a file is for, in hexadecimal; None for what is no such file."""
    try:
        body = strict_json.loads(data)
        return str(body["seed"]) if body["format"] == FORMAT else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def unseal_openings(draw: Draw, data: bytes, seat: int, reader: Reader) -> Mapping[int, bytes]:
    """By receipt index; nothing in them is believed yet.

    `NotAuthorised` where nothing was wrapped to this seat, `InvalidInput` for a file of another draw or none.
    """
    try:
        body = strict_json.loads(data)
        if body["format"] != FORMAT or {k: body[k] for k in draw.named} != draw.named:
            raise ValueError("it is of another draw")
        wrapped = {int(row["seat"]): bytes.fromhex(row["wrapped"]) for row in body["readers"]}
        sealed = bytes.fromhex(body["sealed"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _no_file(error) from error
    if seat not in wrapped:
        raise NotAuthorised(f"Nothing was wrapped to seat {seat}.", "Answer that it was not opened.")
    plain = sealing.open_sealed(reader.unwrap(wrapped[seat], draw.bound_to(seat)), _ROLE, sealed)
    try:
        rows = strict_json.loads(plain)["openings"]
        return {int(row["index"]): str(row["opening"]).encode("utf-8") for row in rows}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _no_file(error) from error


def _no_file(error: Exception) -> InvalidInput:
    return InvalidInput(f"These are no openings for this draw: {error}.", "Answer that they were not opened.")
