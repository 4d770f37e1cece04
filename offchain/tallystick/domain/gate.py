"""What a model passes before it is offered: a judge's verdict on a sealed set, and the line it serves in."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import IntEnum

from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import Address, AssetId, Hash

PPM = 1_000_000
_LINE = b"tallystick line 1"


class Gate(IntEnum):
    """Where a model stands on the chain. It only moves forward."""

    UNKNOWN = 0
    REGISTERED = 1
    PASSED = 2
    SERVING = 3
    REFUSED = 4
    RETIRED = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a model did against an incumbent; gains of the score in ppm, `low_gain` the interval's lower end.

    `evidence` is the digest of the pinned report; `examples` is 0 where there is no verdict.
    """

    model_id: AssetId
    incumbent: AssetId
    evidence: Hash
    mean_gain: int
    low_gain: int
    examples: int


@dataclass(frozen=True, slots=True)
class CommittedEvaluation:
    """Whose evaluation it is, and when its set was sealed; 0 for never."""

    judge: Address
    committed_at: int


def line_of(name: str) -> Hash:
    """The line under which an owner serves versions by one name."""
    return Hash(keccak256(_LINE + name.encode()))


def ppm_of(part: float) -> int:
    """A gain of a score as the chain has it, rounded towards minus infinity: never better than it was."""
    return int((Decimal(repr(part)) * PPM).to_integral_value(ROUND_FLOOR))


def evaluation_id_of(judge: Address, commitment: Hash) -> Hash:
    """The id that the registry gives a judge's commitment."""
    return Hash(keccak256(bytes(12) + bytes.fromhex(judge[2:]) + commitment))
