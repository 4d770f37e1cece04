"""A data set: records in order, what commits to them, and who owns it."""

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
        """What is read by models and detectors: question and answer, or the document's text."""
        return " ".join(v for k, v in self.body.items() if k in TEXT_COLUMNS)

    @property
    def is_document(self) -> bool:
        return "text" in self.body


TEXT_COLUMNS = ("title", "question", "answer", "text")


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
