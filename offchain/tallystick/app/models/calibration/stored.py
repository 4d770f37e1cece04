"""A calibration on disk: one canonical JSON file that names its ladder by digest."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tallystick.app.models.attribution.indexing import Learnt
from tallystick.commitments import strict_json
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.ids import AssetId, Hash
from tallystick.errors import IntegrityMismatch, IntegrityViolation, NotFound

FORMAT, FILE, LADDER = "tallystick-calibration-1", "calibration.json", "ladder.safetensors"


@dataclass(frozen=True, slots=True)
class LadderFacts:
    """`blocks` are data sets in chain order, as (order, asset); `deviation` is one retraining's, nats, as text."""

    digest: Hash
    blocks: tuple[tuple[tuple[int, AssetId], ...], ...]
    seeds: tuple[int, ...]
    deviation: str


@dataclass(frozen=True, slots=True)
class CalibrationFacts:
    """`recipe` is that of the retrainings; `seen` counts what the blend was fitted on."""

    adapter: Hash
    manifest: Hash
    blend: Mapping[str, Any]
    recipe: Mapping[str, Any]
    seen: Mapping[str, int]
    ladder: LadderFacts | None

    def encoded(self) -> bytes:
        ladder = self.ladder
        told = {
            "format": FORMAT,
            "adapter": self.adapter.hex(),
            "manifest": self.manifest.hex(),
            "blend": dict(self.blend),
            "recipe": dict(self.recipe),
            "seen": dict(self.seen),
            "ladder": ladder
            and {
                **asdict(ladder),
                "digest": ladder.digest.hex(),
                "seeds": list(ladder.seeds),
                "blocks": [[[order, asset.hex()] for order, asset in block] for block in ladder.blocks],
            },
        }
        return canonical_json(told)

    @classmethod
    def decoded(cls, data: bytes) -> "CalibrationFacts":
        try:
            told = strict_json.loads(data)
            if told["format"] != FORMAT:
                raise ValueError(f"its format is {told['format']!r}")
            made = cls(
                _hash(told["adapter"]),
                _hash(told["manifest"]),
                dict(told["blend"]),
                dict(told["recipe"]),
                {str(name): int(count) for name, count in told["seen"].items()},
                _ladder(told["ladder"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise IntegrityMismatch(f"This is no calibration: {error!r}.", "Make it again.") from error
        if made.encoded() != data:
            raise IntegrityMismatch("The calibration is not in its canonical form.", "Make it again.")
        return made


def folder_of(learnt: Learnt) -> Path:
    """Beside the adapter: a folder's digest is over its files."""
    return learnt.file.with_suffix(".calibration")


def read_stored(learnt: Learnt) -> tuple[CalibrationFacts, Hash]:
    """What stands on disk for this adapter and manifest, with its digest. `NotFound`, or `IntegrityMismatch`."""
    from tallystick.pipeline.models.adapter import adapter_digest

    file = folder_of(learnt) / FILE
    if not file.is_file():
        raise NotFound(f"{file} does not exist.", "Make the calibration.")
    data = file.read_bytes()
    facts = CalibrationFacts.decoded(data)
    if facts.adapter != adapter_digest(learnt.adapter) or facts.manifest != learnt.manifest:
        raise IntegrityMismatch(f"{file} is of another adapter or manifest.", "Make the calibration again.")
    return facts, Hash(hashlib.sha256(data).digest())


def committed_facts(learnt: Learnt, digest: str) -> CalibrationFacts:
    """Of the digest that the model's card names; `IntegrityViolation` where it is missing or another."""
    hint = f"Bring {folder_of(learnt).name} back from a copy: what was committed cannot be made up."
    try:
        facts, held = read_stored(learnt)
    except (NotFound, IntegrityMismatch) as error:
        raise IntegrityViolation(
            f"The committed calibration cannot be read: {error.message}", hint
        ) from error
    if f"0x{held.hex()}" != digest:
        raise IntegrityViolation("The calibration is not the one that the model's card names.", hint)
    return facts


def _ladder(told: Any) -> LadderFacts | None:
    if told is None:
        return None
    blocks = tuple(tuple((int(o), AssetId(_hash(a))) for o, a in block) for block in told["blocks"])
    return LadderFacts(_hash(told["digest"]), blocks, tuple(map(int, told["seeds"])), str(told["deviation"]))


def _hash(told: str) -> Hash:
    raw = bytes.fromhex(told)
    if len(raw) != 32:
        raise ValueError(f"{told!r} is not 32 bytes as hex")
    return Hash(raw)
