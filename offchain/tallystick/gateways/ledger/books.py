"""All books of one ledger file together."""

from pathlib import Path
from types import TracebackType
from typing import Self

from tallystick.gateways.ledger.alarms import AlarmBook
from tallystick.gateways.ledger.answers import AnswerBook
from tallystick.gateways.ledger.attribution.audited_shares import AuditedShareBook
from tallystick.gateways.ledger.attribution.usefulness import UsefulnessBook
from tallystick.gateways.ledger.batches import BatchBook
from tallystick.gateways.ledger.database import Database
from tallystick.gateways.ledger.feedback import FeedbackBook
from tallystick.gateways.ledger.outbox import OutboxBook
from tallystick.gateways.ledger.payments.book import PaymentBook
from tallystick.gateways.ledger.periods import PeriodBook
from tallystick.gateways.ledger.receipts import ReceiptBook
from tallystick.gateways.ledger.retrainings import RetrainingBook
from tallystick.gateways.ledger.traffic import TrafficBook
from tallystick.gateways.ledger.vouchers import VoucherBook


def holds_books(place: Path | str) -> bool:
    """Whether a writer was there before, so that a reader finds tables."""
    if isinstance(place, Path):
        return place.exists()
    reading = Database(place, read_only=True)
    try:
        return reading.version > 0
    finally:
        reading.close()


class SqlLedger:
    """Satisfies `ports.Ledger`, in a SQLite file or at the URL of a PostgreSQL database.

    Conflict when another process writes it; reading alone is always possible.
    """

    def __init__(self, place: Path | str, *, read_only: bool = False) -> None:
        self._database = Database(place, read_only=read_only)
        self.receipts = ReceiptBook(self._database)
        self.vouchers = VoucherBook(self._database)
        self.answers = AnswerBook(self._database)
        self.payments = PaymentBook(self._database)
        self.batches = BatchBook(self._database)
        self.periods = PeriodBook(self._database)
        self.outbox = OutboxBook(self._database)
        self.traffic = TrafficBook(self._database)
        self.alarms = AlarmBook(self._database)
        self.retrainings = RetrainingBook(self._database)
        self.feedback = FeedbackBook(self._database)
        self.audited_shares = AuditedShareBook(self._database)
        self.usefulness = UsefulnessBook(self._database)

    def size(self) -> int:
        """Bytes on disk; an error where nothing can be written any more."""
        return self._database.size()

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SqliteLedger(SqlLedger):
    """The one in a file."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        super().__init__(path, read_only=read_only)
