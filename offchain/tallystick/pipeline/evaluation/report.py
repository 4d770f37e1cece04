"""What an evaluation found: figures with intervals, and digests of what was judged on what. Its digest is the evidence
that a gate and the chain refer to.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tallystick.commitments import strict_json
from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.evaluation.intervals import Interval

FORMAT = "tallystick-evaluation-1"
DECIMALS = 6
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DECIMAL = re.compile(r"-?\d+\.\d{6}")


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """`seeds` are those of the judged trainings, ascending; `bootstrap` the seed and the rounds of the intervals.

    Figures are kept to six decimals, as text in the canonical form: the last bits of a float differ between machines.
    """

    set_digest: Hash
    model_digest: Hash
    recipe_digest: Hash
    examples: int
    seeds: tuple[int, ...]
    bootstrap: tuple[int, int]
    metrics: Mapping[str, Interval]

    def __post_init__(self) -> None:
        digests = (self.set_digest, self.model_digest, self.recipe_digest)
        if any(len(d) != 32 for d in digests):
            raise InvalidInput("A digest in an evaluation report is not 32 bytes.")
        if not self.seeds or list(self.seeds) != sorted(set(self.seeds)) or self.seeds[0] < 0:
            raise InvalidInput("The seeds of an evaluation must ascend, each once.", "Name one or more.")
        if self.examples < 1 or not self.metrics or min(self.bootstrap) < 0:
            raise InvalidInput("An evaluation report needs examples and metrics.", "Judge before reporting.")
        for name, interval in self.metrics.items():
            _check_metric(name, interval)
        rounded = {name: _rounded(self.metrics[name]) for name in sorted(self.metrics)}
        object.__setattr__(self, "metrics", MappingProxyType(rounded))

    @property
    def canonical(self) -> bytes:
        """The canonical bytes that are pinned."""
        return canonical_json(
            {
                "format": FORMAT,
                "set": _hex(self.set_digest),
                "model": _hex(self.model_digest),
                "recipe": _hex(self.recipe_digest),
                "examples": self.examples,
                "seeds": list(self.seeds),
                "bootstrap": list(self.bootstrap),
                "metrics": {name: _texts(interval) for name, interval in self.metrics.items()},
            }
        )

    @property
    def digest(self) -> Hash:
        return Hash(keccak256(self.canonical))


def read_report(data: bytes) -> EvaluationReport:
    """`IntegrityMismatch` for bytes that are no canonical report."""
    try:
        body = strict_json.loads(data)
        seed, rounds = body["bootstrap"]
        report = EvaluationReport(
            set_digest=_bytes32(body["set"]),
            model_digest=_bytes32(body["model"]),
            recipe_digest=_bytes32(body["recipe"]),
            examples=int(body["examples"]),
            seeds=tuple(int(s) for s in body["seeds"]),
            bootstrap=(int(seed), int(rounds)),
            metrics={str(name): _interval(texts) for name, texts in body["metrics"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InvalidInput) as error:
        raise IntegrityMismatch(f"This is no evaluation report of the format {FORMAT}: {error!r}.") from error
    if report.canonical != data:
        raise IntegrityMismatch("The evaluation report is not in its canonical form.")
    return report


def _check_metric(name: str, interval: Interval) -> None:
    figures = (interval.mean, interval.low, interval.high, interval.confidence)
    if not _NAME.fullmatch(name) or not all(math.isfinite(f) for f in figures):
        raise InvalidInput(
            f"The metric {name!r} has no plain name or no finite figures.", "Leave out what has no number."
        )
    if interval.low > interval.high or not 0 < interval.confidence < 1:
        raise InvalidInput(
            f"The interval of {name!r} is none.", "Its low end must not be above its high end."
        )


def _rounded(interval: Interval) -> Interval:
    # Adding 0.0 turns -0.0 into 0.0: one figure has one text.
    return Interval(
        round(interval.mean, DECIMALS) + 0.0,
        round(interval.low, DECIMALS) + 0.0,
        round(interval.high, DECIMALS) + 0.0,
        round(interval.confidence, DECIMALS),
    )


def _texts(interval: Interval) -> dict[str, str]:
    return {key: f"{getattr(interval, key):.{DECIMALS}f}" for key in ("mean", "low", "high", "confidence")}


def _interval(texts: Any) -> Interval:
    if not all(_DECIMAL.fullmatch(text) for text in texts.values()):
        raise ValueError("a figure is not text with six decimals")
    return Interval(
        float(texts["mean"]), float(texts["low"]), float(texts["high"]), float(texts["confidence"])
    )


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes32(value: Any) -> Hash:
    return Hash(bytes.fromhex(value.removeprefix("0x")))
