"""How long a node with a million receipts takes until it can serve and settle again."""

import sqlite3
import time
from pathlib import Path

from bench.metering import stock
from tallystick.domain.ids import Address
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.ledger.columns import u64, u128

PART = 50_000


def fill(path: Path, count: int) -> None:
    """Receipts of ten thousand lanes, each with its voucher and opening, as rows: only their number counts."""
    with SqliteLedger(path) as ledger:
        answer = stock.sold(0)
        ledger.receipts.store(answer.stored, answer.opening)
        ledger.vouchers.store(next(stock.vouchers([answer])))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    receipt, opening, voucher = (
        connection.execute(f"SELECT * FROM {table}").fetchone()
        for table in ("receipts", "openings", "vouchers")
    )
    for first in range(1, count, PART):
        _insert(connection, range(first, min(first + PART, count)), receipt, opening, voucher)
    connection.commit()
    connection.close()


def _insert(
    connection: sqlite3.Connection,
    rows: range,
    receipt: tuple[object, ...],
    opening: tuple[object, ...],
    voucher: tuple[object, ...],
) -> None:
    fee = 1000
    receipts, openings, vouchers = [], [], []
    for n in rows:
        digest, lane, at = n.to_bytes(32), u64(1 + n % 10_000), n // 10_000 * fee
        receipts.append((None, digest, *receipt[2:4], lane, u128(at), u128(at + fee), *receipt[7:]))
        openings.append((digest, *opening[1:]))
        vouchers.append((*voucher[:2], lane, u128(at + fee), u128(at + fee), *voucher[5:]))
    for table, found in (("receipts", receipts), ("openings", openings), ("vouchers", vouchers)):
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(found[0]))})", found)


def ready(path: Path) -> dict[str, float]:
    """Seconds of each thing that starting needs, the ledger's copy in memory being cold for this process alone."""
    told, start = {}, time.perf_counter()
    consumer, operator = Address(stock.CONSUMER), Address(stock.OPERATOR)
    with SqliteLedger(path) as ledger:
        for name, work in (
            ("open", lambda: None),
            ("last of a lane", lambda: ledger.receipts.last(consumer, operator, 77)),
            ("lanes", ledger.vouchers.lanes),
            ("next lane", lambda: ledger.vouchers.next_lane(consumer, operator)),
            ("drafts", lambda: ledger.batches.list("drafted")),
            ("recent", ledger.receipts.recent),
            ("first unbatched", lambda: [*ledger.receipts.unbatched(operator, 100)]),
        ):
            work()
            told[name], start = time.perf_counter() - start, time.perf_counter()
    return told
