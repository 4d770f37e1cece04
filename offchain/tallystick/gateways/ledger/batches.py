"""Our settlement batches and which receipts each holds. A receipt is in one batch, or in none."""

from collections.abc import Sequence

from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, NotFound
from tallystick.gateways.ledger.backends.session import Row, Session
from tallystick.gateways.ledger.database import Database
from tallystick.gateways.ledger.receipts import ACKNOWLEDGED
from tallystick.ports import StoredBatch

_COLUMNS = "header_hash, operator, encoded_header, data_digest, state, batch_id, posted_at"

_DRAFT = f"""
INSERT INTO batches ({_COLUMNS}, position)
VALUES (?, ?, ?, ?, 'drafted', NULL, NULL, (SELECT coalesce(max(position), 0) + 1 FROM batches)) ON CONFLICT DO NOTHING
"""
_CLAIM = f"UPDATE receipts AS r SET batch = ? WHERE digest = ? AND coalesce(batch, ?) = ? AND {ACKNOWLEDGED}"


class BatchBook:
    """Satisfies `ports.Batches`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def draft(self, batch: StoredBatch, receipts: Sequence[Hash]) -> None:
        """Record a batch and claim its receipts, all or none; the same draft again is fine."""

        def work(connection: Session) -> None:
            values = (batch.header_hash, batch.operator, batch.encoded_header, batch.data_digest)
            connection.execute(_DRAFT, values)
            mine = batch.header_hash
            claimed = connection.executemany(_CLAIM, ((mine, each, mine, mine) for each in receipts)).rowcount
            if claimed != len(receipts):
                raise Conflict(
                    f"{len(receipts) - claimed} of {len(receipts)} receipts are taken or not acknowledged.",
                    "Assemble the batch again from what is unbatched.",
                )

        self._database.write(work)

    def discard(self, header_hash: Hash) -> None:
        """Undo a draft that was never posted: its receipts are free again."""

        def work(connection: Session) -> None:
            _require_state(connection, header_hash, "drafted")
            connection.execute("UPDATE receipts SET batch = NULL WHERE batch = ?", (header_hash,))
            connection.execute("DELETE FROM batches WHERE header_hash = ?", (header_hash,))

        self._database.write(work)

    def mark_posted(self, header_hash: Hash, *, batch_id: int, posted_at: int) -> None:
        sql = "UPDATE batches SET state = 'posted', batch_id = ?, posted_at = ? WHERE header_hash = ?"
        self._update(sql, (batch_id, posted_at, header_hash), header_hash)

    def mark(self, header_hash: Hash, state: str) -> None:
        """Set the state; a convicted or voided batch lets go of its receipts, whose money is unsettled."""

        def work(connection: Session) -> None:
            changed = connection.execute(
                "UPDATE batches SET state = ? WHERE header_hash = ?", (state, header_hash)
            )
            _require_one(changed.rowcount, header_hash)
            if state in ("convicted", "voided"):
                connection.execute("UPDATE receipts SET batch = NULL WHERE batch = ?", (header_hash,))

        self._database.write(work)

    def get(self, header_hash: Hash) -> StoredBatch:
        rows = self._database.read(f"SELECT {_COLUMNS} FROM batches WHERE header_hash = ?", (header_hash,))
        _require_one(len(rows), header_hash)
        return _from_row(rows[0])

    def list(self, state: str | None = None) -> tuple[StoredBatch, ...]:
        """In the order of the chain, drafts last."""
        where, values = ("", ()) if state is None else (" WHERE state = ?", (state,))
        sql = f"SELECT {_COLUMNS} FROM batches{where} ORDER BY batch_id IS NULL, batch_id, position"
        return tuple(_from_row(row) for row in self._database.read(sql, values))

    def _update(self, sql: str, values: tuple[object, ...], header_hash: Hash) -> None:
        self._database.write(
            lambda connection: _require_one(connection.execute(sql, values).rowcount, header_hash)
        )


def _require_state(connection: Session, header_hash: Hash, state: str) -> None:
    row = connection.execute("SELECT state FROM batches WHERE header_hash = ?", (header_hash,)).fetchone()
    _require_one(0 if row is None else 1, header_hash)
    if row["state"] != state:
        raise Conflict(
            f"Batch {header_hash.hex()[:16]} is {row['state']}, not {state}.", "It is on the chain already."
        )


def _require_one(count: int, header_hash: Hash) -> None:
    if count != 1:
        raise NotFound(
            f"No batch with header {header_hash.hex()}.", "List them with `tallystick batch list`."
        )


def _from_row(row: Row) -> StoredBatch:
    return StoredBatch(
        header_hash=Hash(row["header_hash"]),
        operator=Address(row["operator"]),
        encoded_header=row["encoded_header"],
        data_digest=Hash(row["data_digest"]),
        state=row["state"],
        batch_id=row["batch_id"],
        posted_at=row["posted_at"],
    )
