"""Everything the node asks of the outside world, and the records that pass through. Knows no gateway."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.usage import Receipt, SignedVoucher


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """`encoded` is the caller's; `voucher` acknowledges exactly this receipt; `batch` is a header hash."""

    digest: Hash
    head: Hash
    receipt: Receipt
    encoded: bytes
    is_acknowledged: bool = False
    voucher: SignedVoucher | None = None
    batch: Hash | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a receipt's commitments; private to consumer and operator. Both JSON texts are canonical."""

    salt: bytes
    messages_json: str
    answer: str
    attribution_json: str


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """State is drafted, posted, final, convicted or voided; `batch_id` is the chain's, None while drafted."""

    header_hash: Hash
    operator: Address
    encoded_header: bytes
    data_digest: Hash
    state: str
    batch_id: int | None = None
    posted_at: int | None = None


@dataclass(frozen=True, slots=True)
class StoredPeriod:
    """A reward proposal: both roots and the caller's canonical bytes of all leaves."""

    period: int
    epoch_root: Hash
    cumulative_root: Hash
    encoded: bytes


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A signed transaction, stored before it is sent. State is signed, mined, reverted or lost."""

    chain: str
    sender: Address
    nonce: int
    tx_hash: Hash
    raw: bytes
    summary: str
    intent: str | None = None
    state: str = "signed"
    block: int | None = None


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """A log as plain values: addresses lower-case, integers as int, hashes as bytes."""

    contract: str
    name: str
    values: Mapping[str, Any]
    block: int
    block_hash: Hash
    tx_hash: Hash
    log_index: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """A mined transaction with the called contract's events."""

    tx_hash: Hash
    summary: str
    block: int
    gas_used: int
    events: tuple[ChainEvent, ...]

    def event(self, name: str) -> ChainEvent:
        """The one of that name; StopIteration would be a defect of ours."""
        return next(e for e in self.events if e.name == name)


@dataclass(frozen=True, slots=True)
class RegisteredDataset:
    asset_id: AssetId
    owner: Address
    root: Hash
    count: int
    manifest_digest: Hash
    licence: int
    order: int
    registered_at: int
    bond: int
    is_convicted: bool


@dataclass(frozen=True, slots=True)
class DuplicateRecord:
    """A record with its path in a data set's tree; siblings are (hash, sum) from leaf to root."""

    asset_id: AssetId
    index: int
    salt: bytes
    siblings: tuple[tuple[Hash, int], ...]


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """Gate is 1 registered, 2 serving, 3 retired."""

    asset_id: AssetId
    owner: Address
    base_id: AssetId
    digest: Hash
    content_digest: Hash
    manifest_root: Hash
    manifest_count: int
    depth: int
    gate: int
    registered_at: int
    evidence_digest: Hash


@dataclass(frozen=True, slots=True)
class Allotment:
    amount: int
    thawing: int
    thaw_ends_at: int


@dataclass(frozen=True, slots=True)
class Stake:
    """`active` includes `locked` and not `thawing`."""

    active: int
    locked: int
    thawing: int
    thaw_ends_at: int


class ContentStore(Protocol):
    """Bytes by digest; whatever comes back was verified."""

    def add(self, data: bytes) -> Hash: ...
    def add_file(self, path: Path) -> Hash: ...
    def get(self, digest: Hash, max_bytes: int = ...) -> bytes: ...
    def get_file(self, digest: Hash, target: Path, max_bytes: int = ...) -> None: ...
    def pin(self, digest: Hash) -> None: ...
    def unpin(self, digest: Hash) -> None: ...
    def is_pinned(self, digest: Hash) -> bool: ...
    def version(self) -> str: ...


class Receipts(Protocol):
    def store(self, stored: StoredReceipt, opening: Opening | None = None) -> None: ...
    def get(self, digest: Hash) -> StoredReceipt: ...
    def opening(self, digest: Hash) -> Opening: ...
    def last(self, consumer: Address, operator: Address, lane: int) -> StoredReceipt | None: ...
    def lane(self, consumer: Address, operator: Address, lane: int) -> tuple[StoredReceipt, ...]: ...
    def unbatched(self, operator: Address, limit: int = ...) -> tuple[StoredReceipt, ...]: ...
    def of_batch(self, header_hash: Hash) -> tuple[StoredReceipt, ...]: ...
    def recent(self, limit: int = ...) -> tuple[StoredReceipt, ...]: ...


class Vouchers(Protocol):
    """One book for both sides: what a consumer promised, what an operator holds."""

    def store(self, signed: SignedVoucher) -> None: ...
    def latest(self, consumer: Address, operator: Address, lane: int) -> SignedVoucher | None: ...
    def lanes(self, *, consumer: Address | None = None) -> tuple[SignedVoucher, ...]: ...
    def next_lane(self, consumer: Address, operator: Address) -> int: ...


class Batches(Protocol):
    def draft(self, batch: StoredBatch, receipts: Sequence[Hash]) -> None: ...
    def discard(self, header_hash: Hash) -> None: ...
    def mark_posted(self, header_hash: Hash, *, batch_id: int, posted_at: int) -> None: ...
    def mark(self, header_hash: Hash, state: str) -> None: ...
    def get(self, header_hash: Hash) -> StoredBatch: ...
    def list(self, state: str | None = None) -> tuple[StoredBatch, ...]: ...


class Periods(Protocol):
    def store(self, period: StoredPeriod) -> None: ...
    def latest(self) -> StoredPeriod | None: ...
    def by_cumulative_root(self, root: Hash) -> StoredPeriod: ...


class Outbox(Protocol):
    def store(self, entry: OutboxEntry) -> None: ...
    def mark(self, tx_hash: Hash, state: str, block: int | None = None) -> None: ...
    def unresolved(self, chain: str, sender: Address) -> tuple[OutboxEntry, ...]: ...
    def by_intent(self, chain: str, sender: Address, intent: str) -> OutboxEntry | None: ...


class Ledger(Protocol):
    """The node's own books; one process at a time."""

    @property
    def receipts(self) -> Receipts: ...
    @property
    def vouchers(self) -> Vouchers: ...
    @property
    def batches(self) -> Batches: ...
    @property
    def periods(self) -> Periods: ...
    @property
    def outbox(self) -> Outbox: ...
    def close(self) -> None: ...


class Signer(Protocol):
    """A key that never leaves its gateway."""

    @property
    def address(self) -> Address: ...
    def sign_digest(self, digest: bytes) -> bytes: ...
    def sign_transaction(self, fields: Mapping[str, object]) -> tuple[bytes, Hash]: ...
