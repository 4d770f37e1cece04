"""A model's card: what it was made of and how good it is. Pinned; the registry stores its digest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tallystick.commitments import strict_json
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.attribution import IndexFacts
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.ids import AssetId, Hash
from tallystick.errors import IntegrityMismatch

FORMAT = "tallystick-model-2"
INDEX_FILE = "attribution_index"
"""Under this name `run` tells the digest of the attribution index's file, where that is public."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """`files` are the adapter's, name to content digest; `digest` is the adapter's own. `index` lists the document
    sets it is served with; `attribution` is the index by which training data earns. `run` holds recipe, seed,
    precision and tool versions; `evaluation` the scores.
    """

    name: str
    base_id: AssetId
    base_digest: Hash
    digest: Hash
    files: Mapping[str, Hash]
    manifest: tuple[ManifestEntry, ...]
    attribution: IndexFacts
    index: tuple[ManifestEntry, ...] = ()
    run: Mapping[str, Any] = field(default_factory=dict)
    evaluation: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pinned(self) -> dict[str, Hash]:
        """Every file that whoever serves or audits the model needs: the adapter's, the calibration's, the index."""
        told = dict(self.run.get("calibration", {}).get("files", {}))
        if INDEX_FILE in self.run:
            told["attribution index"] = self.run[INDEX_FILE]
        return {**self.files, **{str(name): Hash(_bytes32(digest)) for name, digest in told.items()}}


def write_card(card: ModelCard) -> bytes:
    """The canonical bytes that are pinned."""
    return canonical_json(
        {
            "format": FORMAT,
            "name": card.name,
            "base_id": _hex(card.base_id),
            "base_digest": _hex(card.base_digest),
            "digest": _hex(card.digest),
            "files": {name: _hex(digest) for name, digest in card.files.items()},
            "manifest": entries_to_json(card.manifest),
            "index": entries_to_json(card.index),
            "attribution": card.attribution.as_dict(),
            "run": dict(card.run),
            "evaluation": dict(card.evaluation),
        }
    )


def read_card(data: bytes) -> ModelCard:
    """`IntegrityMismatch` for bytes that are no canonical card."""
    try:
        body = strict_json.loads(data)
        if body["format"] != FORMAT:
            raise ValueError(f"its format is {body['format']!r}")
        card = ModelCard(
            name=str(body["name"]),
            base_id=AssetId(_bytes32(body["base_id"])),
            base_digest=Hash(_bytes32(body["base_digest"])),
            digest=Hash(_bytes32(body["digest"])),
            files={str(name): Hash(_bytes32(digest)) for name, digest in body["files"].items()},
            manifest=entries_from_json(body["manifest"]),
            attribution=IndexFacts.from_dict(body["attribution"]),
            index=entries_from_json(body["index"]),
            run=dict(body["run"]),
            evaluation=dict(body["evaluation"]),
        )
        _ = card.pinned  # what it names are digests
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise IntegrityMismatch(f"This is no model card of the format {FORMAT}: {error!r}.") from error
    if write_card(card) != data:
        raise IntegrityMismatch("The model card is not in its canonical form.")
    return card


def entries_to_json(entries: Sequence[ManifestEntry]) -> list[list[Any]]:
    return [[_hex(e.dataset_id), _hex(e.root), e.weight] for e in entries]


def entries_from_json(rows: Any) -> tuple[ManifestEntry, ...]:
    return tuple(ManifestEntry(AssetId(_bytes32(i)), Hash(_bytes32(r)), int(w)) for i, r, w in rows)


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes32(value: Any) -> bytes:
    raw = bytes.fromhex(value[2:])
    if value[:2] != "0x" or len(raw) != 32:
        raise ValueError(f"{value!r} is not 32 bytes as 0x hex")
    return raw
