"""A data set: records in order, what commits to them, and who owns it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tallystick.domain.ids import Address, AssetId, Hash


@dataclass(frozen=True, slots=True)
class Record:
    """One record. `canonical` is its RFC 8785 form; `body` maps column to text."""

    index: int
    body: dict[str, str]
    canonical: bytes
    content_hash: Hash
    salt: bytes

    @property
    def text(self) -> str:
        """What is read by models and detectors: question and answer, a conversation's turns, or the document's text."""
        return " ".join(said for column, text in self.body.items() for said in _said(column, text))

    @property
    def is_document(self) -> bool:
        return "text" in self.body


TEXT_COLUMNS = (
    *("title", "question", "answer", "system", "instruction", "input", "output"),
    *("prompt", "completion", "messages", "text"),
)


def _said(column: str, text: str) -> Iterator[str]:
    if column != "messages":
        yield from (text,) if column in TEXT_COLUMNS else ()
        return
    try:
        yield from (str(message["content"]) for message in json.loads(text))
    except (ValueError, TypeError, KeyError):
        yield text


@dataclass(frozen=True, slots=True)
class Dataset:
    """Records with their commitment. `order` is the chain's commit order, None before registration."""

    name: str
    owner: Address
    records: tuple[Record, ...]
    root: Hash
    licence: int
    asset_id: AssetId
    order: int | None = None

    @property
    def is_retrieval(self) -> bool:
        return bool(self.records) and self.records[0].is_document


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One line of a training manifest or of a retrieval index: weight is the number of records used."""

    dataset_id: AssetId
    root: Hash
    weight: int
