"""What an answer came from: gains per channel, scores per data set, shares with their null; and the committed index."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tallystick.domain.answers.usefulness import Place
from tallystick.domain.answers.visible import visible_line
from tallystick.domain.ids import AssetId, Hash, Pot
from tallystick.domain.usage import Share


class Passage(Protocol):
    """A retrieved document that leads its cluster."""

    @property
    def dataset_id(self) -> AssetId: ...
    @property
    def order(self) -> int: ...
    @property
    def record_index(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...


def passage_text(passage: Passage) -> str:
    """How a passage stands in the prompt: one visible line, so that it can pose as nothing else there."""
    text = visible_line(passage.text)
    return f"{visible_line(passage.title)}. {text}" if passage.title else text


@dataclass(frozen=True, slots=True)
class Evidence:
    """One cluster's contribution to one channel, with the record that carried it. Values are nats, or bytes for spans.

    `instead_of` is the later passage in whose place this one was asked about, which stood in no prompt.
    """

    channel: str
    asset_id: AssetId
    record_index: int
    value: float
    reason: str
    instead_of: Place | None = None


@dataclass(frozen=True, slots=True)
class Gains:
    """Log-probability of the answer, nats per token: base alone, with the adapter, with adapter and context."""

    base: float
    adapter: float
    context: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """Integer shares for the pots retrieval, lineage and training; what is missing to 10^6 in a pot is its null share."""

    shares: tuple[Share, ...]
    evidence: tuple[Evidence, ...]
    gains: Gains

    def top(self, pot: Pot) -> AssetId | None:
        """The asset that earned most of a pot, None when nobody did."""
        held = [s for s in self.shares if s.pot is pot]
        return max(held, key=lambda s: (s.ppm, s.asset_id)).asset_id if held else None


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """What a model's card commits to of its attribution index: one fixed-size row a leading record, under one root.

    `features_of` is the digest of the adapter whose features the rows hold, `manifests` the roots that its sketches
    are seeded by, the newest last. `gradient` and `hidden` are (numbers, bits a number); `centre` is the digest of what
    is subtracted from hidden states; `parts` are the ranges of the gradient that `layers` names, none for all of it.
    `threads` built it: another number may move a row by a level.
    """

    root: Hash
    rows: int
    row_bytes: int
    features_of: Hash
    manifests: tuple[Hash, ...]
    layers: str
    gradient: tuple[int, int]
    hidden: tuple[int, int]
    centre: Hash
    threads: int
    parts: tuple[tuple[int, int], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Ready for canonical JSON."""
        return {
            "root": _hex(self.root),
            "rows": self.rows,
            "row_bytes": self.row_bytes,
            "features_of": _hex(self.features_of),
            "manifests": [_hex(m) for m in self.manifests],
            "layers": self.layers,
            "gradient": list(self.gradient),
            "hidden": list(self.hidden),
            "centre": _hex(self.centre),
            "threads": self.threads,
            "parts": [list(part) for part in self.parts],
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "IndexFacts":
        """`KeyError`, `TypeError` or `ValueError` for what is not the form of `as_dict`."""
        made = cls(
            root=_bytes32(told["root"]),
            rows=_count(told["rows"]),
            row_bytes=_count(told["row_bytes"]),
            features_of=_bytes32(told["features_of"]),
            manifests=tuple(_bytes32(m) for m in told["manifests"]),
            layers=str(told["layers"]),
            gradient=(_count(told["gradient"][0]), _count(told["gradient"][1])),
            hidden=(_count(told["hidden"][0]), _count(told["hidden"][1])),
            centre=_bytes32(told["centre"]),
            threads=_count(told["threads"]),
            parts=tuple((_count(a), _count(b)) for a, b in told["parts"]),
        )
        if not made.manifests or made.as_dict() != dict(told):
            raise ValueError("it says more or less than an index has")
        return made


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes32(value: Any) -> Hash:
    raw = bytes.fromhex(value[2:])
    if value[:2] != "0x" or len(raw) != 32:
        raise ValueError(f"{value!r} is not 32 bytes as 0x hex")
    return Hash(raw)
