"""Signed transactions, stored before they are sent. One signature a nonce; one live transaction an intent."""

import sqlite3

from tallystick.domain.ids import Address, Hash
from tallystick.gateways.ledger.database import Database
from tallystick.ports import OutboxEntry

_COLUMNS = "chain, sender, nonce, tx_hash, raw, summary, intent, state, block"


class OutboxBook:
    """Satisfies `ports.Outbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store(self, entry: OutboxEntry) -> None:
        """Conflict when the nonce is signed for, or the intent under way or done."""
        values = (
            entry.chain,
            entry.sender,
            entry.nonce,
            entry.tx_hash,
            entry.raw,
            entry.summary,
            entry.intent,
        )
        sql = f"INSERT INTO outbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        self._database.write(
            lambda connection: connection.execute(sql, (*values, entry.state, entry.block)).rowcount
        )

    def mark(self, tx_hash: Hash, state: str, block: int | None = None) -> None:
        sql = "UPDATE outbox SET state = ?, block = ? WHERE tx_hash = ?"
        self._database.write(lambda connection: connection.execute(sql, (state, block, tx_hash)).rowcount)

    def unresolved(self, chain: str, sender: Address) -> tuple[OutboxEntry, ...]:
        """What may or may not have reached the chain, by nonce."""
        sql = f"SELECT {_COLUMNS} FROM outbox WHERE chain = ? AND sender = ?"
        sql += " AND state = 'signed' ORDER BY nonce"
        return tuple(_from_row(row) for row in self._database.read(sql, (chain, sender)))

    def by_intent(self, chain: str, sender: Address, intent: str) -> OutboxEntry | None:
        sql = f"SELECT {_COLUMNS} FROM outbox WHERE chain = ? AND sender = ? AND intent = ?"
        sql += " AND state IN ('signed', 'mined')"
        rows = self._database.read(sql, (chain, sender, intent))
        return _from_row(rows[0]) if rows else None


def _from_row(row: sqlite3.Row) -> OutboxEntry:
    return OutboxEntry(**{key: row[key] for key in row.keys()})  # noqa: SIM118, a Row iterates over values
