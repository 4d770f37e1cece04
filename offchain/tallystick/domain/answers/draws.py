"""How an answer's tokens are drawn: parameters, a key that is fixed before the answer, and noise that anybody recomputes.

Specification section 5. A draw takes the token of the largest sum of scaled logit and Gumbel noise, so that two machines
draw the same token unless their logits put two sums within rounding of each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import Receipt, Voucher
from tallystick.errors import InvalidInput

PPM = 1_000_000
MOST_TEMPERATURE, MOST_SEED = 2 * PPM, 2**31 - 1
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sampling:
    """Temperature and nucleus in ppm; `seed` is the consumer's, None where it named none. Greedy at temperature 0."""

    temperature: int = 0
    top_p: int = PPM
    seed: int | None = None

    @property
    def is_greedy(self) -> bool:
        return not self.temperature


GREEDY = Sampling()


@dataclass(frozen=True, slots=True)
class Place:
    """What a receipt says that was certain before its answer."""

    terms_id: Hash
    consumer: Address
    operator: Address
    lane: int
    previous: int
    previous_head: Hash


def sampling_of(temperature: float, top_p: float, seed: int | None) -> Sampling:
    """Of a request's numbers, rounded to ppm; whatever else is asked for, what is greedy is `GREEDY`."""
    warmth = round(temperature * PPM)
    return Sampling(warmth, max(1, round(top_p * PPM)), seed) if warmth else GREEDY


def place_before(terms_id: Hash, at: Voucher) -> Place:
    return Place(terms_id, at.consumer, at.operator, at.lane, at.acknowledged, at.head)


def place_of(receipt: Receipt) -> Place:
    return Place(
        receipt.terms_id,
        receipt.consumer,
        receipt.operator,
        receipt.lane,
        receipt.previous,
        receipt.previous_head,
    )


def draw_key(sampling: Sampling, messages: Sequence[Mapping[str, str]], place: Place) -> int:
    """63 bits: of the question and the consumer's seed, or where it named none of the lane's place.

    The same question with the same seed is drawn alike; without one each receipt draws anew.
    """
    asked = keccak256(canonical_json([{"role": m["role"], "content": m["content"]} for m in messages]))
    if sampling.seed is not None:
        told = b"\x11" + asked + sampling.seed.to_bytes(8)
    else:
        parties = bytes.fromhex(place.consumer[2:] + place.operator[2:])
        levels = place.lane.to_bytes(8) + place.previous.to_bytes(16)
        told = b"\x12" + asked + place.terms_id + parties + levels + place.previous_head
    return int.from_bytes(keccak256(told)[:8]) >> 1


def noise(key: int, position: int, size: int) -> Floats:
    """Gumbel noise of each token of the vocabulary at a position of the answer; Philox 4x64-10 in counter mode."""
    raw = np.random.Philox(key=key, counter=position << 64).random_raw(size)
    drawn: Floats = -np.log(-np.log(((raw >> np.uint64(12)) + 0.5) * 2.0**-52))
    return drawn


def sampling_to_json(sampling: Sampling) -> dict[str, Any]:
    return {"temperature": sampling.temperature, "top_p": sampling.top_p, "seed": sampling.seed}


def sampling_from_json(body: object) -> Sampling:
    """`InvalidInput` for anything but what `sampling_to_json` writes of a draw that is not greedy."""
    most = {"temperature": MOST_TEMPERATURE, "top_p": PPM}
    if not isinstance(body, Mapping) or set(body) != {*most, "seed"}:
        raise InvalidInput("How an answer was drawn has a temperature, a top_p and a seed.")
    for name, limit in most.items():
        if type(body[name]) is not int or not 0 < body[name] <= limit:
            raise InvalidInput(f"`{name}` of a draw is a whole number of ppm from 1 to {limit}.")
    seed = body["seed"]
    if seed is not None and (type(seed) is not int or not 0 <= seed <= MOST_SEED):
        raise InvalidInput(f"The seed of a draw is null or a whole number up to {MOST_SEED}.")
    return Sampling(body["temperature"], body["top_p"], seed)
