"""Idempotency keys of consumers. The latest note of a key stands: the one before it failed before its receipt."""

from tallystick.domain.ids import Address, Hash
from tallystick.gateways.ledger.columns import number, u64
from tallystick.gateways.ledger.database import Database
from tallystick.ports import AnswerKey

_NOTE = """
INSERT INTO answers (consumer, operator, lane, key, request, receipt) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (consumer, operator, key, lane) DO UPDATE SET request = excluded.request, receipt = excluded.receipt
"""


class AnswerBook:
    """Satisfies `ports.Answers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, key: AnswerKey) -> None:
        values = (key.consumer, key.operator, u64(key.lane), key.key, key.request, key.receipt)
        self._database.write(lambda connection: connection.execute(_NOTE, values).rowcount)

    def find(self, consumer: Address, operator: Address, lane: int | None, key: str) -> AnswerKey | None:
        """On any lane without one; then the highest."""
        sql, values = (
            "SELECT * FROM answers WHERE consumer = ? AND operator = ? AND key = ?",
            (consumer, operator, key),
        )
        where, chosen = ("", ()) if lane is None else (" AND lane = ?", (u64(lane),))
        rows = self._database.read(f"{sql}{where} ORDER BY lane DESC LIMIT 1", (*values, *chosen))
        if not rows:
            return None
        row = rows[0]
        return AnswerKey(
            Address(row["consumer"]),
            Address(row["operator"]),
            number(row["lane"]),
            row["key"],
            Hash(row["request"]),
            Hash(row["receipt"]),
        )
