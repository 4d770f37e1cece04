"""The node's own books: what they hold and what they are asked."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tallystick.domain.answers.opened import OutputRecord
from tallystick.domain.answers.usefulness import Standing
from tallystick.domain.ids import Address, AssetId, Hash, Pot
from tallystick.domain.usage import Receipt, SignedVoucher, Transfer, Voucher
from tallystick.errors import NodeError
from tallystick.ports.monitoring import Alarms, Feedbacks, Retrainings, Traffic
from tallystick.ports.sending import Outbox


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
    """What opens a receipt's commitments; private to consumer and operator. Both JSON texts are canonical.

    `attribution_json` is what the answer was shown with; nothing commits to it but the receipt's lines to its shares.
    """

    salt: bytes
    messages_json: str
    output: OutputRecord
    attribution_json: str

    @property
    def answer(self) -> str:
        return self.output.answer


@dataclass(frozen=True, slots=True)
class ReceiptTally:
    """How many receipts the books hold, how many of them are in a batch, and what is acknowledged, base units."""

    total: int
    batched: int
    acknowledged: int


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """A consumer's idempotency key on a lane: the digest of its request, and of the receipt that answers it."""

    consumer: Address
    operator: Address
    lane: int
    key: str
    request: Hash
    receipt: Hash


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
class AuditedShares:
    """One pot of an audited receipt: paid less reference, ppm of the pot, of every asset that either names."""

    operator: Address
    receipt: Hash
    pot: Pot
    differences: Mapping[AssetId, int]


@dataclass(frozen=True, slots=True)
class StoredPayment:
    """A signed transfer that pays for one answer. State is received, settled, returning, returned or redeemed.

    `received_at` is the chain's time in seconds; `tx_hash` the transaction that credited it, where that is known.
    """

    operator: Address
    lane: int
    transfer: Transfer
    received_at: int
    state: str = "received"
    tx_hash: Hash | None = None

    @property
    def payer(self) -> Address:
        return self.transfer.payer


class Receipts(Protocol):
    def store(self, stored: StoredReceipt, opening: Opening | None = None) -> None: ...
    def get(self, digest: Hash) -> StoredReceipt: ...
    def opening(self, digest: Hash) -> Opening: ...
    def last(self, consumer: Address, operator: Address, lane: int) -> StoredReceipt | None: ...
    def lane(self, consumer: Address, operator: Address, lane: int) -> tuple[StoredReceipt, ...]: ...
    def unbatched(self, operator: Address, limit: int = ...) -> Iterator[StoredReceipt]: ...
    def of_batch(self, header_hash: Hash) -> Iterator[StoredReceipt]: ...
    def recent(self, limit: int = ...) -> tuple[StoredReceipt, ...]: ...
    def tally(self) -> ReceiptTally: ...
    def part(
        self, *, skip: int, limit: int, consumer: Address | None = ..., batch: Hash | None = ...
    ) -> tuple[tuple[StoredReceipt, ...], int]: ...


class Vouchers(Protocol):
    """One book for both sides: what a consumer promised, what an operator holds."""

    def store(self, signed: SignedVoucher) -> None: ...
    def acknowledge(
        self, signed: Sequence[SignedVoucher], check: Callable[[Voucher, int, Hash], None]
    ) -> tuple[NodeError | None, ...]: ...
    def latest(self, consumer: Address, operator: Address, lane: int) -> SignedVoucher | None: ...
    def lanes(self, *, consumer: Address | None = None) -> tuple[SignedVoucher, ...]: ...
    def part(
        self, *, skip: int, limit: int, consumer: Address | None = None
    ) -> tuple[tuple[SignedVoucher, ...], int]: ...
    def next_lane(self, consumer: Address, operator: Address) -> int: ...


class Answers(Protocol):
    """Which answer a retry is given again."""

    def note(self, key: AnswerKey) -> None: ...
    def find(self, consumer: Address, operator: Address, lane: int | None, key: str) -> AnswerKey | None: ...


class Payments(Protocol):
    """What x402 payers signed, and what became of it."""

    def note(self, payment: StoredPayment) -> StoredPayment: ...
    def find(self, payer: Address, operator: Address, lane: int) -> StoredPayment | None: ...
    def mark(self, payment: StoredPayment, state: str, tx_hash: Hash | None = ...) -> StoredPayment: ...
    def redeem(self, receipt: Receipt) -> None: ...
    def unfinished(self, operator: Address) -> tuple[StoredPayment, ...]: ...


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


class AuditedShareRecords(Protocol):
    def note(self, audited: Sequence[AuditedShares]) -> None: ...
    def of(self, operator: Address) -> tuple[AuditedShares, ...]: ...


class Usefulness(Protocol):
    """What a node knows of a model's passages: the latest standing of each."""

    def note(self, model: AssetId, standings: Sequence[Standing]) -> None: ...
    def of(self, model: AssetId) -> tuple[Standing, ...]: ...


class Ledger(Protocol):
    """The node's own books; one process at a time."""

    @property
    def receipts(self) -> Receipts: ...
    @property
    def vouchers(self) -> Vouchers: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def payments(self) -> Payments: ...
    @property
    def batches(self) -> Batches: ...
    @property
    def periods(self) -> Periods: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def traffic(self) -> Traffic: ...
    @property
    def alarms(self) -> Alarms: ...
    @property
    def retrainings(self) -> Retrainings: ...
    @property
    def feedback(self) -> Feedbacks: ...
    @property
    def audited_shares(self) -> AuditedShareRecords: ...
    @property
    def usefulness(self) -> Usefulness: ...
    def size(self) -> int:
        """Bytes on disk; an error where nothing can be written any more, until it is opened anew."""

    def close(self) -> None: ...


class Keeper(Protocol):
    def copy(self, target: Path) -> int:
        """A new file with all books as of one moment, also while they are written; how many receipts it holds."""

    def check_free(self) -> None:
        """Conflict where books are already, or somebody writes."""

    def load(self, source: Path) -> None:
        """The books of a copy, where none are. Books of an older program are brought forward."""


# Assets with what each had earned before and after a period, from that period's bytes.
ReadPeriod = Callable[[bytes], Iterable[tuple[bytes, int, int]]]


class Analyst(Protocol):
    def export(self, folder: Path, read_period: ReadPeriod, *, with_text: bool) -> Mapping[str, int]:
        """Files of all books as of one moment into an empty folder; their rows by table."""

    def query(self, folder: Path, sql: str, limit: int) -> tuple[Mapping[str, object], ...]:
        """At most `limit` rows. InvalidInput for anything but one SELECT over those files."""
