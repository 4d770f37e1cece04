"""The golden vectors of audits: draws of seats and receipts, answers and what is committed to."""

from typing import Any, Final

from tallystick.commitments.keccak import keccak256
from tallystick.commitments.signatures import address_of
from tallystick.domain.ids import address
from tallystick.pipeline.auditing import court
from tallystick.pipeline.auditing.court import Said, Seating

FROM: Final = 1_800_000_000
FOR_EVER: Final = 2**40 - 1
# Vera holds two seats; tomas left his before the second draw of each pair.
HOLDERS: Final = ("vera", "carl", "petra", "alice", "omar", "ines", "vera", "tomas", "nora", "bob")
LEFT: Final = {7: FROM + 1_000}
PLACES: Final = ((0, court.SIGNERS), (1, court.PAIR), (2, court.PAIR), (255, court.PANEL))


def audits() -> dict[str, Any]:
    """Seats in the order of their numbers; `until` is 2^40 - 1 for one that stands."""
    seats = [Seating(_account(name), FROM, LEFT.get(i, FOR_EVER)) for i, name in enumerate(HOLDERS)]
    return {
        "seats": [{"holder": s.holder, "from": s.since, "until": str(s.until)} for s in seats],
        "draws": [
            _draw(seats, purpose, places, batch_id, at, slots)
            for purpose, places in PLACES
            for batch_id, at, slots in ((1, FROM, 10), (2**64 - 1, FROM + 1_000, 10), (3, FROM, 4))
        ],
        "samples": [
            _sample(batch_id, samples, receipts)
            for batch_id, samples, receipts in ((1, 1, 1), (2, 3, 1_000), (3, 5, 5), (4, 8, 2**32 - 1))
        ],
        "sizes": [
            {"affordable": a, "receipts": r, "widened": w, "samples": court.sample_size(a, r, w)}
            for a, r, w in (
                (1, 9, False),
                (9, 9, False),
                (9, 9, True),
                (512, 10**6, False),
                (512, 10**6, True),
            )
        ],
        "answers": [
            _answer(1, "vera", (Said.SAME,)),
            _answer(2, "carl", (Said.SMALL, Said.SAME, Said.DIFFERENT)),
            _answer(2**64 - 1, "petra", (Said.UNOPENED,) * court.MOST_SAMPLES),
        ],
    }


def _draw(
    seats: list[Seating], purpose: int, places: int, batch_id: int, at: int, slots: int
) -> dict[str, Any]:
    seed = _word(f"seed {batch_id}")
    found = court.draw_seats(seed, batch_id, purpose, places, slots, at, seats.__getitem__)
    return {
        "seed": seed,
        "batchId": str(batch_id),
        "purpose": purpose,
        "places": places,
        "slots": slots,
        "at": at,
        "seats": found,
    }


def _sample(batch_id: int, samples: int, receipts: int) -> dict[str, Any]:
    seed = _word(f"sample {batch_id}")
    found = court.sample(seed, batch_id, samples, receipts)
    named = {"seed": seed, "batchId": str(batch_id), "samples": samples, "receipts": receipts}
    return {**named, "indices": found}


def _answer(batch_id: int, verifier: str, said: tuple[Said, ...]) -> dict[str, Any]:
    answer, report, salt = court.packed(said), _word("report"), _word("salt")
    account = address(_account(verifier))
    return {
        "batchId": str(batch_id),
        "verifier": account,
        "said": [int(word) for word in said],
        "answer": str(answer),
        "report": report,
        "salt": salt,
        "commitment": court.answer_commitment(batch_id, account, answer, report, salt),
    }


def _account(name: str) -> Any:
    return address(address_of(_word(name)))


def _word(text: str) -> bytes:
    """32 bytes that stand for something."""
    return keccak256(text.encode())
