"""Vouchers, for the operator who holds and the consumer who signed them. Checks order, not signatures."""

from collections.abc import Callable, Sequence

from tallystick.domain.ids import ZERO_HASH, Address, Hash
from tallystick.domain.usage import PAYMENT_LANES, SignedVoucher, Voucher
from tallystick.errors import Conflict, NodeError
from tallystick.gateways.ledger.backends.session import Row, Session
from tallystick.gateways.ledger.columns import number, u64, u128
from tallystick.gateways.ledger.database import Database

_OF_LANE = "consumer = ? AND operator = ? AND lane = ?"
_LATEST = f"SELECT * FROM vouchers WHERE {_OF_LANE} ORDER BY acknowledged DESC LIMIT 1"
_LAST = f"SELECT cumulative, head FROM receipts WHERE {_OF_LANE} ORDER BY previous DESC LIMIT 1"
# The receipts of a lane follow one another, so that only the nearest that starts below a point can end there.
_ENDING = (
    f"SELECT cumulative, head FROM receipts WHERE {_OF_LANE} AND previous < ? ORDER BY previous DESC LIMIT 1"
)
_USED = tuple(
    f"SELECT lane FROM {table} WHERE consumer = ? AND operator = ? AND lane < ? ORDER BY lane DESC LIMIT 1"
    for table in ("lanes", "receipts")
)
_INSERT = """
INSERT INTO vouchers (consumer, operator, lane, acknowledged, max_amount, head, signature)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (consumer, operator, lane, acknowledged)
  DO UPDATE SET max_amount = excluded.max_amount,
  signature = excluded.signature WHERE excluded.max_amount >= vouchers.max_amount
"""


class VoucherBook:
    """Satisfies `ports.Vouchers`. On a lane, limit and acknowledged only grow, and no point has two heads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store(self, signed: SignedVoucher) -> None:
        """Record a voucher, which acknowledges every receipt it covers.

        The consumer's side stores before it sends, the operator's before it serves on.
        """
        self._database.write(lambda connection: _store(connection, signed))

    def acknowledge(
        self, signed: Sequence[SignedVoucher], check: Callable[[Voucher, int, Hash], None]
    ) -> tuple[NodeError | None, ...]:
        """Record many in one commit, each for itself: why one was refused, or None.

        `check` gets a voucher, the amount that its lane stands at and the lane's head, as they are in this commit.
        """

        def work(connection: Session) -> tuple[NodeError | None, ...]:
            return tuple(_refusal(connection, one, check) for one in signed)

        return self._database.write(work)

    def latest(self, consumer: Address, operator: Address, lane: int) -> SignedVoucher | None:
        """The one with the highest limit, which is also the one to redeem."""
        rows = self._database.read(_LATEST, (consumer, operator, u64(lane)))
        return voucher_from(rows[0]) if rows else None

    def lanes(self, *, consumer: Address | None = None) -> tuple[SignedVoucher, ...]:
        """The latest voucher of every lane."""
        sql = "SELECT v.* FROM lanes JOIN vouchers v USING (consumer, operator, lane, acknowledged)"
        where, values = ("", ()) if consumer is None else (" WHERE consumer = ?", (consumer,))
        rows = self._database.read(f"{sql}{where} ORDER BY consumer, operator, lane", values)
        return tuple(voucher_from(row) for row in rows)

    def part(
        self, *, skip: int, limit: int, consumer: Address | None = None
    ) -> tuple[tuple[SignedVoucher, ...], int]:
        """As `lanes`, but some of them, and how many there are."""
        where, values = ("", ()) if consumer is None else (" WHERE consumer = ?", (consumer,))
        total = self._database.read(f"SELECT count(*) AS n FROM lanes{where}", values)
        some = f"SELECT * FROM lanes{where} ORDER BY consumer, operator, lane LIMIT ? OFFSET ?"
        sql = f"SELECT v.* FROM ({some}) AS l JOIN vouchers v USING (consumer, operator, lane, acknowledged)"
        rows = self._database.read(f"{sql} ORDER BY consumer, operator, lane", (*values, limit, skip))
        return tuple(voucher_from(row) for row in rows), int(total[0]["n"])

    def next_lane(self, consumer: Address, operator: Address) -> int:
        """A lane number that these two never used in this ledger."""
        of = (consumer, operator, u64(PAYMENT_LANES.start))
        found = [row for sql in _USED for row in self._database.read(sql, of)]
        return max((number(row["lane"]) + 1 for row in found), default=0)


def _store(connection: Session, signed: SignedVoucher) -> None:
    v = signed.voucher
    lane = (v.consumer, v.operator, u64(v.lane))
    point = u128(v.acknowledged)
    ending = connection.execute(_ENDING, (*lane, point)).fetchone()
    if ending is not None and ending["cumulative"] == point and ending["head"] != v.head:
        raise _two_heads(v)
    _put(connection, signed, lane, point)


def _refusal(
    connection: Session, signed: SignedVoucher, check: Callable[[Voucher, int, Hash], None]
) -> NodeError | None:
    """Everything is checked before the one statement that writes, so that a refusal leaves nothing to undo."""
    v = signed.voucher
    try:
        lane = (v.consumer, v.operator, u64(v.lane))
        last = connection.execute(_LAST, lane).fetchone()
        due, head = (number(last["cumulative"]), Hash(last["head"])) if last else (0, ZERO_HASH)
        check(v, due, head)
        _put(connection, signed, lane, u128(v.acknowledged))
    except NodeError as error:
        return error
    return None


def _put(connection: Session, signed: SignedVoucher, lane: tuple[str, str, bytes], point: bytes) -> None:
    v = signed.voucher
    latest = connection.execute(_LATEST, lane).fetchone()
    if latest is not None:
        _check_growth(voucher_from(latest).voucher, v)
    connection.execute(_INSERT, (*lane, point, u128(v.limit), v.head, signed.signature))


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


def voucher_from(row: Row) -> SignedVoucher:
    voucher = Voucher(
        consumer=Address(row["consumer"]),
        operator=Address(row["operator"]),
        lane=number(row["lane"]),
        limit=number(row["max_amount"]),
        acknowledged=number(row["acknowledged"]),
        head=Hash(row["head"]),
    )
    return SignedVoucher(voucher, row["signature"])
