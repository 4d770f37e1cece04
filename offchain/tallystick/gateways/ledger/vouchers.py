"""Vouchers, for the operator who holds and the consumer who signed them. Checks order, not signatures."""

import sqlite3

from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import SignedVoucher, Voucher
from tallystick.errors import Conflict
from tallystick.gateways.ledger.columns import number, u64, u128
from tallystick.gateways.ledger.database import Database

_OF_LANE = "consumer = ? AND operator = ? AND lane = ?"
_ACKNOWLEDGE = (
    f"UPDATE receipts SET is_acknowledged = 1 WHERE {_OF_LANE} AND cumulative <= ? AND is_acknowledged = 0"
)


class VoucherBook:
    """Satisfies `ports.Vouchers`. On a lane, limit and acknowledged only grow, and no point has two heads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store(self, signed: SignedVoucher) -> None:
        """Record a voucher and, with it, the acknowledgement of every receipt it covers.

        The consumer's side stores before it sends, the operator's before it serves on.
        """
        self._database.write(lambda connection: _store(connection, signed))

    def latest(self, consumer: Address, operator: Address, lane: int) -> SignedVoucher | None:
        """The one with the highest limit, which is also the one to redeem."""
        sql = f"SELECT * FROM vouchers WHERE {_OF_LANE} ORDER BY acknowledged DESC LIMIT 1"
        rows = self._database.read(sql, (consumer, operator, u64(lane)))
        return voucher_from(rows[0]) if rows else None

    def lanes(self, *, consumer: Address | None = None) -> tuple[SignedVoucher, ...]:
        """The latest voucher of every lane."""
        sql = "SELECT *, max(acknowledged) FROM vouchers WHERE ? IS NULL OR consumer = ?1"
        sql += " GROUP BY consumer, operator, lane"
        return tuple(voucher_from(row) for row in self._database.read(sql, (consumer,)))

    def next_lane(self, consumer: Address, operator: Address) -> int:
        """A lane number that these two never used in this ledger."""
        sql = "SELECT max(lane) FROM (SELECT lane, consumer, operator FROM vouchers UNION ALL"
        sql += " SELECT lane, consumer, operator FROM receipts) WHERE consumer = ? AND operator = ?"
        highest = self._database.read(sql, (consumer, operator))[0][0]
        return 0 if highest is None else number(highest) + 1


def _store(connection: sqlite3.Connection, signed: SignedVoucher) -> None:
    v = signed.voucher
    lane = (v.consumer, v.operator, u64(v.lane))
    latest = connection.execute(
        f"SELECT * FROM vouchers WHERE {_OF_LANE} ORDER BY acknowledged DESC LIMIT 1", lane
    ).fetchone()
    if latest is not None:
        _check_growth(voucher_from(latest).voucher, v)
    receipt = connection.execute(
        f"SELECT head FROM receipts WHERE {_OF_LANE} AND cumulative = ?", (*lane, u128(v.acknowledged))
    ).fetchone()
    if receipt is not None and receipt["head"] != v.head:
        raise _two_heads(v)
    values = (*lane, u128(v.acknowledged), u128(v.limit), v.head, signed.signature)
    connection.execute(
        "INSERT INTO vouchers (consumer, operator, lane, acknowledged, max_amount, head, signature)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET max_amount = excluded.max_amount,"
        " signature = excluded.signature WHERE excluded.max_amount > max_amount",
        values,
    )
    connection.execute(_ACKNOWLEDGE, (*lane, u128(v.acknowledged)))


def _check_growth(old: Voucher, new: Voucher) -> None:
    if new.limit < old.limit or new.acknowledged < old.acknowledged:
        raise Conflict(
            f"The voucher on lane {new.lane} goes back: limit {old.limit} -> {new.limit},"
            f" acknowledged {old.acknowledged} -> {new.acknowledged}.",
            "Sign one that is at least as high, or open a new lane.",
        )
    if new.acknowledged == old.acknowledged and new.head != old.head:
        raise _two_heads(new)


def _two_heads(voucher: Voucher) -> Conflict:
    return Conflict(
        f"Lane {voucher.lane} has another head at {voucher.acknowledged}.",
        "The two sides disagree on a receipt: compare them before paying on.",
    )


def voucher_from(row: sqlite3.Row) -> SignedVoucher:
    voucher = Voucher(
        consumer=Address(row["consumer"]),
        operator=Address(row["operator"]),
        lane=number(row["lane"]),
        limit=number(row["max_amount"]),
        acknowledged=number(row["acknowledged"]),
        head=Hash(row["head"]),
    )
    return SignedVoucher(voucher, row["signature"])
