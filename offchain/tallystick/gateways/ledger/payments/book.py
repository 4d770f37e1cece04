"""Signed transfers that paid for answers, and what became of each."""

from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import Receipt, Transfer
from tallystick.errors import Conflict, NotFound
from tallystick.gateways.ledger.backends.session import Row, Session
from tallystick.gateways.ledger.columns import number, u64, u128
from tallystick.gateways.ledger.database import Database
from tallystick.ports import StoredPayment

_OF = "payer = ? AND operator = ? AND lane = ?"
_INSERT = """
INSERT INTO payments (payer, operator, lane, recipient, value, valid_after, valid_before, nonce, received_at, state)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_BILLED = "SELECT 1 FROM receipts WHERE consumer = ? AND operator = ? AND lane = ?"
_PAID = (
    "INSERT INTO lanes (consumer, operator, lane, acknowledged) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
# What is over stays as it is: a payment is redeemed or given back once.
_BEFORE = {
    "settled": ("received", "settled"),
    "returning": ("received", "settled", "returning"),
    "returned": ("received", "settled", "returning"),
}


class PaymentBook:
    """Satisfies `ports.Payments`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, payment: StoredPayment) -> StoredPayment:
        """Keep it; one that is known comes back as it is known. Conflict where another one has its lane."""

        def work(connection: Session) -> StoredPayment:
            row = connection.execute(f"SELECT * FROM payments WHERE {_OF}", _key(payment)).fetchone()
            if row is None:
                t = payment.transfer
                times = (t.valid_after.to_bytes(32, "big"), t.valid_before.to_bytes(32, "big"))
                values = (t.to, u128(t.value), *times, t.nonce, payment.received_at, payment.state)
                connection.execute(_INSERT, (*_key(payment), *values))
                return payment
            known = _from_row(row)
            if known.transfer != payment.transfer:
                raise Conflict("Another payment has this nonce.", "Sign one with a fresh nonce.")
            return known

        return self._database.write(work)

    def find(self, payer: Address, operator: Address, lane: int) -> StoredPayment | None:
        rows = self._database.read(f"SELECT * FROM payments WHERE {_OF}", (payer, operator, u64(lane)))
        return _from_row(rows[0]) if rows else None

    def mark(self, payment: StoredPayment, state: str, tx_hash: Hash | None = None) -> StoredPayment:
        """Conflict for a step back, and for giving back what an answer is billed against."""

        def work(connection: Session) -> StoredPayment:
            key = _key(payment)
            row = connection.execute(f"SELECT * FROM payments WHERE {_OF}", key).fetchone()
            if row is None:
                raise NotFound("There is no such payment.", "It was never received here.")
            if row["state"] != state and row["state"] not in _BEFORE[state]:
                raise Conflict(f"The payment is {row['state']}, and cannot become {state}.")
            if state == "returning" and connection.execute(_BILLED, key).fetchone() is not None:
                raise Conflict("An answer is billed against this payment.", "Redeem it.")
            sql = f"UPDATE payments SET state = ?, tx_hash = coalesce(tx_hash, ?) WHERE {_OF}"
            connection.execute(sql, (state, tx_hash, *key))
            return _from_row(connection.execute(f"SELECT * FROM payments WHERE {_OF}", key).fetchone())

        return self._database.write(work)

    def redeem(self, receipt: Receipt) -> None:
        """The escrow has redeemed the payment of this receipt's lane for it: it may settle without a voucher."""
        key = (receipt.consumer, receipt.operator, u64(receipt.lane))

        def work(connection: Session) -> None:
            connection.execute(f"UPDATE payments SET state = 'redeemed' WHERE {_OF}", key)
            connection.execute(_PAID, (*key, u128(receipt.cumulative)))

        self._database.write(work)

    def unfinished(self, operator: Address) -> tuple[StoredPayment, ...]:
        """Neither redeemed nor given back, oldest first."""
        where = "operator = ? AND state IN ('received', 'settled', 'returning')"
        rows = self._database.read(f"SELECT * FROM payments WHERE {where} ORDER BY received_at", (operator,))
        return tuple(_from_row(row) for row in rows)


def _key(payment: StoredPayment) -> tuple[str, str, bytes]:
    return (payment.payer, payment.operator, u64(payment.lane))


def _from_row(row: Row) -> StoredPayment:
    transfer = Transfer(
        payer=Address(row["payer"]),
        to=Address(row["recipient"]),
        value=number(row["value"]),
        valid_after=number(row["valid_after"]),
        valid_before=number(row["valid_before"]),
        nonce=row["nonce"],
    )
    return StoredPayment(
        operator=Address(row["operator"]),
        lane=number(row["lane"]),
        transfer=transfer,
        received_at=row["received_at"],
        state=row["state"],
        tx_hash=None if row["tx_hash"] is None else Hash(row["tx_hash"]),
    )
