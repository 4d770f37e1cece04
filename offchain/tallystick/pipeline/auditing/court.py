"""The audit game's draws and answers as the contracts make them; specification, section 9."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import Address

TAG_SEAT, TAG_SAMPLE, TAG_ANSWER, TAG_CANARY = b"\x0e", b"\x0f", b"\x10", b"\x13"
SIGNERS, QUORUM, PAIR, PANEL = 3, 2, 2, 7
TRIES_PER_PLACE: Final = 32
MOST_SAMPLES: Final = 128
WIDENING: Final = 4
SIGNING, PANEL_PURPOSE = 0, 255


class Phase(IntEnum):
    """Where the audit of a batch stands."""

    NONE = 0
    SIGNING = 1
    DELIVERING = 2
    ANSWERING = 3
    REVEALING = 4
    JUDGED = 5
    PANEL_ANSWERING = 6
    PANEL_REVEALING = 7
    CLOSED = 8


class Outcome(IntEnum):
    """What the verifiers said."""

    NONE = 0
    CLEAN = 1
    SPLIT = 2
    GUILTY = 3
    UNVERIFIED = 4


class Said(IntEnum):
    """Two bits of an answer: what re-execution of one receipt gave."""

    SAME = 0
    SMALL = 1
    DIFFERENT = 2
    UNOPENED = 3


@dataclass(frozen=True, slots=True)
class Seating:
    """A seat as draws see it: `until` is the first second at which it is drawn no more."""

    holder: Address
    since: int
    until: int


def draw_seats(
    seed: bytes,
    batch_id: int,
    purpose: int,
    places: int,
    slots: int,
    at: int,
    seat_of: Callable[[int], Seating],
) -> list[int]:
    """The first different holders that the seed names among the seats of the second `at`."""
    found: list[int] = []
    holders: set[Address] = set()
    for attempt in range(places * TRIES_PER_PLACE if slots else 0):
        if len(found) == places:
            break
        preimage = TAG_SEAT + seed + batch_id.to_bytes(8) + bytes([purpose]) + attempt.to_bytes(4)
        number = int.from_bytes(keccak256(preimage)) % slots
        seat = seat_of(number)
        if seat.since > at or seat.until <= at or seat.holder in holders:
            continue
        found.append(number)
        holders.add(seat.holder)
    return found


def sample(seed: bytes, batch_id: int, samples: int, receipts: int) -> list[int]:
    """Indices of the receipts drawn, with repetition; every one in order where all are."""
    if samples == receipts:
        return list(range(receipts))
    return [
        int.from_bytes(keccak256(TAG_SAMPLE + seed + batch_id.to_bytes(8) + i.to_bytes(4))) % receipts
        for i in range(samples)
    ]


def sample_size(affordable: int, receipts: int, widened: bool) -> int:
    """How many receipts an audit takes of what its budget pays two verifiers for."""
    wanted = affordable if widened else -(-affordable // WIDENING)
    return min(wanted, receipts, MOST_SAMPLES)


def packed(said: Sequence[Said]) -> int:
    """An answer as the court takes it: two bits a sample, the first lowest."""
    return sum(int(word) << 2 * place for place, word in enumerate(said))


def unpacked(answer: int, samples: int) -> list[Said]:
    """What an answer says of each sample."""
    return [Said(answer >> 2 * place & 3) for place in range(samples)]


def answer_commitment(batch_id: int, verifier: Address, answer: int, report: bytes, salt: bytes) -> bytes:
    """What a verifier commits to; `report` and `salt` are 32 bytes."""
    holder = bytes.fromhex(verifier.removeprefix("0x"))
    return keccak256(TAG_ANSWER + batch_id.to_bytes(8) + holder + answer.to_bytes(32) + report + salt)


def canary_commitment(index: int, receipt: bytes, expires_at: int, consent: bytes, salt: bytes) -> bytes:
    """What a poster commits to for a planted receipt; `receipt` is its digest, `salt` 32 bytes."""
    place = TAG_CANARY + index.to_bytes(4) + receipt + expires_at.to_bytes(8)
    return keccak256(place + keccak256(consent) + salt)


def excused_samples(indices: Sequence[int], planted: int) -> int:
    """Both bits of every sample that is the planted receipt."""
    return sum(3 << 2 * place for place, index in enumerate(indices) if index == planted)


def panel_verdict(answers: Sequence[int], samples: int) -> tuple[int, bool]:
    """Samples, a bit each, that a majority of the panel names as false; whether a majority said anything at all."""
    guilty = 0
    for place in range(samples):
        named = sum(answer >> 2 * place + 1 & 1 for answer in answers)
        guilty |= (named > PANEL // 2) << place
    cleared = sum(all(answer >> 2 * p + 1 & 1 == 0 for p in range(samples)) for answer in answers)
    return guilty, guilty != 0 or cleared > PANEL // 2
